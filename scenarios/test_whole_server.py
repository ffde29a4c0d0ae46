"""Directives about the whole server: where it listens, as whom it serves, how much it logs and where to. Those of ProFTPD
that it only takes note of change nothing."""

import json
import os
import socket
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from conftest import need
from helpers import host, logged, succeeded

from interop.clients import OpenSshSftp
from interop.process import run, wait_until
from interop.programs import give
from interop.servers import SftpdLite
from interop.servers.base import free_port
from interop.servers.sftpd_lite import binary

AS_ROOT = ["--run-as", "nobody", "--user", "alice"] if os.geteuid() == 0 else []


@pytest.fixture
def listening(scratch):
    """listening(text) runs a server with this configuration and gives its "listening" events."""
    need(SftpdLite)
    processes = []

    def start(text, count):
        path = scratch / "whole.conf"
        path.write_text(text)
        process = subprocess.Popen(
            [binary(), "--json", "--log", scratch / "whole.log", "--config", path, *AS_ROOT],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/",
        )  # fmt: skip
        processes.append(process)
        return [json.loads(process.stdout.readline()) for _ in range(count)]

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def test_default_address(listening):
    """DefaultAddress: each of the addresses with the port of Port, and no other."""
    port = free_port("127.0.0.1")
    events = listening(f"SFTPEngine on\nPort {port}\nDefaultAddress 127.0.0.1 127.0.0.2\n", 2)
    assert [one["event"] for one in events] == ["listening"] * 2
    assert sorted((one["host"], one["port"]) for one in events) == [("127.0.0.1", port), ("127.0.0.2", port)]
    for one in events:
        with socket.create_connection((one["host"], one["port"]), timeout=10) as connection:
            assert connection.recv(4) == b"SSH-"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.3", events[0]["port"]), timeout=10)


@pytest.fixture
def configured(make_server, make_client, random_file, scratch):
    """configured("Line", ...): a server under such a configuration that has taken one file."""

    def make(*lines):
        path = scratch / "configured.conf"
        path.write_text("\n".join(["SFTPEngine on", "AllowOverwrite on", *lines]) + "\n")
        path.chmod(0o644)
        server = make_server(options=["--config", path])
        succeeded(make_client(OpenSshSftp, server).put(random_file(1000), "f"))
        return server

    return make


@pytest.fixture
def log(scratch):
    path = scratch / "wanted.log"
    path.touch()
    give(path)
    return path


def test_system_log(configured, log, scratch):
    """SystemLog is the log unless SFTPLog names another."""
    configured(f"SystemLog {log}")
    assert "f" in logged(log, "auth")
    other = scratch / "other.log"
    other.touch()
    give(other)
    log.write_text("")
    configured(f"SystemLog {log}", f"SFTPLog {other}")
    logged(other, "auth")
    assert log.read_text() == ""


def test_debug_level(configured, log):
    """DebugLevel 0 tells less than 2, and 5 and more tell everything."""
    said = []
    for level in (0, 2, 10):
        log.write_text("")
        configured(f"DebugLevel {level}", f"SystemLog {log}")
        logged(log, "session_close" if level else "auth")
        said.append(len(log.read_text().splitlines()))
    assert said[0] <= said[1] < said[2], said


def test_trace_log(configured, log):
    """TraceLog has what Trace asks for, and none without it."""
    configured(f"TraceLog {log}")
    assert log.read_text() == ""
    configured(f"TraceLog {log}", "Trace sftp:20")
    logged(log, "OPEN")
    log.write_text("")
    configured("TraceLog none", "Trace sftp:20")
    assert log.read_text() == ""


class SystemsLog(socketserver.UnixDatagramServer):
    """What stands where /dev/log is: keeps the lines, in their order."""

    def __init__(self, path):
        self.lines = []
        super().__init__(str(path), None)

    def finish_request(self, request, client_address):
        self.lines.append(request[0].decode("utf-8", "replace"))


