"""TransferLog and ExtendedLog: what real clients do is told as ProFTPD tells it."""

import os
import re
import signal
import subprocess

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import OpenSshSftp
from interop.process import wait_until
from interop.programs import give
from interop.servers import Proftpd, SftpdLite

# xferlog(5), as a monitor of transfers reads it.
XFERLOG = re.compile(
    r"(?P<date>\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}) (?P<seconds>\d+) (?P<host>\S+) (?P<bytes>\d+) "
    r"(?P<path>\S+) b _ (?P<direction>[iod]) r (?P<user>\S+) sftp 0 \* (?P<status>[ci])"
)
SHORT = 'LogFormat short "%m %{transfer-status} %b %F"'


@pytest.fixture
def logs(scratch):
    """A folder for logs that the server's account can write."""
    folder = scratch / "logs"
    folder.mkdir()
    give(folder)
    return folder


def transfers(path):
    lines = path.read_text().splitlines() if path.exists() else []
    assert all(XFERLOG.fullmatch(line) for line in lines), lines
    return [XFERLOG.fullmatch(line).groupdict() for line in lines]


def move_files(make_client, server, original, scratch):
    steps = [
        ("put", original, "a b.txt"),
        ("get", "a b.txt", scratch / "copy"),
        ("rename", "a b.txt", "b.txt"),
        ("rm", "b.txt"),
    ]
    succeeded(make_client(OpenSshSftp, server).run_steps(steps))


def test_transfers_as_proftpd_tells_them(make_server, make_client, random_file, scratch, logs):
    """Both servers see the same session; their lines differ in nothing but names."""
    need(Proftpd)
    original = random_file(70_000)
    ours = make_server(options=["-o", f"TransferLog {logs}/xferlog"])
    theirs = make_server(Proftpd)
    theirs.root.chmod(0o777)
    told = []
    for server, path in ((ours, logs / "xferlog"), (theirs, theirs.folder / "xferlog")):
        move_files(make_client, server, original, scratch)
        assert wait_until(lambda path=path: len(transfers(path)) == 3)
        kept = [(one["bytes"], one["direction"], one["status"]) for one in transfers(path)]
        names = [one["path"].removeprefix(str(server.root)) for one in transfers(path)]
        told.append((kept, names))
    assert told[0] == told[1]
    assert told[0] == ([("70000", "i", "c"), ("70000", "o", "c"), ("70000", "d", "c")],
                       ["/a_b.txt", "/a_b.txt", "/b.txt"])


def requests(path):
    return path.read_text().splitlines() if path.exists() else []


def test_requests_as_proftpd_tells_them(make_server, make_client, random_file, scratch, logs):
    """The lines of files that both write, by mod_log's names."""
    need(Proftpd)
    original = random_file(1000)
    lines = [SHORT, f"ExtendedLog {logs}/files READ,WRITE,!SSH,!SFTP short"]
    ours = make_server(options=[word for line in lines for word in ("-o", line)])
    theirs = make_server(Proftpd, lines=[SHORT, f"ExtendedLog {logs}/theirs READ,WRITE short"])
    theirs.root.chmod(0o777)
    move_files(make_client, ours, original, scratch)
    move_files(make_client, theirs, original, scratch)
    said = [line.replace(str(theirs.root), "") for line in requests(logs / "theirs")]
    expected = [line for line in said if line.split()[0] != "STAT"]  # 1.3.8 has this one request there
    methods = [line.split()[0] for line in expected]
    assert methods == ["STOR", "RETR", "RNFR", "RNTO", "DELE"]
    found = requests(logs / "files")
    assert [line.split()[0] for line in found] == methods
    # Of renames and removals ProFTPD also tells sizes.
    assert found[:2] == expected[:2] == ["STOR success 1000 /a b.txt", "RETR success 1000 /a b.txt"]
    assert [line.split(maxsplit=3)[3] for line in found] == [line.split(maxsplit=3)[3] for line in expected]


