"""What surrounds a session: its home, its environment, the client's name, records of logins, and how many
files may be open in all sessions together."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from helpers import succeeded
from test_account_files import GID, UID, by_password, files, line, working_directory  # noqa: F401
from test_configuration import held  # noqa: F401

from interop.clients import OpenSshSftp, Paramiko
from interop.process import run, wait_until
from interop.programs import give

paramiko = pytest.importorskip("paramiko")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")


@pytest.fixture
def logging(make_server, scratch):
    """A server with such directives, and its log."""

    def make(*directives, **settings):
        log = scratch / "log"
        log.touch()
        give(log)
        words = [word for text in directives for word in ("-o", text)]
        return make_server(options=[*words, "--log", log], **settings), log

    return make


# CreateHome


@needs_root
@pytest.mark.main
@pytest.mark.parametrize("kind", [OpenSshSftp, Paramiko], ids=lambda kind: kind.name)
def test_a_home_is_made(by_password, files, random_file, scratch, kind):  # noqa: F811
    homes = scratch / "homes"
    skeleton = scratch / "skel"
    skeleton.mkdir()
    (skeleton / "hello").write_text("mind the gap")
    words = files(line(home=homes / "deep" / "ann"))
    server, client = by_password(
        [*words, "-o", f"CreateHome on 750 skel {skeleton} dirmode 755"], kind=kind)  # fmt: skip
    succeeded(client.ls(""))
    home = homes / "deep" / "ann"
    about = home.stat()
    assert (stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid) == (0o750, UID, GID)
    assert (home / "hello").stat().st_uid == UID
    assert stat.S_IMODE((homes / "deep").stat().st_mode) == 0o755


@needs_root
def test_the_new_home_is_where_the_session_begins(by_password, files, random_file):  # noqa: F811
    server, client = by_password([*files(line()), "-o", "CreateHome on"])
    server.root.chmod(0o755)
    os.chown(server.root, 0, 0)
    files(line(home=server.root / "homes" / "ann"))
    assert working_directory(server, "ann") == "/homes/ann"
    succeeded(client.put(random_file(10), "homes/ann/f"))
    assert (server.root / "homes" / "ann" / "f").stat().st_uid == UID


@needs_root
def test_a_home_that_cannot_be_made(by_password, files, scratch):  # noqa: F811
    planted = scratch / "planted"
    planted.symlink_to("/etc")
    os.lchown(planted, UID, GID)
    log = scratch / "log"
    server, client = by_password([*files(line(home=planted / "ann")), "-o", "CreateHome on", "--log", log])
    assert not client.ls("").ok
    assert f"the home {planted}/ann cannot be made: {planted}: is a symlink" in log.read_text()
    assert not Path("/etc/ann").exists()


# WtmpLog


@pytest.fixture
def wtmp(scratch):
    path = scratch / "wtmp"
    path.touch()
    give(path)
    return path


def records(path):
    if shutil.which("last") is None:
        pytest.skip("skipped: last is not installed")
    finished = run(["last", "-w", "-f", path], seconds=10)
    return [text.split() for text in finished.stdout.splitlines() if "sftp" in text]


@pytest.mark.parametrize("killed", [False, True])
def test_last_reads_logins_and_logouts(logging, held, wtmp, killed):  # noqa: F811
    server, _ = logging(f"WtmpLog {wtmp}")
    session = held(server)
    (entry,) = records(wtmp)
    assert entry[0] == "alice" and entry[1].startswith("sftp") and entry[2] == "127.0.0.1", entry
    assert "gone" in entry or "logged" in entry or "still" in entry, entry
    if killed:
        os.kill(server.sessions()[0], signal.SIGKILL)
    else:
        session.kill()
    wait_until(lambda: not server.sessions(), 10)
    assert wait_until(lambda: wtmp.stat().st_size == 2 * 384, 10)
    # In the second in which it ends last(1) still calls it running.
    assert wait_until(lambda: records(wtmp)[0][-1].startswith("("), 10), f"no duration: {records(wtmp)}"
    assert len(records(wtmp)) == 1


@needs_root
def test_records_after_root_is_given_up(make_server, make_client, wtmp):
    wtmp.chmod(0o600)
    server = make_server(as_root=True, users=("games",), options=["-o", f"WtmpLog {wtmp}"])
    server.root.chmod(0o755)
    assert make_client(OpenSshSftp, server).ls("").ok
    assert wait_until(lambda: wtmp.stat().st_size == 2 * 384, 10)
    assert records(wtmp)[0][0] == "games"


# UseReverseDNS


@pytest.mark.parametrize("directive, name", [("UseReverseDNS on", "localhost"), ("UseReverseDNS off", "127.0.0.1")])
def test_names_in_logs_and_banners(logging, make_client, scratch, directive, name):
    banner = scratch / "banner"
    banner.write_text("You are %R\n")
    banner.chmod(0o644)
    records_log = scratch / "records"
    records_log.touch()
    give(records_log)
    server, log = logging(directive, 'LogFormat names "%h %a"', f"ExtendedLog {records_log} ALL names",
                          f"SFTPDisplayBanner {banner}", "AllowLogSymlinks on")  # fmt: skip
    finished = make_client(OpenSshSftp, server).batch(["ls"])
    shown = finished.stderr + finished.stdout
    if name not in ("127.0.0.1", *(Path("/etc/hosts").read_text().split())):
        pytest.skip("skipped: 127.0.0.1 has another name here")
    assert finished.exit_code == 0 and f"You are {name}" in shown, finished
    assert wait_until(lambda: f"{name} 127.0.0.1" in records_log.read_text(), 10)
    assert (f"host={name}" in log.read_text()) == (name != "127.0.0.1")


# SetEnv, UnsetEnv


def test_variables_of_sessions(logging, make_client, scratch):
    records_log = scratch / "records"
    records_log.touch()
    give(records_log)
    server, _ = logging("SetEnv PLACE \"the shed\"", "UnsetEnv GONE", "SFTPAcceptEnv PLACE GONE OTHER",
                        'LogFormat places "%{env:PLACE}|%{env:GONE}|%{env:OTHER}"',
                        f"ExtendedLog {records_log} ALL places")  # fmt: skip
    client = make_client(OpenSshSftp, server)
    assert client.batch(["ls"], "-o", "SetEnv=PLACE=forged GONE=forged OTHER=mine").exit_code == 0
    assert wait_until(lambda: "the shed|-|mine" in records_log.read_text(), 10), records_log.read_text()
    assert "forged" not in records_log.read_text()


# MaxTransfersPerHost, MaxTransfersPerUser


@pytest.fixture
def connect(request):
    """connect(server, ...) gives an SFTP client of paramiko's, which stays until the test ends."""

    def make(server, **changes):
        target = server.target(**changes)
        key = paramiko.Ed25519Key.from_private_key_file(str(target.key.private))
        transport = paramiko.Transport((target.host, target.port))
        request.addfinalizer(transport.close)
        transport.connect(username=target.user, pkey=key)
        return transport, paramiko.SFTPClient.from_transport(transport)

    return make


