"""Writes all reports of a run, and interop/render: the same from the verdict files of one or more runs."""

import argparse
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

from interop.report.compare import compare, to_text
from interop.report.compare import exit_code as worse
from interop.report.junit import write_junit
from interop.report.merge import listed
from interop.report.page import write_page
from interop.report.results import Results, Unreadable, exit_code, note, rfc3339, summarise, write_json

EXAMPLES = """examples:
  interop/render interop-report interop-report    the reports again, after a look at the verdict files
  interop/render all shard-1 shard-2 shard-3      one report of what several machines ran
  interop/render all shard-* --baseline old       and what changed since

A cell that several shards hold: a verdict beats skipped and unsupported; two different verdicts make
the cell flaky.
Exit code, as interop/run: 0 all as expected, 1 not, or worse than the baseline, 2 wrong usage,
3 a report cannot be read.
"""


def write_reports(results, baseline=None):
    """Writes results.json, junit.xml and index.html into the results' folder.

    `baseline`: the Results of an earlier run; the page marks what changed. Gives the comparison, or
    None without a baseline.
    """
    results.write()
    comparison = compare(baseline, results) if baseline else None
    if comparison:
        write_json(results.folder / "compare.json", comparison)
    else:  # one of an earlier run would be taken for this one's
        (results.folder / "compare.json").unlink(missing_ok=True)
    write_junit(results, results.folder / "junit.xml")
    write_page(results, results.folder / "index.html", comparison)
    return comparison


def finish(results, baseline=None, out=sys.stdout):
    """The end of a run: all reports, the summary on `out`, and the exit code: 1 when a cell is
    unexpected, when there was none, or when one became worse than in the baseline.

    `baseline` is a path. Raises Unreadable when it is none of a report, after the reports were
    written without it.
    """
    trouble = old = None
    try:
        old = Results.load(_place(results, baseline)) if baseline else None
    except Unreadable as error:
        trouble = error
    comparison = write_reports(results, old)
    out.write(summarise(results))
    if comparison:
        out.write(f"\nagainst the run of {comparison['old']['started']}:\n{to_text(comparison)}")
    out.write(f"report: {results.folder / 'index.html'}\n")
    if trouble:
        raise trouble
    return max(exit_code(results), worse(comparison) if comparison else 0)


def _place(results, baseline):
    """Where the baseline lies: begin() has moved it when it is the report that we write to."""
    own = {results.folder.resolve(), (results.folder / "results.json").resolve()}
    return results.previous if results.previous and Path(baseline).resolve() in own else baseline


def gather(out, folders):
    """The Results of several reports in the folder `out`, with their artefacts copied there.

    Raises Unreadable when one of the folders holds neither verdicts nor a results.json.
    """
    out = Path(out)
    whole = Results(out, ["interop/render", str(out), *map(str, folders)])
    whole.started, whole.seconds, whole.machine = "", 0.0, {}
    for folder in map(Path, folders):
        part = _read_shard(folder)
        if len(folders) == 1:
            whole.command = part.command or whole.command
        _add_facts(whole, part)
        for cell in part.cells.values():
            known = whole.cells.get(cell["id"])
            whole.add(cell)
            if folder.resolve() != out.resolve() and whole.cells[cell["id"]] != known:
                _copy_cell(folder, out, whole.cells[cell["id"]])
    return whole


def _read_shard(folder):
    """Cells of a report's verdict files; of its results.json those that have none."""
    part = Results(folder)
    part.collect()
    if (folder / "results.json").exists():
        stored = Results.load(folder)
        stored.cells = {**stored.cells, **part.cells}
        return stored
    if not part.cells:
        raise Unreadable(f"{folder}: holds neither a results.json nor cells/**/verdict.json")
    _guess_facts(part)
    return part


def _guess_facts(part):
    """A run that was killed has left no results.json: what its verdicts tell must do."""
    cells = part.cells.values()
    part.seconds = sum(cell["seconds"] for cell in cells)
    begun = min(path.stat().st_mtime for path in (part.folder / "cells").rglob("verdict.json"))
    part.started = rfc3339(datetime.fromtimestamp(begun, timezone.utc))
    clients = {cell["client"]: (cell["family"], cell["client_version"]) for cell in cells}
    part.clients = [
        {"name": name, "family": family, "version": version, "missing": None if version else "unknown"}
        for name, (family, version) in clients.items()
    ]
    servers = {cell["server"]: cell["server_version"] for cell in cells}
    part.servers = [
        {"name": name, "version": version, "missing": None if version else "unknown"}
        for name, version in servers.items()
    ]


def _add_facts(whole, part):
    """What is known of machine and programs, all shards together."""
    whole.started = min(filter(None, (whole.started, part.started)), default="")
    whole.seconds = max(whole.seconds, part.seconds)
    whole.machine = whole.machine or part.machine
    whole.tool_version = whole.tool_version or part.document()["tool_version"]
    whole.packages = {**whole.packages, **part.packages}
    for name, key in (("clients", "name"), ("servers", "name"), ("scenarios", "id")):
        setattr(whole, name, listed(getattr(whole, name), getattr(part, name), key))


def _copy_cell(folder, out, cell):
    """Brings a cell's files along; the verdict is the merged one, so that OUT can be rendered again."""
    homes = {str(Path(path).parent) for path in cell["artefacts"].values() if path.startswith("cells/")}
    for home in homes:
        if (folder / home).is_dir():
            shutil.copytree(folder / home, out / home, dirs_exist_ok=True)
    if len(homes) == 1:
        write_json(out / homes.pop() / "verdict.json", cell)


def main(words=None):
    parser = argparse.ArgumentParser(
        prog="interop/render",
        description="Makes results.json, junit.xml and index.html from the reports of one or more runs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", metavar="OUT", help="the folder to write to")
    parser.add_argument("folders", metavar="DIR", nargs="+", help="a report's folder")
    parser.add_argument("--baseline", metavar="FILE", help="results.json of an earlier run, or its folder")
    options = parser.parse_args(words)
    try:
        return finish(gather(options.out, options.folders), options.baseline)
    except (Unreadable, OSError) as error:
        note(str(error))
        return 3
