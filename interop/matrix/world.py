"""What one cell works with, and the evidence that it leaves: results, records, captures, traces."""

import fnmatch
import json
import re
import shutil
from functools import cached_property

from interop.capture.witness import witness
from interop.matrix.checks import Broken
from interop.matrix.place import Place
from interop.process import run
from interop.programs import program_folder


class World:
    """One cell while it runs. `folder` is its scratch folder, `server` its running server."""

    def __init__(self, cell, scenario, folder, server):
        self.cell = cell
        self.scenario = scenario
        self.folder = folder
        self.server = server
        self.local = Place("local", folder / "local")
        self.local.folder.mkdir()
        self.remote = Place("remote", server.root)
        self.saved = Place("before", folder / "before")
        self.before = {}  # a snapshot of remote
        self.results = []  # one Result for each start of a client, in order
        self.runs = []  # the Run that each of them belongs to
        self.findings = {}  # what a kind of scenario learned with one of our other programs
        self.taps = []
        self.records = []  # SessionRecord
        self.captures = []  # paths of pcap files
        self.witnesses = []  # negotiated values, from the captures
        self.undecoded = None  # why a capture whose keys are here could not be decoded

    def path(self, name):
        """The path behind `local:NAME`, `remote:NAME` or `before:NAME`."""
        label, _, rest = name.partition(":")
        return {"local": self.local, "remote": self.remote, "before": self.saved}[label].path(rest)

    def add(self, run, result):
        """Keeps how one start of the client ended."""
        self.runs.append(run)
        self.results.append(result)

    def outcomes(self):
        """(Run, Result) of each start of the client."""
        return list(zip(self.runs, self.results))

    def last(self, what):
        """An attribute of the last Result that has it."""
        for result in reversed(self.results):
            if getattr(result, what) is not None:
                return getattr(result, what)
        return None

    def keep_before(self):
        """Remembers the server's files; copies them if a check compares with them."""
        self.before = self.remote.snapshot()
        words = [str(word) for check in self.scenario.checks for word in check]
        if "replaced-or-kept" in words or any(word.startswith("before:") for word in words):
            shutil.copytree(self.remote.folder, self.saved.folder, symlinks=True)

    def collect(self):
        """Reads what the server and the captures recorded, once the sessions have ended."""
        self.records = self.server.records()
        self.captures = list(self.server.captures())
        if not self.server.captures_itself:
            self.captures = [path for tap in self.taps for path in tap.captures()]
        self.witnesses = [found for found in map(witness, self.captures) if found]

    @cached_property
    def traces(self):
        """Decoded captures as documents; None where there are no keys or no decoder."""
        keys = getattr(self.server, "keylog_path", None)
        decoder = program_folder() / "replay"
        captures = self.server.captures()
        if keys is None or not keys.exists() or not decoder.exists() or not captures:
            return None
        found = []
        for path in captures:
            done = run([decoder, "inspect", path, "--keylog", keys, "--json"], seconds=60)
            if done.exit_code not in (0, 1):
                self.undecoded = f"replay inspect {path.name}: exit code {done.exit_code}: {done.said[-300:]}"
                return None
            found.append(json.loads(done.stdout))
        return found

    def messages(self, kind, conditions):
        """How many decoded messages match; None when nothing could be decoded."""
        if not self.traces:
            if self.undecoded:
                raise Broken(self.undecoded)
            return None
        found = [m for trace in self.traces for m in trace["messages"] if m.get("type") == kind]
        for word in conditions:
            field = re.split(">?=", word)[0].partition(".")[0]
            if found and not any(field in message for message in found):
                raise Broken(f"no {kind} of the capture has a field {field}")
        return sum(all(_matches(message, word) for word in conditions) for message in found)

    @property
    def client_offer(self):
        """The lists of the client's KEXINIT, by the captures; None when it sent none."""
        return next((found["client_offer"] for found in self.witnesses), None)


def _matches(message, condition):
    for sign in (">=", "="):
        key, found, wanted = condition.partition(sign)
        if found:
            value = message
            for part in key.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if sign == ">=":
                return isinstance(value, int) and value >= int(wanted)
            return value is not None and fnmatch.fnmatchcase(_text(value), wanted)
    return condition in message


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
