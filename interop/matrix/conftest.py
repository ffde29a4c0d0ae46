"""The matrix as pytest sees it: one test for each cell, the reports at the end."""

import io
import os
import shutil
from pathlib import Path

import pytest

from interop.keys import KeyStore
from interop.matrix.artefacts import Keeper
from interop.matrix.inventory import Inventory
from interop.matrix.options import ENVIRONMENT, foreign_words, handed_over
from interop.matrix.runner import Bench
from interop.programs import give, new_folder
from interop.report.main import finish
from interop.report.results import Results, Unreadable, debian_packages


def pytest_configure(config):
    """The leading process makes the keys and the report; the workers get where they lie."""
    if hasattr(config, "workerinput"):
        os.environ[ENVIRONMENT] = config.workerinput["matrix_options"]
    options = handed_over()
    config.matrix = Inventory(options)
    config.matrix_report = Path(options.report).absolute()
    if hasattr(config, "workerinput"):
        config.matrix_keys = Path(config.workerinput["matrix_keys"])
        return
    config.matrix_keys = new_folder("ssh2core-keys-")
    config.matrix_results = Results(config.matrix_report, options.command)
    if not config.getoption("--collect-only"):
        config.matrix_results.begin()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["matrix_keys"] = str(node.config.matrix_keys)
    node.workerinput["matrix_options"] = os.environ.get(ENVIRONMENT, "{}")


def pytest_generate_tests(metafunc):
    if "cell" in metafunc.fixturenames:
        units = {}
        for cell in metafunc.config.matrix.cells():
            mark = pytest.mark.xdist_group(cell.unit)
            units.setdefault(cell.unit, []).append(pytest.param(cell, id=str(cell), marks=mark))
        # The clients named last are the slowest to start; begun first, they are not waited for in the end.
        marked = [one for unit in reversed(units.values()) for one in unit]
        metafunc.parametrize("cell", marked)


@pytest.fixture(scope="session")
def bench(pytestconfig):
    """What all cells share."""
    inventory = pytestconfig.matrix
    made = Bench(inventory.clients, inventory.servers, KeyStore(pytestconfig.matrix_keys), None)
    made.keep = Keeper(
        pytestconfig.matrix_report,
        made.detection,
        inventory.clients,
        inventory.servers,
        inventory.options.keep_captures,
        foreign_words(inventory.options),
    )
    return made


def pytest_sessionfinish(session):
    """Reports, once all workers are done."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    shutil.rmtree(config.matrix_keys, ignore_errors=True)
    if config.getoption("--collect-only"):
        return
    results = config.matrix_results
    described = config.matrix.described()
    results.clients, results.servers = described["clients"], described["servers"]
    results.scenarios = described["scenarios"]
    kinds = [*config.matrix.clients.values(), *(maker.kind for maker in config.matrix.servers.values())]
    results.packages = debian_packages(kind.package for kind in kinds)
    results.collect([str(cell) for cell in config.matrix.cells()])
    config.matrix_summary = io.StringIO()
    try:
        if finish(results, config.matrix.options.baseline, config.matrix_summary) and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED  # something became worse
    except Unreadable as error:
        config.matrix_summary.write(f"interop/run: {error}\n")
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


def pytest_unconfigure(config):
    """After Ctrl-C a worker may have made keys while the folder was being removed."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.matrix_keys, ignore_errors=True)


def pytest_terminal_summary(terminalreporter, config):
    summary = getattr(config, "matrix_summary", None)
    if summary:
        terminalreporter.write_line(summary.getvalue())
