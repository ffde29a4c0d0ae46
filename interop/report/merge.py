#!/usr/bin/python3
"""Merges the cells of several results.json into one; see --help."""

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    sys.dont_write_bytecode = True

from interop.report.results import Results, Unreadable, note  # noqa: E402  (the path comes first)

EXAMPLES = """examples:
  interop/report/merge.py all.json linux/results.json windows/results.json
  interop/report/merge.py kept.json kept.json today       a folder of a report will do, OUT may be a part

Of a cell that several hold, the last one counts as it stands; the totals are counted anew. What is
listed of clients and servers is a later one's only where the earlier had it missing or not at all.
Artefacts stay where they are: interop/render makes one report, with artefacts and page, of several.
Exit code: 0 done, 2 wrong usage, 3 a results.json cannot be read.
"""


def merge(parts):
    """One Results of several; begins and takes its facts about the machine from the first."""
    first, *others = parts
    for part in others:
        first.cells |= part.cells
        first.seconds += part.seconds
        first.packages = {**part.packages, **first.packages}
        for kind in ("clients", "servers"):
            setattr(first, kind, listed(getattr(first, kind), getattr(part, kind), "name"))
        first.scenarios = listed(first.scenarios, part.scenarios, "id")
    return first


def listed(known, more, key):
    """The entries of both lists; of two with one name the one that is not missing, else the first."""
    entries = {entry[key]: entry for entry in known}
    for entry in more:
        there = entries.get(entry[key])
        if there is None or (there.get("missing") and not entry.get("missing")):
            entries[entry[key]] = entry
    return list(entries.values())


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="interop/report/merge.py", description=__doc__.splitlines()[0], epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("out", metavar="OUT", help="the results.json to write")
    parser.add_argument("parts", metavar="RESULTS", nargs="+", help="results.json files or their folders")
    options = parser.parse_args(argv)
    try:
        merged = merge([Results.load(path) for path in options.parts])
    except Unreadable as error:
        note(error)
        return 3
    merged.command = ["interop/report/merge.py", options.out, *options.parts]
    merged.write(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
