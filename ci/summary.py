#!/usr/bin/python3
"""Counts test results (JUnit XML of ctest and pytest).

usage: summary.py line FILE      "N passed, N failed, N skipped"
       summary.py failures FILE  what the failed tests said
       summary.py clean FILE     exit 0 when the file tells of no failure
       summary.py total FOLDER   skipped tests with their reasons, what failed, and the sum of all
                                 stages as the last line; exit 1 when anything failed
"""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

SHOWN_TESTS = 8
SHOWN_LINES = 50


class Case:
    """One test of a result file: its name, its state and why."""

    def __init__(self, element):
        self.name = "::".join(filter(None, [element.get("classname"), element.get("name")]))
        if element.get("classname") == element.get("name"):  # ctest
            self.name = element.get("name")
        self.output = "\n".join(part.text or "" for part in element if part.tag != "properties")
        self.state, self.reason = "passed", ""
        kinds = {part.tag: part for part in element}
        if "failure" in kinds or "error" in kinds or element.get("status") == "fail":
            self.state = "failed"
        elif "skipped" in kinds or element.get("status") in ("notrun", "disabled"):
            self.state = "skipped"
            self.reason = skip_reason(kinds.get("skipped"), self.output)
            self.take_matrix_state()

    def take_matrix_state(self):
        """Cells of the interop matrix: what a client cannot do is no test, an expected failure is one."""
        if self.reason.startswith("unsupported: "):
            self.state = "unsupported"
        elif self.reason.startswith("xfail: "):
            self.state = "passed"


def skip_reason(element, output):
    """pytest's message, or the line after GoogleTest's "Skipped"."""
    lines = output.splitlines()
    for number, line in enumerate(lines[:-1]):
        if line.endswith(": Skipped"):
            return lines[number + 1].strip()
    message = element.get("message", "") if element is not None else ""
    return message.removeprefix("skipped: ").splitlines()[0] if message else "no reason given"


def cases(path):
    try:
        return [Case(element) for element in ElementTree.parse(path).iter("testcase")]
    except (OSError, ElementTree.ParseError):
        return []


def count(found):
    states = Counter(case.state for case in found)
    return f"{states['passed']} passed, {states['failed']} failed, {states['skipped']} skipped"


def print_failures(found):
    failed = [case for case in found if case.state == "failed"]
    for case in failed[:SHOWN_TESTS]:
        print(f"   FAILED {case.name}")
        for line in case.output.splitlines()[-SHOWN_LINES:]:
            print(f"   | {line}")
    if len(failed) > SHOWN_TESTS:
        print(f"   and {len(failed) - SHOWN_TESTS} more:")
        for case in failed[SHOWN_TESTS:]:
            print(f"   FAILED {case.name}")


def print_skipped(found):
    skipped = [case for case in found if case.state == "skipped"]
    print(f"skipped: {len(skipped)}")
    for (name, reason), times in Counter((c.name, c.reason) for c in skipped).items():
        print(f"  {name}{f' ({times} times)' if times > 1 else ''}: {reason}")


def print_total(folder):
    """A stage that failed without a failed test (a build, a crash) counts as one failure."""
    found = [case for path in sorted(folder.glob("*.xml")) for case in cases(path)]
    states = Counter(case.state for case in found)
    for mark in sorted(folder.glob("*.failed")):
        blamed = [case.name for case in cases(mark.with_suffix(".xml")) if case.state == "failed"]
        if not blamed:
            states["failed"] += 1
        print(f"failed: {mark.read_text().strip()}: {', '.join(blamed[:20]) or 'see above'}")
    print_skipped(found)
    print(f"{states['passed']} passed, {states['failed']} failed, {states['skipped']} skipped")
    return 1 if states["failed"] else 0


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    what, path = sys.argv[1], Path(sys.argv[2])
    if what == "line":
        print(count(cases(path)))
    elif what == "failures":
        print_failures(cases(path))
    elif what == "clean":
        return 1 if any(case.state == "failed" for case in cases(path)) else 0
    elif what == "total":
        return print_total(path)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
