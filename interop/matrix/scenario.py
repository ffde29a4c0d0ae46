"""Scenarios: what a client does to a server and what must be true afterwards, read from TOML.

Every mistake in a file is one ScenarioError that says where it is and what is known instead.
"""

import dataclasses
import difflib
import fnmatch
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from interop.clients.base import STATES, VERBS
from interop.keys import KEY_TYPES
from interop.matrix.words import WordError, content_of, substituted
from interop.servers.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SERVERS = ("sftpd-lite", "sshd", "proftpd")
MODES = ("sftpd-lite-inetd", "sftpd-lite-subsystem")
KINDS = ("transfer", "keytool", "probe", "replay")
LEVELS = ("MUST", "SHOULD", "MAY")
SETS = ("core", "ci")
EXPECTED = ("xfail", "unsupported")
FAULTS = ("flip", "cut", "segments", "insert", "drop", "stall")

_RUN_KEYS = {
    "steps": list,
    "login": dict,
    "outcome": (str, list),
    "fault": dict,
    "parallel": int,
    "seconds": (int, float),
    "rekey": (str, int),
    "sftp_version": (int, str),
    "algorithms": dict,
}
_KEYS = {
    "id": str,
    "title": str,
    "reference": str,
    "level": str,
    "kind": str,
    "sets": list,
    "in_sets": list,
    "values": (list, dict),
    "settings": dict,
    "local": dict,
    "remote": dict,
    "needs": list,
    "servers": list,
    "clients": list,
    "runs": list,
    "checks": list,
    "expect": list,
    "disk": str,
    "make_key": list,
    "announces": str,
    **_RUN_KEYS,
}
_LOGIN_KEYS = ("user", "password", "code", "key", "host_key", "port")
_EXPECT_KEYS = ("client", "version", "server", "value", "state", "reason")
_FAULT_KEYS = ("kind", "direction", "at", "after_newkeys", "size", "bytes", "seconds", "then")


class ScenarioError(ValueError):
    """What is wrong in a scenario file, and where."""


@dataclass(frozen=True)
class Expectation:
    """A client that does not do what the scenario wants, for a reason that was looked into.

    client, version, server and value may be several words with | between them; they may hold * and ?.
    The version is a part of the client's.
    """

    client: str
    state: str
    reason: str
    version: str = ""  # part of the client's version for which it was checked
    server: str = "*"
    value: str = "*"

    def applies(self, cell, version):
        """Whether this cell, with a client of this version, is meant."""
        pairs = (
            (cell.client, self.client),
            (cell.server, self.server),
            (cell.value or "", self.value),
        )
        for name, patterns in pairs:
            if not any(fnmatch.fnmatchcase(name, one) for one in patterns.split("|")):
                return False
        return any(one in (version or "") for one in self.version.split("|"))


@dataclass(frozen=True)
class Run:
    """One start of the client (several at once with `parallel`)."""

    steps: tuple = ()
    login: dict = field(default_factory=dict)
    outcome: tuple = ("ok",)
    fault: dict | None = None
    parallel: int = 1
    seconds: float = 30
    rekey: int | str | None = None
    sftp_version: int | None = None
    algorithms: dict = field(default_factory=dict)

    @property
    def verbs(self):
        return {step[0] for step in self.steps}


