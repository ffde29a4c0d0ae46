"""Options and fixtures of the harness's own tests."""

import shutil

import pytest

from interop.keys import KeyStore
from interop.programs import new_folder


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


@pytest.fixture
def scratch():
    """A folder in memory, removed afterwards. The account that servers run under can reach it."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def store():
    """Keys for users and hosts, each made when first asked for."""
    folder = new_folder("ssh2core-keys-")
    yield KeyStore(folder)
    shutil.rmtree(folder, ignore_errors=True)