def test_syslog_facility():
    """SyslogFacility: the number in front of each line of the system's log is made of it."""
    need(SftpdLite)
    if os.geteuid() != 0 or run(["unshare", "-m", "true"], seconds=10).exit_code:
        pytest.skip("skipped: only root can put a log of its own in the place of /dev/log")
    folder = tempfile.TemporaryDirectory()  # not in /dev
    dev = Path(folder.name) / "dev"
    dev.mkdir()
    heard = SystemsLog(dev / "log")
    thread = threading.Thread(target=heard.serve_forever, daemon=True)
    thread.start()
    conf = Path(folder.name) / "facility.conf"
    try:
        for name, number in (("LOCAL3", 19), ("AUTH", 4)):
            conf.write_text(f"SFTPEngine on\nSyslogFacility {name}\n")
            # In a mount namespace of its own /dev has nothing but the log and the null device.
            script = (f"mount --make-rprivate / && touch {dev}/null && mount --bind /dev/null {dev}/null && "
                      f"touch {dev}/urandom && mount --bind /dev/urandom {dev}/urandom && "
                      f"mount --rbind {dev} /dev && exec {binary()} --inetd --config {conf} --user nobody")
            heard.lines.clear()
            finished = subprocess.run(["unshare", "-m", "sh", "-c", script], input=b"GET / HTTP/1.0\r\n\r\n",
                                      capture_output=True, timeout=30, check=False)
            # The last line of a session: none comes behind it into the next round.
            assert wait_until(lambda: any("session_close" in line for line in heard.lines), 10), finished
            assert all(int(line.split(">")[0][1:]) // 8 == number for line in heard.lines), heard.lines
    finally:
        heard.shutdown()
        heard.server_close()
        folder.cleanup()


def test_user(scratch):
    """User: as root, the account of those whom the system does not know."""
    if os.geteuid() != 0:
        pytest.skip("skipped: needs root")
    path = scratch / "user.conf"
    path.write_text("SFTPEngine on\nUser daemon\nAllowOverwrite on\n")
    path.chmod(0o644)
    found = run([binary(), "--print-config", "--json", "--config", path], seconds=10)
    assert json.loads(found.stdout)["settings"]["run_as"] == "daemon", found


TAKEN = {
    "Group": ("Group nogroup", "groups of their account"),
    "RootRevoke": ("RootRevoke off", None),
    "LoadModule": ("LoadModule mod_sftp.c\nLoadModule mod_ifsession.c", None),
}


@pytest.mark.parametrize("lines, said", TAKEN.values(), ids=TAKEN)
def test_what_sets_nothing(lines, said, scratch):
    """Group, RootRevoke and LoadModule: the same settings with and without, and a warning where somebody could think else."""
    need(SftpdLite)
    shown = []
    for number, text in enumerate((host(), host(lines))):
        path = scratch / f"{number}.conf"
        path.write_text(text)
        settings = run([binary(), "--print-config", "--json", "--config", path, *AS_ROOT], seconds=10)
        shown.append(json.loads(settings.stdout)["settings"])
        shown[-1].pop("config")
    assert shown[0] == shown[1]
    finished = run([binary(), "--check", "--config", path, *AS_ROOT], seconds=10)
    assert (said in finished.said) if said else ("1.conf" not in finished.said), finished


def test_ftpusers_counts_where_it_is_wanted(make_server, make_client, random_file, scratch):
    """UseFtpUsers: a name of /etc/ftpusers stays out; `off` lets it in."""
    if os.geteuid() != 0 or not os.path.exists("/etc/ftpusers"):
        pytest.skip("skipped: needs root and /etc/ftpusers")
    listed = [line.strip() for line in open("/etc/ftpusers", encoding="utf-8") if line.strip()[:1].isalpha()]
    name = next((one for one in listed if one != "root"), None)
    if name is None:
        pytest.skip("skipped: /etc/ftpusers lists nobody")
    got = []
    for word in ("on", "off"):
        path = scratch / f"{word}.conf"
        path.write_text(f"SFTPEngine on\nUseFtpUsers {word}\nRequireValidShell off\nAllowOverwrite on\n")
        path.chmod(0o644)
        server = make_server(options=["--config", path], users=(name,))
        got.append(make_client(OpenSshSftp, server, user=name).put(random_file(10), "f").ok)
    assert got == [False, True]
