"""Ways in which a cell could be green, or unsupported, although something is wrong: each must be red."""

from types import SimpleNamespace

import pytest

from interop.clients import OpenSshSftp
from interop.clients.base import Result
from interop.keys import KeyStore
from interop.matrix import evidence, kinds, runner
from interop.matrix.cells import parse_cell
from interop.matrix.checks import CHECKS, Broken, NoEvidence
from interop.matrix.makers import Maker
from interop.matrix.place import Place, tree_difference
from interop.matrix.runner import SIGNALLED, Bench
from interop.matrix.scenario import Run, Scenario, load
from interop.matrix.world import World
from interop.servers.record import SessionRecord
from interop.servers.sftpd_lite import SftpdLite

OK = ("ok",)


def world(tmp_path, run, *results, records=(), witnesses=(), **scenario):
    """A World that has been played, without having been."""
    (tmp_path / "root").mkdir()
    server = SimpleNamespace(root=tmp_path / "root", has_record=True, captures=lambda: [])
    made = World(None, Scenario("a/b", "", "", "MUST", runs=(run,), **scenario), tmp_path, server)
    for result in results:
        made.add(run, result)
    made.records, made.witnesses = list(records), list(witnesses)
    return made


def done(*steps, state="ok"):
    return Result("mine", list(steps), state=state)


def record(*auth, **negotiated):
    return SessionRecord(negotiated=negotiated, auth=[
        {"user": "alice", "method": method, "result": result} for method, result in auth
    ])  # fmt: skip


PUT, GET = ("put", "one.bin", "up.bin"), ("get", "up.bin", "back.bin")


def test_an_upload_is_compared_though_it_is_fetched_again(tmp_path):
    """The server spoils the file on its way up: what comes back equals what lies there."""
    played = world(tmp_path, Run(), done(PUT, GET))
    played.local.path("one.bin").write_bytes(b"right")
    played.local.path("back.bin").write_bytes(b"wrong")
    played.remote.path("up.bin").write_bytes(b"wrong")
    with pytest.raises(Broken, match="put one.bin up.bin: local and remote differ from byte 0"):
        evidence.bytes_compared(played)


@pytest.mark.parametrize("later", [("rm", "up.bin"), ("rename", "up.bin", "x"), ("put", "two.bin", "up.bin")])
def test_what_a_later_step_changed_is_not_compared(tmp_path, later):
    played = world(tmp_path, Run(), done(PUT, later))
    for place, name in ((played.local, "one.bin"), (played.local, "two.bin"), (played.remote, "up.bin")):
        place.path(name).write_bytes(b"new" if name != "one.bin" else b"old")
    evidence.bytes_compared(played)


def test_two_trees_that_are_not_there_are_not_equal(tmp_path):
    assert "no folder" in tree_difference(tmp_path / "one", tmp_path / "two")


def test_each_start_of_the_client_has_a_session(tmp_path):
    played = world(tmp_path, Run(), done(PUT), done(PUT), records=[record()], witnesses=[{}, {}])
    with pytest.raises(Broken, match="2 starts of the client, but 1 sessions recorded"):
        evidence.sessions_recorded(played)


def test_an_error_of_the_files_needs_a_login(tmp_path):
    """A client that fails by itself, before it talks to the server, also ends with an error."""
    played = world(tmp_path, Run(outcome=("remote-error",)), done(("rm", "x"), state="remote-error"))
    checks = dict(evidence.implicit_checks(played))
    with pytest.raises(Broken, match="recorded no session"):
        checks["sessions recorded"](played)
    with pytest.raises(Broken, match="success by"):
        checks["login"](played)


def test_a_refused_login_was_a_login(tmp_path):
    played = world(tmp_path, Run(outcome=("auth",)), done(PUT, state="auth"))
    check = dict(evidence.implicit_checks(played))["nobody logged in"]
    with pytest.raises(Broken, match="before it met the server"):
        check(played)
    played.witnesses, played.records = [{}], [record(("publickey", "failure"))]
    assert "none successful" in check(played)
    played.records.append(record(("password", "success")))
    with pytest.raises(Broken, match="password success"):
        check(played)


def test_a_wrong_host_key_gets_no_password(tmp_path):
    played = world(tmp_path, Run(outcome=("hostkey",)), done(PUT, state="hostkey"), witnesses=[{}])
    check = dict(evidence.implicit_checks(played))["nobody logged in"]
    played.records = [record()]
    assert check(played) == "no attempt"
    played.records = [record(("password", "failure"))]
    with pytest.raises(Broken, match="password failure"):
        check(played)