@dataclass(frozen=True)
class Scenario:
    """One entry of a scenario file. `bind()` puts a family's value in."""

    id: str
    title: str
    reference: str
    level: str
    kind: str = "transfer"
    sets: tuple = ()
    in_sets: tuple = ()  # the values that belong to the sets; empty: all
    values: dict = field(default_factory=dict)  # name -> placeholders; empty: no family
    settings: dict = field(default_factory=dict)
    local: dict = field(default_factory=dict)
    remote: dict = field(default_factory=dict)
    needs: tuple = ()
    servers: tuple = SERVERS
    clients: tuple = ()  # only these; empty: all
    runs: tuple = ()
    checks: tuple = ()
    expect: tuple = ()
    disk: str = ""  # size of a file system of its own that the server writes to
    make_key: tuple = ()  # kind keytool: arguments that make the user's key as {out}
    announces: str = ""  # a marker that the client's KEXINIT must have among its kex names
    file: str = ""

    @property
    def group(self):
        return self.id.partition("/")[0]

    @property
    def verbs(self):
        return {verb for run in self.runs for verb in run.verbs}

    @property
    def wanted(self):
        """Verbs and features that a client must have."""
        more = set().union(*(_login_features(run.login) for run in self.runs))
        if any(run.rekey for run in self.runs):
            more.add("rekey")
        if any(run.sftp_version for run in self.runs):
            more.add("version")
        if any(set(run.algorithms) - {"compression", "user_key"} for run in self.runs):
            more.add("algorithms")
        if any("user_key" in run.algorithms for run in self.runs):
            more.add("user-algorithms")
        for name, features in (
            ("user_key", [self.settings.get("user_key")]),
            ("user_certificate", ["certificate"]),
            ("host_certificates", ["host-certificate"]),
        ):
            if self.settings.get(name):
                more.update(features)
        if self.settings.get("host") == "::1":
            more.add("ipv6")
        return self.verbs | more | (set(self.needs) - {"root"})

    def bind(self, value):
        """The scenario for one value of its family."""
        if value is None:
            return self
        return dataclasses.replace(self, **{
            name: substituted(getattr(self, name), self.values[value])
            for name in ("title", "settings", "local", "remote", "needs", "checks", "make_key")
        }, runs=tuple(_bound(run, self.values[value]) for run in self.runs))  # fmt: skip


def _login_features(login):
    """What a client must have for this login."""
    found = {"hostkey"} if "host_key" in login else set()
    if "password" in login or "code" in login:
        found.add("password")
    if "password" in login and "code" in login:
        found.add("prompts")
    if login.get("key") == "own":
        found.add("both")
    if login.get("key") == "two":
        found.add("two-keys")
    return found


def _bound(run, names):
    return Run(**{
        item.name: substituted(getattr(run, item.name), names) for item in dataclasses.fields(Run)
    })  # fmt: skip


def load(folder=FOLDER):
    """All scenarios of the folder's *.toml, by id."""
    found = {}
    for path in sorted(Path(folder).glob("*.toml")):
        for scenario in load_file(path):
            if scenario.id in found:
                raise ScenarioError(f"{path.name}: {scenario.id} is also in {found[scenario.id].file}")
            found[scenario.id] = scenario
    return found


