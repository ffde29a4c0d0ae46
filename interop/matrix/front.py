"""interop/run: turns a command line into a pytest run of the matrix, or lists what there is."""

import importlib.util
import json
import os
import sys

import pytest

from interop.matrix.cells import CellError, parse_cell
from interop.matrix.options import parser
from interop.matrix.scenario import ScenarioError
from interop.programs import REPOSITORY


def main(argv=None):
    """Runs the command line; returns the exit code of the contract (0, 1, 2 or 3)."""
    argv = sys.argv[1:] if argv is None else argv
    options = parser().parse_args(argv)
    try:
        for text in options.cell:
            parse_cell(text)
        if options.list:
            return show(options)
        if options.repeat < 1:
            raise ValueError("--repeat takes a number from 1")
        check_words(options)
    except (CellError, ScenarioError, ValueError, OSError) as error:
        print(f"interop/run: {error}", file=sys.stderr)
        return 2
    return run(options, argv)


def check_words(options):
    """A name that matches nothing is a mistake, not an empty run."""
    import fnmatch

    from interop.matrix.inventory import Inventory

    inventory = Inventory(options)
    for option, known in (
        ("client", [*inventory.clients, "probe"]),
        ("server", inventory.servers),
        ("scenario", inventory.scenarios),
    ):
        for word in getattr(options, option):
            if not fnmatch.filter(known, word):
                raise ValueError(f"--{option} '{word}' is not known; interop/run --list shows all")


def run(options, argv):
    """Hands over to pytest; its exit code becomes ours."""
    words = ["-p", "no:cacheprovider", "-q", "--tb=line", "--color=no"]
    words += ["-c", str(REPOSITORY / "interop/matrix/pytest.ini"), "--rootdir", str(REPOSITORY)]
    if importlib.util.find_spec("xdist"):
        jobs = options.jobs or str(os.cpu_count() or 1)
        words += ["-n", jobs, "--dist", "loadgroup", "--max-worker-restart", "0"]
    if not options.quiet:
        words.append("-v")
    words += [word for word in passed_on(options)] + options.pytest
    os.environ["SSH2CORE_INTEROP_COMMAND"] = json.dumps(["interop/run", *argv])
    code = pytest.main([*words, str(REPOSITORY / "interop/matrix/test_cells.py")])
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        return 2
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.INTERRUPTED):
        return 3
    return int(code != 0)


def passed_on(options):
    """Our own options, as words for pytest."""
    for name, value in vars(options).items():
        if name in ("list", "json", "jobs", "quiet", "pytest"):
            continue
        if name in ("report", "baseline", "target_key") and value:
            value = os.path.abspath(value)
        if name == "client_file":
            value = [os.path.abspath(one) for one in value]
        flag = "--" + name.replace("_", "-")
        if value is True:
            yield flag
        elif isinstance(value, list):
            yield from (f"{flag}={one}" for one in value)
        elif value not in (None, False):
            yield f"{flag}={value}"


def show(options):
    """--list."""
    from interop.matrix.inventory import Inventory

    inventory = Inventory(options)
    document = inventory.described()
    if options.json:
        print(json.dumps(document, indent=1))
        return 0
    for title in ("clients", "servers"):
        print(f"{title}:")
        for item in document[title]:
            what = item["version"] if item["missing"] is None else f"absent: {item['missing']}"
            print(f"  {item['name']:22} {what}")
    print(f"scenarios: {len(document['scenarios'])}, cells selected: {len(inventory.cells())}")
    for item in document["scenarios"]:
        print(f"  {item['id']:32} {'core' if item['core'] else '    '} {item['title']}")
    return 0