def test_a_record_without_values_is_no_witness(tmp_path):
    played = world(tmp_path, Run(), done(PUT), records=[record()], witnesses=[{"kex": "x"}])
    with pytest.raises(Broken, match="does not say what was negotiated"):
        evidence.witnesses_agree(played)
    played.server.has_record = False
    with pytest.raises(NoEvidence):
        evidence.witnesses_agree(played)


def test_host_keys_of_another_type(tmp_path):
    values = {"host_key": "ssh-ed25519"}
    played = world(tmp_path, Run(), done(PUT), witnesses=[values], settings={"host_keys": ["rsa"]})
    with pytest.raises(Broken, match="ssh-ed25519"):
        dict(evidence.implicit_checks(played))["host_keys as set"](played)


def verdict_of(played):
    offered = {"ciphers": ("aes128-ctr",), "kex": (), "host_key_algorithms": ()}
    return runner.judge(played, lambda: offered)


def test_a_server_that_ignores_its_setting_is_not_excused_by_the_client(tmp_path):
    """The client does not offer what was set, and got in nevertheless."""
    values = {"cipher_in": "aes128-ctr", "cipher_out": "aes128-ctr"}
    played = world(
        tmp_path, Run(), done(), records=[record(("publickey", "success"), **values)], witnesses=[values],
        settings={"ciphers": ["aes256-ctr"]},
    )  # fmt: skip
    assert verdict_of(played).state == "fail"
    played.results[0].state, played.records = "negotiation", [record()]
    assert verdict_of(played).state == "unsupported"


def test_wrong_bytes_are_not_excused_by_a_marker_that_is_not_announced(tmp_path):
    played = world(tmp_path, Run(), done(PUT), witnesses=[{}], announces="kex-strict-c-v00@openssh.com")
    assert verdict_of(played).state == "fail"


def test_a_capture_that_cannot_be_decoded_is_no_lack_of_evidence(tmp_path):
    played = world(tmp_path, Run(), done(PUT))
    played.traces, played.undecoded = None, "replay inspect: exit code -11"
    for check in (CHECKS["wire"].does, CHECKS["no-wire"].does):
        with pytest.raises(Broken, match="exit code -11"):
            check(played, "WRITE")
    with pytest.raises(Broken, match="exit code -11"):
        kinds.capture_decodes(played)


def test_what_the_server_says_of_a_crashed_session():
    assert SIGNALLED.search("process 17 of a session died by signal 11")
    assert not SIGNALLED.search("process 17 of a session died by signal 9")


class Grabbing(Maker):
    """Makes sftpd-lite, and remembers the last one."""

    def make(self, *words):
        self.last = super().make(*words)
        return self.last


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A Bench with one client, whose perform() is the test's; `bench.folders` are the cells' ones."""
    if SftpdLite.detect().missing or OpenSshSftp.detect().missing:
        pytest.skip(f"skipped: {SftpdLite.detect().missing or OpenSshSftp.detect().missing}")
    folders, new_folder = [], runner.new_folder
    monkeypatch.setattr(runner, "new_folder", lambda *words: folders.append(new_folder(*words)) or folders[-1])
    made = Bench({}, {"sftpd-lite": Grabbing(SftpdLite)}, KeyStore(tmp_path / "keys"))
    made.folders = folders

    def play(perform, scenario):
        made.clients["mine"] = type("Mine", (OpenSshSftp,), {"name": "mine", "perform": perform})
        return made.run(parse_cell(f"mine/{scenario}@sftpd-lite"), load()[scenario])

    made.played_by = play
    return made


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_tap_that_died_is_an_error(bench, monkeypatch):
    """The client says that the connection broke, as the scenario wants: but the server had no part in it."""
    monkeypatch.setattr("interop.capture.faults.Harm._cut", lambda *_: 1 / 0)
    verdict = bench.played_by(OpenSshSftp.perform, "fault/cut-download")
    assert verdict.state == "error" and "the tap ended: ZeroDivisionError" in verdict.reason


def test_ctrl_c_leaves_no_folder_and_no_server(bench):
    def perform(self, steps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.played_by(perform, "sftp/list")
    assert bench.folders and not any(folder.exists() for folder in bench.folders)
    assert bench.servers["sftpd-lite"].last.process.poll() is not None
