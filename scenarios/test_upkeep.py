"""What a session does beside files: pings, host key rotation, signs of life, old identifications."""

import os
import signal
import socket
import subprocess
import threading

import pytest
from conftest import need

from interop.clients import OpenSshSftp
from interop.clients.openssh import ssh_options
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.programs import give
from interop.servers.sftpd_lite import SftpdLite


@pytest.fixture
def lite_with(make_server):
    """lite_with("SFTPClientAlive 2 1", ...) starts a server with these directives."""

    def make(*texts, **settings):
        return make_server(
            SftpdLite, options=[word for text in texts for word in ("-o", text)], **settings
        )

    return make


@pytest.fixture
def paramiko_transport():
    """paramiko_transport(server) logs in with paramiko and gives its transport."""
    paramiko = pytest.importorskip("paramiko")
    opened = []

    def connect(server):
        target = server.target()
        transport = paramiko.Transport(socket.create_connection((target.host, target.port), 10))
        opened.append(transport)
        transport.start_client(timeout=20)
        key = paramiko.Ed25519Key.from_private_key_file(str(target.key.private))
        transport.auth_publickey(target.user, key)
        return transport

    yield connect
    for transport in opened:
        transport.close()


def test_ping_is_announced_and_answered(lite_with, paramiko_transport):
    paramiko = pytest.importorskip("paramiko")
    transport = paramiko_transport(lite_with())
    assert transport.server_extensions["ping@openssh.com"] == b"0"
    arrived, answers = threading.Event(), []

    def take(message):
        answers.append(message.get_binary())
        arrived.set()

    transport._handler_table = {**transport._handler_table, 193: lambda _, message: take(message)}
    ping = paramiko.Message()
    ping.add_byte(bytes([192]))
    ping.add_string(b"are you there?")
    transport._send_message(ping)
    assert arrived.wait(10) and answers == [b"are you there?"]
    assert transport.open_sftp_client().listdir(".") == []


def test_no_extension_negotiation(lite_with, paramiko_transport):
    transport = paramiko_transport(lite_with("SFTPOptions NoExtensionNegotiation NoStrictKex"))
    assert not transport.server_extensions
    assert transport.open_sftp_client().listdir(".") == []


def known_keys(path):
    return {tuple(line.split()[1:3]) for line in path.read_text().splitlines() if line.strip()}


@pytest.mark.parametrize("switch", ["", "NoHostkeyRotation"])
def test_openssh_learns_all_host_keys(lite_with, scratch, switch):
    """OpenSSH asks for a proof of each key that it does not know, and writes it down if it is right."""
    need(OpenSshSftp)
    folder = scratch / "hostkeys"
    folder.mkdir()
    keys = [
        KeyPair(folder / "ed25519"),
        KeyPair(folder / "ecdsa", "ecdsa", "256"),
        KeyPair(folder / "rsa", "rsa", "2048"),
        KeyPair(folder / "next"),  # a second one of a type: for the day when the first one goes
    ]
    give(folder)
    server = lite_with(*([f"SFTPOptions {switch}"] if switch else []), host_keys=keys)
    target = server.target()
    known = scratch / "known_hosts"
    known.write_text(f"[{target.host}]:{target.port} {keys[0].public.read_text()}")
    words = ["sftp", *ssh_options(target, known), "-o", "UpdateHostKeys=yes"]
    words += ["-P", str(target.port), "-b", "-", f"{target.user}@{target.host}"]
    finished = run(words, stdin=b"pwd\n", seconds=30)
    assert finished.exit_code == 0, finished
    given = {tuple(key.public.read_text().split()[:2]) for key in keys}
    expected = {tuple(keys[0].public.read_text().split()[:2])} if switch else given
    assert wait_until(lambda: known_keys(known) == expected, 5), known.read_text()


def test_a_silent_client_is_sent_away(lite_with, scratch):
    need(OpenSshSftp)
    server = lite_with("SFTPClientAlive 2 1")
    target = server.target()
    words = ["sftp", *ssh_options(target, None), "-P", str(target.port)]
    with subprocess.Popen(
        [*words, f"{target.user}@{target.host}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as client:
        try:
            assert server.wait_event("sftp")
            # It answers: after several intervals it is still there.
            assert not wait_until(lambda: server.all("session_close"), 4)
            os.killpg(client.pid, signal.SIGSTOP)
            closed = server.wait_event("session_close", seconds=8)
            assert closed and "sign of life" in closed[0]["reason"]
        finally:
            os.killpg(client.pid, signal.SIGKILL)


def test_paramiko_answers_the_question_too(lite_with, paramiko_transport):
    server = lite_with("SFTPClientAlive 2 1")
    files = paramiko_transport(server).open_sftp_client()
    assert not wait_until(lambda: server.all("session_close"), 4)
    assert files.listdir(".") == []


def first_words(server, line):
    """What the server says to a client that says this line and waits for the server to end it."""
    target = server.target()
    with socket.create_connection((target.host, target.port), 10) as peer:
        peer.sendall(line)
        peer.shutdown(socket.SHUT_WR)
        said = b""
        while chunk := peer.recv(65536):
            said += chunk
    return said


def test_old_identifications_are_let_in_on_request(lite_with):
    line = b"SSH-1.99-3.2.9 SSH Secure Shell\r\n"
    said = first_words(lite_with(), line)
    assert b"OldProtocolCompat" in said
    said = first_words(lite_with("SFTPOptions OldProtocolCompat"), line)
    assert b"curve25519" in said and b"OldProtocolCompat" not in said


def test_a_pessimist_waits_with_its_kexinit(lite_with):
    target = lite_with("SFTPOptions PessimisticKexinit").target()
    with socket.create_connection((target.host, target.port), 10) as peer:
        peer.settimeout(1)
        assert peer.recv(65536) == b"SSH-2.0-sftpd_lite\r\n"
        with pytest.raises(TimeoutError):
            peer.recv(65536)
        peer.sendall(b"SSH-2.0-x\r\n")
        assert b"curve25519" in peer.recv(65536)


def test_scanners_are_hung_up_on_without_a_word(lite_with):
    server = lite_with("SFTPOptions PessimisticKexinit")
    for line in (b"SSH-2.0-Probe-7\r\n", b"SSH-2.0-OpenSSH_SSH_Version_Mapper\r\n"):
        assert first_words(server, line).endswith(b"SSH-2.0-sftpd_lite\r\n")
    assert all("scanner" in event["reason"] for event in server.wait_event("session_close", 2))


