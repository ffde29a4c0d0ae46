"""Strangers on the port: garbage, HTTP, scanners, peers that say nothing or never listen."""

import os
import socket
import struct
import time

import pytest
from helpers import succeeded

from interop.clients import OpenSshSftp
from interop.process import wait_until
from interop.raw_sftp import READ, RawSftp, string


def connect(server, seconds=10):
    return socket.create_connection((server.host, server.port), timeout=seconds)


def read_to_end(peer):
    """What the server sends until it closes the connection, however it does."""
    data = b""
    try:
        while piece := peer.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


GARBAGE = {
    "http": b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "zeros": bytes(10_000),
    "text": b"hello\n" * 5000,
    "tls": bytes.fromhex("16030100a5010000a1") + bytes(200),
    "version-1": b"SSH-1.5-ancient\r\n",
    "endless-line": b"SSH-2.0-" + b"x" * 100_000,
    "huge-packet": b"SSH-2.0-x\r\n" + b"\xff\xff\xff\xff" + bytes(1000),
    "tiny-packet": b"SSH-2.0-x\r\n" + bytes(1000),
    "random": b"SSH-2.0-x\r\n" + bytes((i * 7919 + 13) % 256 for i in range(5000)),
}


@pytest.mark.main
@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_ends_its_own_connection_only(lite, make_client, kind):
    with connect(lite) as peer:
        try:
            peer.sendall(GARBAGE[kind])
            peer.shutdown(socket.SHUT_WR)
        except (ConnectionResetError, BrokenPipeError):
            pass
        answer = read_to_end(peer)
    assert answer.startswith(b"SSH-2.0-") or answer == b""
    assert wait_until(lambda: not lite.sessions())
    assert lite.process.poll() is None
    succeeded(make_client(OpenSshSftp, lite).ls(""))
    assert all(event["reason"] for event in lite.all("session_close"))


@pytest.mark.main
def test_a_port_scanner(lite, make_client):
    """Two hundred connections that are closed at once, some of them with a reset."""
    for number in range(200):
        peer = connect(lite)
        if number % 2:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    succeeded(make_client(OpenSshSftp, lite).ls(""))
    assert wait_until(lambda: not lite.sessions()), "processes are left over"


@pytest.mark.main
def test_silence_is_not_waited_for_for_ever(make_server, make_client):
    server = make_server(options=["--login-timeout", "1"])
    with connect(server) as peer:
        begun = time.monotonic()
        read_to_end(peer)
        assert 0.5 < time.monotonic() - begun < 5
    assert wait_until(lambda: not server.sessions())
    succeeded(make_client(OpenSshSftp, server).ls(""))


def test_drops_are_not_a_login_either(make_server):
    """A peer that sends a byte now and then gets no longer than one that says nothing."""
    server = make_server(options=["--login-timeout", "2"])
    with connect(server) as peer:
        begun = time.monotonic()
        try:
            for byte in b"SSH-2.0-slowly" * 10:
                peer.sendall(bytes([byte]))
                time.sleep(0.1)
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert time.monotonic() - begun < 6


def test_an_idle_session_ends(make_server, make_client):
    server = make_server(options=["--idle-timeout", "1"])
    client = make_client(OpenSshSftp, server)
    finished = client.batch(["ls", "@!sleep 4", "ls"])
    assert finished.exit_code != 0, finished
    assert wait_until(lambda: not server.sessions())


def test_a_login_outlives_the_login_time_out(make_server, make_client):
    server = make_server(options=["--login-timeout", "1"])
    finished = make_client(OpenSshSftp, server).batch(["ls", "@!sleep 2.5", "ls"])
    assert finished.exit_code == 0, finished


@pytest.mark.main
def test_a_peer_that_asks_and_never_reads(lite, make_client):
    """Thousands of reads are asked for and no answer is taken: memory stays bounded."""
    (lite.root / "big").write_bytes(os.urandom(8_000_000))
    (lite.root / "big").chmod(0o644)
    client = make_client(OpenSshSftp, lite)
    argv = ["ssh", *client.options(), "-p", str(lite.port), f"{lite.target().user}@{lite.host}"]
    with RawSftp([*argv, "-s", "sftp"], env=client.environment()) as greedy:
        greedy.hello()
        handle = string(greedy.open("/big").handle)
        os.set_blocking(greedy.process.stdin.fileno(), False)
        asked = 0
        end = time.monotonic() + 3
        while time.monotonic() < end and asked < 100_000:
            try:
                greedy.send(READ, handle + struct.pack(">QI", 0, 32768))
                asked += 1
            except BlockingIOError:
                time.sleep(0.05)
        memory = max(resident(pid) for pid in lite.sessions())
        assert memory < 64_000, f"{memory} KiB after {asked} requests"
        succeeded(make_client(OpenSshSftp, lite).ls(""))
        greedy.process.kill()
    assert wait_until(lambda: not lite.sessions(), 10)


def resident(pid):
    """KiB of anonymous memory of a process (a sanitizer's shadow apart)."""
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0