@pytest.mark.parametrize("directive, other", [
    ("MaxTransfersPerHost RETR 2", False), ("MaxTransfersPerUser RETR,APPE 2", True),
])  # fmt: skip
@pytest.mark.parametrize("way", ["close", "abort", "kill"])
def test_transfers_of_all_sessions(logging, connect, directive, other, way):
    server, log = logging(directive, users=("alice", "bob"))
    (server.root / "f").write_bytes(b"x" * 1000)
    give(server.root)
    (one, first), (_, second), (_, third) = connect(server), connect(server), connect(server, user="bob")
    victim = server.all("session_open")[0] if way == "kill" else None
    held_open, kept = first.open("f"), second.open("f")
    with pytest.raises(PermissionError) as refused:
        second.open("f")
    assert "(2)" in str(refused.value) and "currently being used" in str(refused.value)
    assert f"{directive.split()[0]} 2 is reached" in log.read_text()
    second.open("new", "w").close()
    if other:
        third.open("f").close()
    else:
        with pytest.raises(PermissionError):
            third.open("f")
    if way == "close":
        held_open.close()
    elif way == "abort":
        one.close()
    else:
        assert victim
        os.kill(min(server.sessions()), signal.SIGKILL)

    def fits():
        try:
            second.open("f").close()
        except PermissionError:
            return False
        return True

    assert wait_until(fits, 10), "it was not let go"
    assert kept.read(10) == b"x" * 10


def test_a_message_of_ones_own(logging, connect):
    server, _ = logging('MaxTransfersPerUser STOR 1 "No more than %m, please"')
    _, client = connect(server)
    with client.open("a", "w"), pytest.raises(PermissionError) as refused:
        client.open("b", "w")
    assert "No more than 1, please" in str(refused.value)
    assert not (server.root / "b").exists(), "nothing is made by what was refused"


def test_modules_that_are_left_out(check):
    code, findings = check("SFTPEngine on\n<IfModule mod_wrap2.c>\nWrapEngine on\n</IfModule>\n"
                           "<IfModule mod_cap.c>\nCapabilitiesEngine off\n</IfModule>\n"
                           "<IfModule mod_wrap2.c>\nWrapLog none\n</IfModule>\n<IfModule mod_odd.c>\n</IfModule>\n")
    said = [what for severity, what in findings if "IfModule" in what]
    assert len(said) == 2 and code == 1, findings
    assert ":2: <IfModule mod_wrap2.c> is left out" in said[0] and "AllowFrom and DenyFrom" in said[0]
    assert ":11: <IfModule mod_odd.c> is left out" in said[1]


def test_a_file_for_records_must_be_there(scratch):
    from interop.servers.sftpd_lite import binary

    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    finished = subprocess.run([binary(), "--listen", "127.0.0.1:0", "--root", scratch, *who, "-o",
                               f"WtmpLog {scratch}/none"], capture_output=True, text=True, timeout=20, check=False)
    assert finished.returncode == 2 and "WtmpLog off" in finished.stderr, finished
