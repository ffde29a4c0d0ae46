"""Options of the harness's own tests."""


def pytest_addoption(parser):
    parser.addoption(
        "--client", action="append", metavar="NAME", help="only this client adapter (may be repeated)"
    )
    parser.addoption(
        "--server", action="append", metavar="NAME", help="only this server (may be repeated)"
    )


def pytest_collection_modifyitems(items):
    """A test that none of the clients asked for can do is no test."""

    def empty(item):
        return any("empty parameter set" in str(mark.kwargs) for mark in item.iter_markers("skip"))

    items[:] = [item for item in items if not empty(item)]
