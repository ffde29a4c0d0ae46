"""Collects the verdict files of a run into results.json, and says in a few lines how it went."""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import unquote

from interop.report.cell import SHOWN, clean, merged, normalise, parse_id, shown, undecided, unexpected

SCHEMA = "ssh2core/interop/results/1"
VERDICT = "verdict.json"


class Unreadable(Exception):
    """A report that cannot be read, or is none."""


class Results:
    """The cells of one run and what is known about the machine and the programs.

    The process that leads the run makes one, calls begin() before the first cell, sets clients,
    servers and scenarios (lists of dicts as in docs/schemas/interop-results.json), and after the
    last cell collect() and interop.report.main.write_reports(). The workers only write
    cells/.../verdict.json below the folder, one cell each.
    """

    def __init__(self, folder, command=()):
        self.folder = Path(folder)
        self.command = [str(word) for word in command]
        self.started = rfc3339(datetime.now(timezone.utc))
        self._clock = time.monotonic()
        self.seconds = None  # wall time; write() takes the time since __init__ when nobody set it
        self.tool_version = None  # None: the version of the server sftpd-lite
        self.machine = machine_facts()
        self.packages = {}
        self.clients = []
        self.servers = []
        self.scenarios = []
        self.previous = None  # where begin() has put the results.json of an earlier run
        self.cells = {}  # by id, in the order of ids

    def begin(self):
        """Makes the folder and removes what an earlier run left in it and would count as ours.

        Its results.json is kept as previous.json: it may be the baseline.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("junit.xml", "index.html", "compare.json"):
            (self.folder / name).unlink(missing_ok=True)
        if (self.folder / "results.json").exists():
            (self.folder / "results.json").replace(self.folder / "previous.json")
            self.previous = self.folder / "previous.json"
        for path in self._verdicts():
            path.unlink()

    def add(self, raw):
        """Takes a cell as it stands in a verdict file. Two verdicts on one cell are merged."""
        cell = normalise(raw)
        known = self.cells.get(cell["id"])
        self.cells[cell["id"]] = merged(known, cell) if known else cell

    def collect(self, planned=None):
        """Reads all verdict files below the folder.

        `planned`: the ids of all cells that were to run. One without a verdict (its worker died)
        becomes an `error` cell, so that a run cannot be green because it ended early.
        """
        for path in sorted(self._verdicts()):
            self.add(self._read_verdict(path))
        for cell_id in planned or ():
            if cell_id not in self.cells:
                self.add(undecided(cell_id, "no verdict was written: the run ended before this cell did"))

    def document(self):
        """The whole as results.json has it."""
        if self.seconds is None:
            self.seconds = time.monotonic() - self._clock
        cells = [self.cells[name] for name in sorted(self.cells)]
        own = next((s.get("version") for s in self.servers if s.get("name") == "sftpd-lite"), None)
        return clean(
            {
                "schema": SCHEMA,
                "tool_version": self.tool_version or short_version(own) or "unknown",
                "started": self.started,
                "seconds": round(self.seconds, 1),
                "machine": self.machine,
                "packages": self.packages,
                "command": self.command,
                "clients": self.clients,
                "servers": self.servers,
                "scenarios": self.scenarios,
                "totals": totals(cells),
                "cells": cells,
            }
        )

    def write(self, path=None):
        """Writes results.json into the folder (or to `path`) and gives its path."""
        path = Path(path or self.folder / "results.json")
        write_json(path, self.document())
        return path

    @classmethod
    def load(cls, path):
        """The results in a results.json or in the folder that holds one. Raises Unreadable."""
        path = Path(path)
        if path.is_dir():
            path = path / "results.json"
        document = read_document(path)
        results = cls(path.parent)
        for name in ("command", "started", "seconds", "tool_version", "machine", "packages"):
            setattr(results, name, document[name])
        for name in ("clients", "servers", "scenarios"):
            setattr(results, name, list(document[name]))
        for cell in document["cells"]:
            results.add(cell)
        return results

    def _verdicts(self):
        return [path for path in (self.folder / "cells").rglob(VERDICT) if path.is_file()]

    def _read_verdict(self, path):
        home = path.parent.relative_to(self.folder)
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            cell = normalise(raw)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            # The folder's name is the cell's id, percent-encoded.
            guess = unquote(home.relative_to("cells").as_posix())
            if parse_id(guess) is None:
                raise Unreadable(f"{path}: {error}") from error
            return undecided(guess, f"{home.as_posix()}/{VERDICT} cannot be read: {error}")
        cell["artefacts"] = {
            name: target if target.startswith("cells/") else (home / target).as_posix()
            for name, target in cell["artefacts"].items()
        }
        return cell


def short_version(text):
    """The number in what a program says of itself: 9.2p1 of 'OpenSSH_9.2p1 Debian-2+deb12u10'."""
    found = re.search(r"\d+(\.\w[\w.+~-]*)+", text or "")
    return found[0] if found else (text or "").partition("\n")[0][:40]


def totals(cells):
    """{state: number of cells}; a flaky cell counts as flaky only, so the numbers add up."""
    counts = Counter(shown(cell) for cell in cells)
    return {state: counts[state] for state in SHOWN if counts[state]}


def exit_code(results):
    """0 when every cell came out as expected, 1 when one did not, or when there was none at all."""
    cells = results.cells.values()
    return 1 if not cells or any(unexpected(cell) for cell in cells) else 0


def summarise(results):
    """The end of a run as lines of text: unexpected cells, one line a client, totals."""
    cells = [results.cells[name] for name in sorted(results.cells)]
    lines = []
    for cell in filter(unexpected, cells):
        reason = " ".join(cell["reason"].split()) or "no reason given"
        lines += [f"{shown(cell).upper()} {cell['id']}: {reason}", f"    {cell['rerun']}"]
    if lines:
        lines.append("")
    lines += _client_lines(results, cells)
    bad = sum(map(unexpected, cells))
    verdict = f"{bad} unexpected" if bad else "all as expected" if cells else "no cell was run"
    number = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    lines += ["", f"{number} in {results.seconds or 0:.0f} s: {_counts(cells) or 'none'}; {verdict}"]
    return "\n".join(map(printable, lines)) + "\n"


def _client_lines(results, cells):
    """One line for each client, those that are absent included."""
    by_client = {entry["name"]: [] for entry in results.clients}
    for cell in cells:
        by_client.setdefault(cell["client"], []).append(cell)
    missing = {entry["name"]: entry["missing"] for entry in results.clients if entry.get("missing")}
    width = max(map(len, by_client), default=0)
    for name, its in by_client.items():
        if name in missing and all(cell["state"] == "skipped" for cell in its):
            yield f"{name:<{width}}  absent: {missing[name]}"
        elif its:
            yield f"{name:<{width}}  {_counts(its)}"


def _counts(cells):
    return ", ".join(f"{number} {state}" for state, number in totals(cells).items())


def printable(text):
    """The text with every control character as \\xNN: what a peer said must not drive a terminal."""
    return "".join(
        c if c.isprintable() or c == " " else c.encode("unicode_escape").decode("ascii") for c in text
    )


def rfc3339(instant):
    """2026-03-01T10:20:30Z"""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def program_entry(kind, found):
    """How results.json lists a client or server: its adapter class and what detect() gave."""
    entry = {"name": kind.name, "version": found.version, "missing": found.missing}
    return {**entry, "family": kind.family or kind.name} if hasattr(kind, "family") else entry


def machine_facts():
    """{kernel, system, python, cores} of this machine."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        system = platform.system()
    return {
        "kernel": platform.release(),
        "system": f"{system} ({platform.machine()})",
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    }


