"""A line of inetd.conf as SafeTP's sftpd had it."""

import socket

import pytest
from helpers import succeeded

from interop.clients import OpenSshSftp, Paramiko
from interop.process import wait_until
from interop.servers import InetdMode


class SafeTpStyle(InetdMode):
    """inetd with -s and the short flags; the log is text."""

    flags = ()

    def session_command(self):
        words = [word for word in self.command("-s") if word != "--json"]
        return [*words, *self.flags]


@pytest.fixture
def safetp(make_server, scratch):
    def make(*flags, **settings):
        kind = type("Flagged", (SafeTpStyle,), {"flags": tuple(map(str, flags))})
        return make_server(kind, **settings)

    return make


def test_the_flags_of_safetp(safetp, make_client, random_file, password_file, scratch):
    log = scratch / "log"
    log.touch(mode=0o666)
    log.chmod(0o666)
    passwords = password_file(alice="open-sesame")
    server = safetp(f"-l{log}", "-m0xff", "-d2", "-a", options=["--password-file", passwords])
    client = make_client(Paramiko, server, key=None, password="open-sesame")
    succeeded(client.put(random_file(100), "f"))
    assert wait_until(lambda: "session_close" in log.read_text())
    text = log.read_text()
    assert 'name=USERAUTH_REQUEST argument="alice password (hidden)"' in text
    assert "name=OPEN path=/f" in text and "file op=write path=/f" in text
    assert "open-sesame" not in text
    assert all(line[:2] == "20" for line in text.splitlines()), "0x80: time stamps"


def test_a_mask_chooses(safetp, make_client, random_file, scratch):
    log = scratch / "log"
    log.touch()
    log.chmod(0o666)
    server = safetp(f"-l{log}", "-m68")  # connections and files, without time stamps
    succeeded(make_client(OpenSshSftp, server).put(random_file(100), "f"))
    assert wait_until(lambda: "session_close" in log.read_text())
    kinds = [line.split("] ")[1].split()[0] for line in log.read_text().splitlines()]
    assert kinds == ["session_open", "file", "session_close"]
    assert log.read_text().startswith("[")


def test_nothing_is_written_on_the_connection(safetp):
    """-o and -d3 ask for standard output, which is the client's."""
    server = safetp("-o", "-d3", "-a")
    with socket.create_connection((server.host, server.port), timeout=10) as peer:
        assert peer.recv(4) == b"SSH-"


@pytest.mark.parametrize("flag", ["-f351", "-r40000-40999", "-i192.0.2.1", "-3", "-9"])
def test_what_means_nothing_gets_one_line(lite_command, flag):
    finished = lite_command("-s", flag)
    assert finished.exit_code == 2
    assert finished.stdout == "" and finished.said.count("\n") == 1
    assert flag[:2] in finished.said and "leave it out" in finished.said


@pytest.mark.parametrize("mask", ["0x200", "bf", "", "-1"])
def test_a_wrong_mask(lite_command, mask):
    finished = lite_command("--listen", "127.0.0.1:0", f"--log-mask={mask}")
    assert finished.exit_code == 2 and "--log-mask" in finished.said
