"""Who misbehaves waits: the listener counts for all its processes."""

import os
import signal
import socket
import time

import pytest

from interop.clients import OpenSshSftp
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.servers.sftpd_lite import binary


def comes(server, seconds=0.0):
    """Whether a connection is welcome; it says nothing and goes after a while."""
    target = server.target()
    with socket.create_connection((target.host, target.port), 10) as peer:
        peer.settimeout(10)
        try:
            welcome = peer.recv(100).startswith(b"SSH-2.0-")
        except ConnectionResetError:
            return False
        time.sleep(seconds)
        return welcome


def test_many_connections_bring_a_block(logging):
    server, log = logging(options=["--penalty", "5", "30", "2"])
    assert [comes(server) for _ in range(5)] == [True] * 5
    begun = time.monotonic()
    assert [comes(server) for _ in range(10)] == [False] * 10
    if time.monotonic() - begun > 1.5:
        pytest.skip("skipped: this machine is too slow for the times of this test")
    text = log.read_text()
    assert text.count("more than 5 connections in 30 s") == 1 and text.count("refused peer") == 1, text
    time.sleep(2.1)
    assert comes(server), "the block is over"
    assert "penalty over source=127.0.0.1 refused=10" in log.read_text()


def test_failed_logins_come_together(logging, make_client, scratch):
    server, log = logging("PerSourcePenalties authfail:2s min:3s max:3s noauth:0s")
    wrong = KeyPair(scratch / "wrong")
    assert make_client(OpenSshSftp, server).ls("").ok
    for _ in range(2):
        assert make_client(OpenSshSftp, server, key=wrong).ls("").state == "auth"
    wait_until(lambda: len(server.sessions()) == 0, 10)
    assert not make_client(OpenSshSftp, server).ls("").ok
    assert "failed attempts to log in" in log.read_text()
    assert wait_until(lambda: make_client(OpenSshSftp, server).ls("").ok, 10), "it decays"


@pytest.mark.parametrize("directive, seconds, why", [
    ("PerSourcePenalties noauth:5s min:5s", 0, "without an attempt"),
    ("PerSourcePenalties grace-exceeded:5s min:5s noauth:0", 3, "took too long"),
])
def test_other_offences(logging, directive, seconds, why):
    server, log = logging(directive, options=["--login-timeout", "2"])
    assert comes(server, seconds)
    assert wait_until(lambda: len(server.sessions()) == 0, 10)
    assert wait_until(lambda: not comes(server), 3)
    assert why in log.read_text()


def test_a_crash(logging):
    server, log = logging("PerSourcePenalties noauth:0")
    target = server.target()
    with socket.create_connection((target.host, target.port), 10) as peer:
        peer.recv(100)
        assert wait_until(lambda: len(server.sessions()) == 1, 10)
        os.kill(server.sessions()[0], signal.SIGSEGV)
        assert wait_until(lambda: "died by signal 11" in log.read_text(), 10)
    assert not comes(server)
    assert "penalty of 90 s for 127.0.0.1: a session that crashed" in log.read_text()


def test_who_is_exempt(logging):
    server, _ = logging("PerSourcePenalties noauth:60s", "ConnectionPenalty 2 60 60",
                        "PerSourcePenaltyExemptList 10.0.0.1 127.0.0.0/8")  # fmt: skip
    assert all(comes(server) for _ in range(6))
    server, _ = logging("ConnectionPenalty 2 60 60", "ProxyFrom 127.0.0.1")
    assert not any(comes(server) for _ in range(1)), "no header"


@pytest.mark.parametrize("text, said", [
    ("ConnectionPenalty 5 30", "connections (1 to 1000)"), ("ConnectionPenalty 0 30 600", "connections"),
    ("PerSourcePenalties authfai:5", "the nearest is authfail"), ("PerSourcePenalties crash:soon", "wants a time"),
    ("PerSourcePenalties min:20m", "min is more than max"), ("PerSourceNetBlockSize 33", "bits of an IPv4"),
    ("AllowFrom example.org", "an address wanted"),
])  # fmt: skip
def test_mistakes(text, said):
    finished = run([binary(), "--listen", "127.0.0.1:0", "-o", text], seconds=10)
    assert finished.exit_code == 2 and said in finished.stderr, finished


@pytest.mark.parametrize("directives, welcome", [
    (["DenyFrom 127.0.0.1"], False), (["DenyFrom ALL", "AllowFrom 10.0.0.1 127."], True),
    (["DenyFrom ALL", "DenyFrom none"], True), (["DenyFrom 10.0.0.0/8 ::1"], True),
])  # fmt: skip
def test_lists_of_addresses(logging, directives, welcome):
    assert comes(logging(*directives)[0]) is welcome


def test_a_list_of_the_configuration_holds(logging, scratch):
    """A flag that is not given does not empty it."""
    path = scratch / "proftpd.conf"
    path.write_text("SFTPEngine on\nDenyFrom 127.0.0.0/8\n")
    path.chmod(0o644)
    assert not comes(logging(options=["--config", path])[0])
    path.write_text("SFTPEngine on\nDenyFrom ALL\nAllowFrom ::/0\n")
    assert not comes(logging(options=["--config", path])[0]), "a network of IPv6 holds no IPv4"
    path.write_text("SFTPEngine on\nDenyFrom 127.0.0.0/8\nAllowFrom 127.0.0.1\n")
    assert comes(logging(options=["--config", path])[0])


def test_inetd_does_not_count(scratch):
    who = ["--run-as", "nobody", "--user", "alice"] if os.geteuid() == 0 else []
    log = scratch / "log"
    run([binary(), "--inetd", "--log", log, "--root", scratch, "--penalty", "5", "30", "600", *who], seconds=10)
    assert "need --listen" in log.read_text()
