"""Runs one cell: a server, the client, the faults between them; then decides its state."""

import os
import re
import shutil
import socket
import threading
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, field

from interop.capture.tap import Fault, Tap
from interop.clients.base import VERBS, Algorithms, Unsupported
from interop.matrix import evidence, kinds
from interop.matrix.cells import SANITY, Cell
from interop.matrix.checks import CHECKS, Broken, NoEvidence
from interop.matrix.disks import small_disk
from interop.matrix.place import make_all
from interop.matrix.scenario import Run, Scenario
from interop.matrix.words import name_of, size_of
from interop.matrix.world import World
from interop.programs import give, new_folder
from interop.report.cell import clean
from interop.servers import ServerFailed
from interop.servers.base import free_port
from interop.servers.settings import Settings, UnsupportedSetting, one_time_password

# Words that may hold a file name; others of a step are taken as they are.
_NAMES = {"local", "remote", "old", "new"}


# A session in which nothing is asked for but a file; no cell, only a way to see a client's KEXINIT.
PLAIN = Scenario(
    id="sanity/plain",
    title="",
    reference="",
    level="MAY",
    local={"one.bin": "random 10"},
    runs=(Run(steps=(("put", "one.bin", "up.bin"),)),),
)


@dataclass
class Verdict:
    """What came out of one run of one cell."""

    state: str
    reason: str = ""
    seconds: float = 0.0
    checks: list = field(default_factory=list)  # {check, ok, detail}; ok None: nothing tells
    world: World | None = None


