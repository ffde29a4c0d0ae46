"""interop/run: turns a command line into a pytest run of the matrix, or lists what there is."""

import fnmatch
import importlib.util
import json
import os
import re
import sys

import pytest

from interop.matrix.cells import CellError, parse_cell
from interop.matrix.inventory import Inventory
from interop.matrix.options import ENVIRONMENT, parser
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
    inventory = Inventory(options)
    selected = inventory.cells()
    here = {str(cell) for cell in selected} | inventory.untold()
    for text in options.cell:
        if text not in here:
            raise ValueError(f"--cell '{text}': no such cell; interop/run --list shows all scenarios")
    for option, known in (
        ("client", [*inventory.clients, "probe"]),
        ("server", inventory.servers),
        ("scenario", inventory.scenarios),
    ):
        for word in getattr(options, option):
            if not fnmatch.filter(known, word):
                raise ValueError(f"--{option} '{word}' is not known; interop/run --list shows all")
    if not selected:
        raise ValueError("no cell is selected: these clients, servers and scenarios have none in common")
    if options.jobs and not re.fullmatch(r"[0-9]+|auto|logical", options.jobs):
        raise ValueError(f"--jobs '{options.jobs}': takes a number")


def run(options, argv):
    """Hands over to pytest; its exit code becomes ours."""
    words = ["-p", "no:cacheprovider", "-q", "--tb=line", "--color=no"]
    words += ["-c", str(REPOSITORY / "interop/matrix/pytest.ini"), "--rootdir", str(REPOSITORY)]
    if importlib.util.find_spec("xdist"):
        jobs = options.jobs or str(3 * (os.cpu_count() or 1))  # most of a cell is waiting
        words += ["-n", jobs, "--dist", "loadgroup", "--max-worker-restart", "0"]
    if not options.quiet:
        words.append("-v")
    os.environ[ENVIRONMENT] = json.dumps({**absolute(options), "command": ["interop/run", *argv]})
    words += options.pytest
    code = pytest.main([*words, str(REPOSITORY / "interop/matrix/test_cells.py")])
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED):
        return 2
    if code in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.INTERRUPTED):
        return 3
    return int(code != 0)


def absolute(options):
    """The options as JSON holds them, paths made absolute: a worker may start elsewhere."""
    found = dict(vars(options))
    for name in ("report", "baseline", "target_key"):
        found[name] = found[name] and os.path.abspath(found[name])
    found["client_file"] = [os.path.abspath(path) for path in found["client_file"]]
    return found


def show(options):
    """--list."""
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
