"""What became better or worse between two runs: interop/compare, and --baseline of interop/run."""

import argparse
import json
import sys
from datetime import datetime, timezone

from interop.report.cell import UNTRIED, shown, unexpected
from interop.report.results import Results, Unreadable, note, printable, rfc3339

SCHEMA = "ssh2core/interop/compare/1"
EXAMPLES = """examples:
  interop/compare yesterday/results.json today/results.json
  interop/compare yesterday today --json      folders of reports will do
  interop/run --baseline yesterday            compares at the end of a run

A cell is worse when it went down this ladder: pass, xpass, xfail, unsupported, flaky, then fail,
timeout and error, then crash. A cell that is skipped now was not judged: it counts as gone, never
as worse.
Exit code: 0 nothing became worse, 1 something did, 2 wrong usage, 3 a report cannot be read.
"""

# Higher is better. Equal ranks with different states are a change, neither better nor worse.
_RANK = {
    "pass": 6,
    "xpass": 5,
    "xfail": 4,
    "unsupported": 3,
    "flaky": 2,
    "fail": 1,
    "timeout": 1,
    "error": 1,
    "crash": 0,
}
LISTS = ("worse", "better", "changed", "appeared", "gone")


def compare(old, new):
    """The differences between two Results as docs/schemas/interop-compare.json has them."""
    lists = {name: [] for name in LISTS}
    same = 0
    for cell_id in sorted(old.cells.keys() | new.cells.keys()):
        before, after = old.cells.get(cell_id), new.cells.get(cell_id)
        kind = judge(before and shown(before), after and shown(after))
        if kind is None:
            same += 1
        else:
            lists[kind].append(_entry(before, after))
    return {
        "schema": SCHEMA,
        "tool_version": new.document()["tool_version"],
        "started": rfc3339(datetime.now(timezone.utc)),
        "old": _about(old),
        "new": _about(new),
        "versions": versions(old, new),
        "same": same,
        **lists,
    }


def judge(before, after):
    """Which of LISTS a cell belongs to, from how it is shown in both runs (None: not there)."""
    if before == after:
        return None
    if after in (None, "skipped"):
        return None if before in (None, "skipped") else "gone"
    if before in (None, "skipped"):
        return "appeared"
    change = _RANK[after] - _RANK[before]
    return "better" if change > 0 else "worse" if change < 0 else "changed"


def versions(old, new):
    """Every program or package whose version differs, with both versions; None where it is absent."""
    found = []
    for kind in ("client", "server", "package", "machine"):
        before, after = _versions(old, kind), _versions(new, kind)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                found.append({"kind": kind, "name": name, "old": before.get(name), "new": after.get(name)})
    return found


def exit_code(comparison):
    """1 when something became worse."""
    return 1 if comparison["worse"] else 0


def to_text(comparison):
    """The comparison for people."""
    lines = []
    for entry in comparison["versions"]:
        lines.append(f"version  {entry['name']}: {entry['old'] or 'absent'} -> {entry['new'] or 'absent'}")
    for name in ("gone", "appeared", "changed", "better", "worse"):
        for entry in comparison[name]:
            states = f"{entry['old'] or 'absent'} -> {entry['new'] or 'absent'}"
            reason = " ".join(entry["reason"].split())
            lines.append(f"{name:<8} {entry['id']}: {states}" + (f": {reason}" if reason else ""))
            if entry["rerun"] and name in ("worse", "changed"):
                lines.append(f"         {entry['rerun']}")
    counts = ", ".join(f"{len(comparison[name])} {name}" for name in LISTS)
    lines.append(f"{counts}, {comparison['same']} the same")
    return "\n".join(printable(line) for line in lines) + "\n"


def _entry(before, after):
    cell = after or before
    return {
        **{name: cell[name] for name in ("id", "client", "server", "scenario", "value")},
        "old": before and shown(before),
        "new": after and shown(after),
        "old_reason": before["reason"] if before else "",
        "reason": after["reason"] if after else "",
        "unexpected": bool(after and unexpected(after)),
        "rerun": after["rerun"] if after else "",
    }


def _about(results):
    tried = [cell for cell in results.cells.values() if cell["state"] not in UNTRIED]
    return {
        "started": results.started,
        "tool_version": results.document()["tool_version"],
        "cells": len(results.cells),
        "tried": len(tried),
    }


def _versions(results, kind):
    if kind == "package":
        return results.packages
    if kind == "machine":
        return {name: results.machine[name] for name in ("kernel", "system") if name in results.machine}
    entries = results.clients if kind == "client" else results.servers
    return {entry["name"]: entry.get("version") for entry in entries}


def main(words=None):
    parser = argparse.ArgumentParser(
        prog="interop/compare",
        description="Says what became better or worse between two runs of the matrix.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="results.json, or the folder of a report")
    parser.add_argument("new", metavar="NEW", help="the later one")
    parser.add_argument("--json", action="store_true", help="print JSON, not text")
    options = parser.parse_args(words)
    try:
        comparison = compare(Results.load(options.old), Results.load(options.new))
    except Unreadable as error:
        note(str(error))
        return 3
    text = json.dumps(comparison, indent=1) + "\n" if options.json else to_text(comparison)
    sys.stdout.write(text)
    return exit_code(comparison)