class Bench:
    """What cells share: clients, servers, keys and facts about them that are asked for once."""

    def __init__(self, clients, servers, keys, keep=None):
        self.clients = clients  # name -> adapter class
        self.servers = servers  # name -> how to make one: make(folder, settings, keys)
        self.keys = keys
        self.keep = keep  # keep(world, verdict) writes a cell's artefacts
        self._detections = {}
        self._offers = {}  # client -> the lists of its KEXINIT

    def detection(self, kind):
        """detect(), once for each client or server."""
        if kind not in self._detections:
            self._detections[kind] = kind.detect()
        return self._detections[kind]

    def run(self, cell, scenario):
        """The Verdict of one run of a cell, expectations applied."""
        begun = time.monotonic()
        verdict = self.absent(cell, scenario) or self.attempt(cell, scenario.bind(cell.value))
        verdict.seconds = round(time.monotonic() - begun, 3)
        self.expect(cell, scenario, verdict)
        verdict.reason, verdict.checks = clean(verdict.reason), clean(verdict.checks)
        if self.keep:
            self.keep(cell, scenario, verdict)
        if verdict.world:
            shutil.rmtree(verdict.world.folder, ignore_errors=True)
        return verdict

    def absent(self, cell, scenario):
        """A Verdict for what need not be tried: programs not here, things a client cannot do."""
        kinds_here = [self.servers[cell.server]]
        if scenario.kind != "probe":
            kinds_here.insert(0, self.clients[cell.client])
        for kind in kinds_here:
            missing = self.detection(kind).missing
            if missing:
                return Verdict("skipped", missing)
        missing = kinds.missing_program(scenario)
        if missing:
            return Verdict("skipped", missing)
        if ("root" in scenario.needs or scenario.disk) and os.getuid() != 0:
            return Verdict("skipped", "needs root")
        if scenario.kind != "probe":
            lack = self.clients[cell.client].lack(*sorted(scenario.bind(cell.value).wanted))
            if lack:
                return Verdict("unsupported", lack)
            wanted = {self.clients[cell.client].service, *scenario.bind(cell.value).wanted}
            lacks = self.servers[cell.server].lacks
            lack = next((lacks[word] for word in sorted(wanted) if word in lacks), None)
            if lack and cell.scenario != SANITY:  # that one is run, to see whether it is still so
                return Verdict("unsupported", lack)
        expected = self.expectation(cell, scenario)
        if expected and expected.state == "unsupported":
            return Verdict("unsupported", expected.reason)
        return None

    def expectation(self, cell, scenario):
        """The expectation for this cell, if the scenario has one that fits the client's version."""
        kind = self.clients.get(cell.client)
        version = self.detection(kind).version if kind else ""
        return next((one for one in scenario.expect if one.applies(cell, version)), None)

    def expect(self, cell, scenario, verdict):
        """Turns a failure that was expected into xfail, and a pass that was not into xpass."""
        expected = self.expectation(cell, scenario)
        if expected is None or expected.state != "xfail":
            return
        if verdict.state in ("fail", "timeout"):
            verdict.state, verdict.reason = "xfail", f"{expected.reason} (now: {verdict.reason})"
        elif verdict.state == "pass":
            verdict.state, verdict.reason = "xpass", f"expected to fail: {expected.reason}"

    def attempt(self, cell, scenario):
        """Runs the cell in a scratch folder, which the Verdict's world keeps for the artefacts."""
        folder = new_folder("ssh2core-cell-")
        try:
            with ExitStack() as stack:
                return self.played(cell, scenario, folder, stack)
        except (UnsupportedSetting, Unsupported) as reason:
            verdict = Verdict("unsupported", str(reason))
        except ServerFailed as error:
            verdict = Verdict("error", str(error))
        except Exception as error:  # a harness error is a result, too: it must be shown, not end the run
            verdict = Verdict("error", f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        except BaseException:  # Ctrl-C: the servers and mounts are gone by now, the folder must go too
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        return verdict

    def played(self, cell, scenario, folder, stack):
        world = self.set_up(cell, scenario, folder, stack)
        if scenario.kind == "probe":
            self.target(world, Run(), 1, stack)  # a tap where the server writes no capture
        else:
            for number, run in enumerate(scenario.runs, 1):
                self.play(world, run, number, stack)
        kinds.before_collecting(world)
        if hasattr(world.server, "fetch"):
            world.server.fetch()  # somebody else's files: brought here, where the checks look
        world.collect()
        kinds.after_collecting(world)
        alive = world.server.process is None or world.server.process.poll() is None
        world.server.stop()
        crashes = [*world.server.crash_reports(), *SIGNALLED.findall(world.server.log())]
        if crashes or not alive:
            return Verdict("crash", crashes[0][-2000:] if crashes else "the server ended", world=world)
        lost = next((tap.error for tap in world.taps if tap.error), None)
        if lost:  # what a client said of the broken connection would count for the server
            return Verdict("error", f"the tap ended: {type(lost).__name__}: {lost}", world=world)
        verdict = judge(world, lambda: self.offer(cell, world))
        if cell.scenario == SANITY and verdict.state == "pass":
            check_honesty(self.clients[cell.client], world, verdict)
        return verdict

    def offer(self, cell, world):
        """The lists of the client's KEXINIT; None when no capture has one.

        PuTTY sends none when it does not like the server's: then a plain session tells.
        """
        if world.client_offer:
            self._offers.setdefault(cell.client, world.client_offer)
            return world.client_offer
        if cell.client not in self._offers:
            self._offers[cell.client] = None  # whatever happens, this is tried once
            plain = Bench(self.clients, self.servers, self.keys)
            plain._offers = self._offers
            verdict = plain.attempt(Cell(cell.client, PLAIN.id, None, cell.server), PLAIN)
            if verdict.world:
                self._offers[cell.client] = verdict.world.client_offer
                shutil.rmtree(verdict.world.folder, ignore_errors=True)
        return self._offers[cell.client]

    def set_up(self, cell, scenario, folder, stack):
        """The running server, and the files on both sides."""
        settings = dict(scenario.settings)
        kind = self.clients.get(cell.client)
        if kind and not settings.get("user_key"):
            settings["user_key"] = kind.key_types[0]
        if settings.get("passwords"):
            settings["passwords"] = {user: name_of(word) for user, word in settings["passwords"].items()}
        if settings.get("client_match") and kind:
            if not kind.software:
                raise Unsupported(f"{kind.name} does not say what its identification is")
            rules = settings["client_match"]
            settings["client_match"] = [rule.replace("$software", kind.software) for rule in rules]
        for name, value in settings.items():
            if isinstance(value, list):
                settings[name] = tuple(value)
        if isinstance(settings.get("rekey_bytes"), str):
            settings["rekey_bytes"] = size_of(settings["rekey_bytes"])
        key = kinds.made_key(scenario, folder)
        server = self.servers[cell.server].make(folder / "server", Settings(**settings), self.keys, key)
        if scenario.disk:
            stack.enter_context(small_disk(server.root, size_of(scenario.disk)))
        world = World(cell, scenario, folder, server)
        make_all(
            {"local": world.local, "remote": world.remote},
            {"local": scenario.local, "remote": scenario.remote},
        )
        give(server.root)
        stack.callback(server.stop)
        server.start()
        world.keep_before()
        return world

    def play(self, world, run, number, stack):
        """Starts the client for one run, as often at once as the run says."""
        target = self.target(world, run, number, stack)
        kind = self.clients[world.cell.client]
        results = [None] * run.parallel
        seconds = run.seconds

        def one(n):
            home = world.folder / f"home{number}-{n}"
            steps = [_placed(step, world, n) for step in run.steps]
            results[n] = kind(target, home, seconds=seconds).run_steps(steps)
            results[n].steps = [tuple(word.replace("$n", str(n)) for word in step) for step in run.steps]

        if run.parallel == 1:
            one(0)
        else:
            threads = [threading.Thread(target=one, args=(n,)) for n in range(run.parallel)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if None in results:
            raise RuntimeError("a client's thread ended without a result")
        for result in results:
            world.add(run, result)

    def target(self, world, run, number, stack):
        """Where the client is sent: to the server, or to a tap in front of it."""
        server, login = world.server, run.login
        changes = {"algorithms": Algorithms(**run.algorithms)}
        if "user" in login:
            changes["user"] = login["user"]
        if "password" in login:
            changes["password"] = name_of(login["password"])
        if "code" in login:
            code = one_time_password(time.time())
            if "password" in changes:
                changes["answers"] = (changes["password"], code)
            changes.setdefault("password", code)
        if login.get("key") == "own":
            changes["key"] = server.key
        if login.get("key") != "two":
            changes["second_key"] = None
        if login.get("key") == "stranger":
            kind = world.scenario.settings.get("user_key") or self.clients[world.cell.client].key_types[0]
            changes["key"] = self.keys.stranger(kind).copy(world.folder / f"stranger{number}")
        if login.get("host_key") == "wrong":
            kinds_known = ("ed25519", "ecdsa-256", "rsa")
            changes["host_keys"] = tuple(self.keys.stranger(kind).public_line for kind in kinds_known)
        if login.get("host_key") == "first":
            changes["host_keys"] = server.target().host_keys[:1]
        if login.get("port") == "closed":
            return server.target(**changes, port=free_port())
        if run.rekey:
            changes["rekey_bytes"] = size_of(run.rekey)
        if run.sftp_version:
            changes["sftp_version"] = int(run.sftp_version)
        if run.fault or not server.captures_itself:
            fault = fault_of(run.fault, server) if run.fault else None
            tap = stack.enter_context(Tap(server.host, server.port, world.folder / f"tap{number}", fault=fault))
            world.taps.append(tap)
            changes |= {"port": tap.port}
            if run.fault and run.fault.get("then") == "kill-sessions":
                tap.on_fire = lambda: kill_sessions(server)
        return server.target(**changes)


# What sftpd-lite says of a session's process that crashed; 9 and 15 are how tests end one.
SIGNALLED = re.compile(r"process \d+ of a session died by signal (?!9\b|15\b)\d+")

# SSH_MSG_IGNORE with an empty string as an unencrypted packet (RFC 4253 sections 6 and 11.2).
_IGNORE = bytes.fromhex("0000000c06" + "0200000000" + "00" * 6)


def fault_of(words, server):
    """A scenario's fault as the tap wants it.

    `at = "before-kexinit"` is the place behind the server's identification line, and `bytes =
    "ignore"` a packet that RFC 4253 allows there and strict key exchange forbids.
    """
    given = {key: value for key, value in words.items() if key != "then"}
    if given.get("at") == "before-kexinit":
        with socket.create_connection((server.host, server.port), timeout=10) as peer:
            given["at"] = len(peer.makefile("rb").readline())
    if given.get("bytes") == "ignore":
        given["bytes"] = _IGNORE
    return Fault(**given)


def kill_sessions(server):
    """Ends the processes that serve a connection, as hard as can be; the listener stays."""
    for pid in server.sessions():
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass


def _placed(step, world, number):
    """A step with local names made paths and remote ones decoded."""
    verb, *words = step
    placed = [verb]
    for kind, word in zip(VERBS[verb].split(), words):
        word = word.replace("$n", str(number))
        if kind == "local":
            placed.append(world.local.path(word))
        else:
            placed.append(name_of(word) if kind in _NAMES else word)
    return tuple(placed)


def judge(world, offer):
    """The Verdict from everything that was seen; offer() gives the lists of the client's KEXINIT."""
    verdict = Verdict("pass", world=world)
    for name, function in evidence.implicit_checks(world):
        _note(verdict, name, function, world)
    for words in world.scenario.checks:
        entry = CHECKS[words[0]]
        _note(verdict, " ".join(words), lambda w, e=entry, a=words[1:]: e.does(w, *a), world)
    broken = [check for check in verdict.checks if check["ok"] is False]
    if not broken:
        return verdict
    offered = offer() if any(run.outcome == ("ok",) for run in world.runs) or world.scenario.announces else None
    impossible = offered and evidence.not_offered(world.scenario, offered)
    if impossible and not evidence.beside(world, broken):
        verdict.state, verdict.reason = "unsupported", impossible
        return verdict
    late = any(
        result.state == "timeout" and "timeout" not in run.outcome for run, result in world.outcomes()
    )
    verdict.state = "timeout" if late else "fail"
    verdict.reason = "; ".join(f"{check['check']}: {check['detail']}" for check in broken[:3])
    return verdict


def _note(verdict, name, function, world):
    """Carries out a check and writes down how it went."""
    try:
        verdict.checks.append({"check": name, "ok": True, "detail": str(function(world))})
    except NoEvidence as nothing:
        verdict.checks.append({"check": name, "ok": None, "detail": str(nothing)})
    except (Broken, OSError, ValueError) as broken:
        verdict.checks.append({"check": name, "ok": False, "detail": str(broken)})


def check_honesty(kind, world, verdict):
    """An adapter that is asked for what it cannot do must say so, and not make something up."""
    client = kind(world.server.target(), world.folder / "honesty", seconds=5)
    invented = []
    for verb in ["frobnicate", *sorted(set(VERBS) - kind.verbs)]:
        words = ["x"] * len(VERBS.get(verb, "x").split())
        try:
            client.perform([(verb, *words)])
            invented.append(verb)
        except Unsupported:
            pass
    detail = f"does {', '.join(invented)}, which it cannot" if invented else "says what it cannot do"
    verdict.checks.append({"check": "honesty", "ok": not invented, "detail": detail})
    if invented:
        verdict.state, verdict.reason = "fail", f"honesty: {detail}"
