"""Options of the harness's own tests."""


def pytest_addoption(parser):
    parser.addoption(
        "--client", action="append", metavar="NAME", help="only this client adapter (may be repeated)"
    )
    parser.addoption(
        "--server", action="append", metavar="NAME", help="only this server (may be repeated)"
    )


def pytest_collection_modifyitems(items):
    """A test that no client asked for can do is no test."""
    items[:] = [item for item in items if "NOTSET" not in item.name]