def test_each_log_has_its_classes(make_server, make_client, random_file, scratch, logs):
    settings = [
        'LogFormat method "%m"',
        'LogFormat end "%E %O %I %u"',
        f"ExtendedLog {logs}/auth AUTH,SEC method",
        f"ExtendedLog {logs}/dirs DIRS,!WRITE method",
        f"ExtendedLog {logs}/exit EXIT end",
        f"ExtendedLog {logs}/web",
        f"ExtendedLog {logs}/none NONE",
    ]
    server = make_server(options=[word for line in settings for word in ("-o", line)])
    client = make_client(OpenSshSftp, server)
    succeeded(client.run_steps([("put", random_file(100), 'say "x"'), ("mkdir", "d"), ("ls", "")]))
    server.wait_event("session_close")
    assert wait_until(lambda: requests(logs / "exit"))
    reason, sent, received, user = requests(logs / "exit")[0].rsplit(maxsplit=3)
    assert reason == "closed by the client" and user == "alice"
    assert int(sent) > 1000 and int(received) > 1000
    assert set(requests(logs / "auth")) == {"KEXINIT", "KEX", "NEWKEYS", "USERAUTH_REQUEST", "USER", "PASS"}
    assert set(requests(logs / "dirs")) == {"OPENDIR", "READDIR", "REALPATH", "MLSD"}
    assert not (logs / "none").exists()
    web = requests(logs / "web")
    line = re.compile(r'127\.0\.0\.1 UNKNOWN (alice|-) \[\d\d/\w{3}/\d{4}:[\d:]{8} [+-]\d{4}\] "(.*)" (\d+|-) (\d+|-)')
    assert all(line.fullmatch(one) for one in web), web
    assert any(r'STOR /say \"x\"' in one for one in web), "a quote in a name forges no field"
    assert any("CHANNEL_REQUEST subsystem sftp" in one for one in web)


def test_a_broken_transfer_is_incomplete(make_server, make_client, random_file, scratch, logs):
    server = make_server(options=["-o", f"TransferLog {logs}/xferlog"])
    client = make_client(OpenSshSftp, server)
    batch = scratch / "batch"
    batch.write_text(f"put {random_file(60_000_000)} big\n")
    argv = [str(word) for word in client.argv("-l", "80000", "-b", batch)]
    quiet = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
    process = subprocess.Popen(argv, env=client.environment(), start_new_session=True, **quiet)
    part = server.root / "big"
    try:
        assert wait_until(lambda: part.exists() and part.stat().st_size > 1_000_000, 20)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
    assert wait_until(lambda: transfers(logs / "xferlog"))
    one = transfers(logs / "xferlog")[0]
    assert one["status"] == "i" and one["direction"] == "i" and 0 < int(one["bytes"]) < 60_000_000


@pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")
def test_a_session_that_became_the_user_still_writes(make_server, make_client, random_file, scratch):
    """Only root may write the folder; SIGHUP opens the logs anew, for rotation."""
    folder = scratch / "root-only"
    folder.mkdir(mode=0o700)
    log = folder / "xferlog"
    server = make_server(as_root=True, users=("games",), options=[
        "-o", f"TransferLog {log}", "-o", f"ExtendedLog {folder}/all", "--log", folder / "log"])
    server.root.chmod(0o777)
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "f"))
    assert wait_until(lambda: transfers(log))
    assert transfers(log)[0]["user"] == "games"
    assert "STOR /f" in (folder / "all").read_text()
    assert log.stat().st_uid == 0 and log.stat().st_mode & 0o777 == 0o640
    log.rename(folder / "xferlog.1")
    os.kill(server.process.pid, signal.SIGHUP)
    assert wait_until(lambda: "settings reloaded" in (folder / "log").read_text())
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "g"))
    assert wait_until(lambda: transfers(log))
    assert [one["path"] for one in transfers(log)] == [f"{server.root}/g"]
    assert len(transfers(folder / "xferlog.1")) == 1


@pytest.mark.parametrize("line, complaint", [
    ("TransferLog {}/link", "is a symlink"),
    ("ExtendedLog {}/open/log", "everybody can write its directory"),
    ("ExtendedLog {}/no/log", "No such file"),
    ("ExtendedLog {}/log ALL missing", "no LogFormat is called 'missing'"),
])  # fmt: skip
def test_no_log_where_others_could_replace_it(lite_command, logs, line, complaint):
    (logs / "link").symlink_to(logs / "target")
    (logs / "open").mkdir()
    (logs / "open").chmod(0o1777)
    for mode in (["--check"], ["--listen", "127.0.0.1:0"]):
        finished = lite_command(*mode, "-o", line.format(logs))
        assert finished.exit_code == 2 and complaint in finished.said, finished
    if "link" in line:
        finished = lite_command("--check", "-o", "AllowLogSymlinks on", "-o", line.format(logs))
        assert complaint not in finished.said