def load_file(path):
    """The scenarios of one file, in order."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    entries = document.pop("scenario", [])
    if document or not isinstance(entries, list):
        raise ScenarioError(f"{path.name}: only [[scenario]] tables may stand here")
    return [_Reader(path.name, text, entry).scenario() for entry in entries]


def _nearest(word, known):
    near = difflib.get_close_matches(str(word), [str(item) for item in known], 1)
    hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(map(str, known))
    return f"'{word}' is not known; {hint}"


class _Reader:
    """Checks one entry and makes a Scenario of it."""

    def __init__(self, file, text, entry):
        self.file = file
        self.entry = entry
        self.id = str(entry.get("id", "a scenario without id"))
        lines = text.splitlines()
        at = [n for n, line in enumerate(lines, 1) if re.match(rf'id\s*=\s*"{re.escape(self.id)}"', line)]
        self.line = at[0] if at else 1

    def fail(self, where, text):
        raise ScenarioError(f"{self.file}:{self.line}: {self.id}: {where}: {text}")

    def one_of(self, where, word, known):
        if word not in known:
            self.fail(where, _nearest(word, known))
        return word

    def typed(self, where, table, kinds):
        if not isinstance(table, dict):
            self.fail(where, "a table is needed")
        for key, value in table.items():
            self.one_of(where, key, list(kinds))
            wanted = kinds[key]
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
                names = wanted if isinstance(wanted, tuple) else (wanted,)
                self.fail(key, "must be a " + " or ".join(kind.__name__ for kind in names))

    def scenario(self):
        entry = self.entry
        self.typed("key", entry, _KEYS)
        for key in ("id", "title", "reference", "level"):
            if not entry.get(key):
                self.fail(key, "is missing")
        if not re.fullmatch(r"[a-z0-9]+/[a-z0-9-]+", entry["id"]):
            self.fail("id", "must be group/name in small letters, digits and minus")
        values = self.values(entry.get("values", {}))
        scenario = Scenario(
            id=entry["id"],
            title=entry["title"],
            reference=entry["reference"],
            level=self.one_of("level", entry["level"], LEVELS),
            kind=self.one_of("kind", entry.get("kind", "transfer"), KINDS),
            sets=tuple(self.one_of("sets", word, SETS) for word in entry.get("sets", [])),
            in_sets=tuple(self.one_of("in_sets", word, values) for word in entry.get("in_sets", [])),
            values=values,
            settings=self.settings(entry.get("settings", {})),
            local=entry.get("local", {}),
            remote=entry.get("remote", {}),
            needs=tuple(entry.get("needs", [])),
            servers=tuple(
                self.one_of("servers", word, SERVERS + MODES) for word in entry.get("servers", SERVERS)
            ),
            clients=tuple(entry.get("clients", [])),
            runs=self.runs(entry),
            checks=tuple(self.check(words) for words in entry.get("checks", [])),
            expect=tuple(self.expectation(table) for table in entry.get("expect", [])),
            disk=entry.get("disk", ""),
            make_key=tuple(entry.get("make_key", [])),
            announces=entry.get("announces", ""),
            file=self.file,
        )
        for value in values or [None]:
            self.contents(scenario.bind(value))
        return scenario

    def values(self, given):
        if isinstance(given, list):
            return {str(value): {"value": value} for value in given}
        for name, table in given.items():
            if not isinstance(table, dict):
                self.fail("values", f"{name} must be a table of placeholders")
        return {name: {"value": name, **table} for name, table in given.items()}

    def settings(self, given):
        known = [item.name for item in dataclasses.fields(Settings)]
        for key in given:
            self.one_of("settings", key, known)
        return given

    def runs(self, entry):
        top = {key: entry[key] for key in _RUN_KEYS if key in entry}
        if "runs" not in entry:
            return (self.run("run", top),)
        if top:
            self.fail("runs", f"then '{next(iter(top))}' belongs into one of them")
        return tuple(self.run(f"runs[{n}]", table) for n, table in enumerate(entry["runs"], 1))

    def run(self, where, table):
        self.typed(where, table, _RUN_KEYS)
        if self.entry.get("kind") in (None, "transfer", "keytool", "replay") and not table.get("steps"):
            self.fail(where, "has no steps")
        steps = tuple(self.step(f"{where}: step {n}", s) for n, s in enumerate(table.get("steps", []), 1))
        outcome = table.get("outcome", "ok")
        outcome = (outcome,) if isinstance(outcome, str) else tuple(outcome)
        for word in outcome:
            self.one_of("outcome", word, STATES)
        for key in table.get("login", {}):
            self.one_of("login", key, _LOGIN_KEYS)
        fault = table.get("fault")
        if fault is not None:
            for key in fault:
                self.one_of("fault", key, _FAULT_KEYS)
            self.one_of("fault: kind", fault.get("kind"), FAULTS)
        simple = {key: table[key] for key in table if key not in ("steps", "outcome")}
        return Run(steps=steps, outcome=outcome, **simple)

    def step(self, where, words):
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            self.fail(where, 'must be a list of strings, like ["put", "local name", "remote name"]')
        verb, *arguments = words
        self.one_of(where, verb, list(VERBS))
        if len(arguments) != len(VERBS[verb].split()):
            self.fail(where, f"{verb} takes: {VERBS[verb]}")
        return tuple(words)

    def check(self, words):
        from interop.matrix.checks import CHECKS  # not at the top: checks.py knows scenarios

        if not isinstance(words, list) or not words:
            self.fail("checks", 'each must be a list, like ["same", "local:a", "remote:b"]')
        self.one_of("checks", words[0], list(CHECKS))
        problem = CHECKS[words[0]].problem(words[1:])
        if problem:
            self.fail("checks", problem)
        return tuple(words)

    def expectation(self, table):
        for key in table:
            self.one_of("expect", key, _EXPECT_KEYS)
        self.one_of("expect: state", table.get("state"), EXPECTED)
        for key in ("client", "reason", "version"):
            if not table.get(key):
                self.fail("expect", f"{key} is missing: say who, why, and for which version it was seen")
        return Expectation(**table)

    def contents(self, scenario):
        """What needs the family's values in place."""
        try:
            for text in [*scenario.local.values(), *scenario.remote.values()]:
                content_of(text)
        except WordError as error:
            self.fail("content", str(error))
        for key in scenario.settings.get("host_keys", ()):
            self.one_of("settings: host_keys", key, list(KEY_TYPES))
        for name in ("user_key", "second_key"):
            if scenario.settings.get(name):
                self.one_of(f"settings: {name}", scenario.settings[name], list(KEY_TYPES))
