"""The matrix must go red in the right cells when a server is wrong, and only there."""

import sys
from pathlib import Path

import pytest

from interop.clients import OpenSshSftp, Paramiko
from interop.clients.base import Detection, Result
from interop.keys import KeyStore
from interop.matrix.cells import parse_cell
from interop.matrix.makers import Maker
from interop.matrix.runner import Bench
from interop.matrix.scenario import load
from interop.servers.sftpd_lite import SftpdLite

BROKEN = Path(__file__).with_name("broken_server.py")
PUT_GET = "openssh-sftp/sftp/put-get@sftpd-lite"
LIST = "openssh-sftp/sftp/list@sftpd-lite"
CIPHER = "openssh-sftp/transport/cipher-each[aes128-ctr]@sftpd-lite"
CELLS = (PUT_GET, LIST, CIPHER)


class BrokenServer(SftpdLite):
    """Passes itself off as sftpd-lite; the faults are those of broken_server.py."""

    captures_itself = False
    fault = "none"

    def start(self):
        host_key = self.host_keys[0].private
        self.keylog_path = None
        self.launch([sys.executable, "-W", "ignore", BROKEN, self.fault, self.root, host_key, self.events_path])
        self.wait_for(lambda: self.all("listening"), "the listening event")
        self.port = self.all("listening")[0]["port"]

    def captures(self):
        return []


class Broken(Maker):
    """Makes BrokenServers with one fault."""

    def __init__(self, fault):
        super().__init__(type("BrokenServer_" + fault, (BrokenServer,), {"fault": fault}))

    def detect(self):
        return Detection(version="broken on purpose")

    def make(self, folder, settings, keys, key):
        return self.kind(folder, settings=settings.changed(host_keys=("ed25519",)), keys=keys)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return KeyStore(tmp_path_factory.mktemp("keys"))


def verdicts(fault, keys, cells=CELLS, clients=(OpenSshSftp, Paramiko)):
    """The Verdict of each cell against a server with the fault."""
    bench = Bench({kind.name: kind for kind in clients}, {"sftpd-lite": Broken(fault)}, keys)
    for kind in clients:
        if bench.detection(kind).missing:
            pytest.skip(f"skipped: {bench.detection(kind).missing}")
    scenarios = load()
    found = {}
    for text in cells:
        cell = parse_cell(text)
        found[text] = bench.run(cell, scenarios[cell.scenario])
    return found


def test_without_a_fault_all_is_green(keys):
    found = verdicts("none", keys)
    assert {text: verdict.state for text, verdict in found.items()} == dict.fromkeys(CELLS, "pass"), [
        verdict.reason for verdict in found.values()
    ]


@pytest.mark.parametrize(
    "fault, red, reason",
    [
        ("upload", {PUT_GET, CIPHER}, "differ from byte"),
        ("download", {PUT_GET, CIPHER}, "differ from byte"),
        ("truncated", {PUT_GET, CIPHER}, "differ from byte"),
        ("dropped", {PUT_GET, CIPHER}, ""),
        ("listing", {LIST}, "names"),
        ("extra", {LIST}, "names"),
        ("cipher", set(CELLS), "record"),
        ("silent", set(CELLS), "recorded no session"),
    ],
)
def test_a_fault_is_red_in_the_right_cells(keys, fault, red, reason):
    found = verdicts(fault, keys)
    assert {text for text, verdict in found.items() if verdict.state == "fail"} == red, {
        text: (verdict.state, verdict.reason) for text, verdict in found.items()
    }
    for text in red:
        assert reason in found[text].reason


def test_a_cipher_that_was_not_asked_for(keys):
    """The server ignores its setting: both witnesses say the same, and still it is not what was set."""
    cell = "openssh-sftp/transport/cipher-each[chacha20-poly1305@openssh.com]@sftpd-lite"
    [verdict] = verdicts("none", keys, [cell]).values()
    assert verdict.state in ("fail", "unsupported")
    assert verdict.state == "fail", "the client offers it, so the server is to blame"


class Pretender(OpenSshSftp):
    """An adapter that reports success and does nothing."""

    name = "openssh-sftp"

    def perform(self, steps):
        return Result(self.name, steps)


class Inventor(OpenSshSftp):
    """An adapter that claims to have done what it does not know."""

    name = "openssh-sftp"

    def perform(self, steps):
        known = [step for step in steps if step[0] in self.verbs]
        return super().perform(known) if known else Result(self.name, steps)


def test_a_client_that_pretends(keys):
    found = verdicts("none", keys, clients=(Pretender,))
    assert {verdict.state for verdict in found.values()} == {"fail"}


def test_an_adapter_that_makes_things_up(keys):
    cell = "openssh-sftp/sanity/transfer[first]@sftpd-lite"
    [verdict] = verdicts("none", keys, [cell], clients=(Inventor,)).values()
    assert verdict.state == "fail" and "frobnicate" in verdict.reason
    [verdict] = verdicts("none", keys, [cell]).values()
    assert verdict.state == "pass", verdict.reason


def test_expectations_turn_red_when_they_are_out_of_date(keys):
    """An expected failure that passes is xpass; for another version of the client it does not count."""
    from dataclasses import replace

    from interop.matrix.scenario import Expectation

    bench = Bench({"openssh-sftp": OpenSshSftp}, {"sftpd-lite": Broken("none")}, keys)
    if bench.detection(OpenSshSftp).missing:
        pytest.skip(f"skipped: {bench.detection(OpenSshSftp).missing}")
    cell = parse_cell(PUT_GET)
    scenario = load()[cell.scenario]
    for version, state in (("OpenSSH", "xpass"), ("NoSuchVersion", "pass")):
        expectation = Expectation("openssh-sftp", "xfail", "a reason", version)
        assert bench.run(cell, replace(scenario, expect=(expectation,))).state == state
    bench.servers = {"sftpd-lite": Broken("upload")}
    expectation = Expectation("openssh-sftp", "xfail", "a reason", "OpenSSH")
    assert bench.run(cell, replace(scenario, expect=(expectation,))).state == "xfail"