def debian_packages(names):
    """{name: version} of those Debian packages that are installed; empty where there is no dpkg.

    A name may be several, by commas or blanks.
    """
    wanted = sorted({one for name in names if name for one in name.replace(",", " ").split()})
    if not wanted:
        return {}
    form = "${binary:Package}\t${Version}\t${db:Status-Status}\n"
    try:
        said = subprocess.run(
            ["dpkg-query", "-W", "-f", form, "--", *wanted], capture_output=True, text=True, timeout=30
        ).stdout  # it fails when one name is unknown, and still prints the others
    except (OSError, subprocess.TimeoutExpired):
        return {}
    rows = (line.split("\t") for line in said.splitlines())
    return {row[0].partition(":")[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def read_document(path):
    """A results.json as a dict. Raises Unreadable when it cannot be read or is something else."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise Unreadable(f"{path}: not a results.json (its schema is not {SCHEMA})")
    try:
        document["cells"] = [normalise(cell) for cell in document["cells"]]
        return {
            "machine": {},
            "packages": {},
            "command": [],
            "clients": [],
            "servers": [],
            "scenarios": [],
            "tool_version": "unknown",
            "started": "",
            "seconds": 0.0,
            **document,
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"{path}: a cell cannot be read: {error}") from error


def write_text(path, text):
    """Writes a file whole or not at all: beside its place first, then renamed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_json(path, document):
    """write_text() of a JSON document, for verdict files too."""
    write_text(path, json.dumps(clean(document), indent=1, ensure_ascii=False) + "\n")


def note(text):
    """A line on stderr."""
    print(f"interop: {text}", file=sys.stderr)
