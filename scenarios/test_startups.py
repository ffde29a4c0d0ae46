"""Connections that do not log in: nobody takes all places with them, and who is behind a proxy is known."""

import contextlib
import socket
import time

import pytest
from helpers import succeeded
from test_addresses import LITE_V1
from test_configuration import held  # noqa: F401

from interop.clients import OpenSshSftp
from interop.process import wait_until
from interop.programs import give


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


@contextlib.contextmanager
def silent(server, count, source="127.0.0.1", header=b""):
    """So many connections that say nothing (but a header); those that were welcome."""
    target = server.target()
    with contextlib.ExitStack() as stack:
        peers = []
        for _ in range(count):
            peer = stack.enter_context(
                socket.create_connection((target.host, target.port), 10, source_address=(source, 0)))  # fmt: skip
            if header:
                with contextlib.suppress(OSError):
                    peer.sendall(header)
            peers.append(peer)
        yield [peer for peer in peers if welcome(peer)]


def welcome(peer):
    peer.settimeout(10)
    try:
        return peer.recv(100).startswith(b"SSH-2.0-")
    except ConnectionResetError:
        return False


class FromElsewhere(OpenSshSftp):
    """With another address of the loopback."""

    def argv(self, *words):
        command, *rest = super().argv(*words)
        return [command, "-o", "BindAddress=127.0.0.2", *rest]


@pytest.mark.main
def test_one_source_leaves_places_for_others(logging, make_client, random_file, held):  # noqa: F811
    """Without any directive: who waits in most places gives way, and who has logged in stays."""
    server, log = logging()
    stays = held(server)
    with silent(server, 120) as welcomed:
        assert 90 <= len(welcomed) <= 99
        for _ in range(3):
            succeeded(make_client(FromElsewhere, server).put(random_file(10), "f"))
        with silent(server, 20, source="127.0.0.3") as others:
            assert len(others) == 20
            succeeded(make_client(FromElsewhere, server).ls(""))
        text = log.read_text()
        assert "peer=127.0.0.2:" in text, "those clients came from there"
        assert text.count("all 100 places are taken: ") == 1, "once in a burst"
        assert "died by signal" not in text
    assert wait_until(lambda: len(server.sessions()) == 1, 20)
    assert wait_until(lambda: "startups over source=127.0.0.1 refused=" in log.read_text(), 10)
    assert stays.poll() is None
    assert make_client(OpenSshSftp, server).ls("").ok, "and now itself"


@pytest.mark.parametrize("directive, most, said", [
    ("PerSourceMaxStartups 4", 4, "PerSourceMaxStartups 4: so many connections of 127.0.0.1"),
    ("MaxStartups 6", 6, "MaxStartups 6:100:6: 6 connections have not logged in"),
    ("MaxStartups 3:100:50", 3, "MaxStartups 3:100:50"),
])  # fmt: skip
def test_limits(logging, make_client, directive, most, said):
    server, log = logging(directive)
    with silent(server, 20) as welcomed:
        assert len(welcomed) == most
        assert log.read_text().count(said) == 1
        assert make_client(FromElsewhere, server).ls("").ok is (directive != "MaxStartups 6")
    assert wait_until(lambda: "over" in log.read_text(), 20)


def subsystems(server):
    return [one for one in server.all("channel") if one["what"] == "subsystem"]


def test_who_has_logged_in_does_not_count(logging, make_client, held):
    server, _ = logging("PerSourceMaxStartups 2", "MaxStartups 2")
    for count in range(1, 5):
        held(server)
        assert wait_until(lambda count=count: len(subsystems(server)) == count, 10)
    assert make_client(OpenSshSftp, server).ls("").ok


@pytest.mark.parametrize("directive, most, said", [
    ("MaxInstances 3", 3, "the limit of 3 connections is reached"),
    ("MaxConnectionRate 2", 2, "too many new connections"),
    ("MaxClientsPerHost 4", 4, "the limit of 4 connections from one host"),
])  # fmt: skip
def test_numbers_and_rates(logging, directive, most, said):
    server, log = logging(directive)
    with silent(server, 8) as welcomed:
        assert len(welcomed) == most
    assert said in log.read_text()


def test_none(logging):
    server, _ = logging("MaxStartups none", "PerSourceMaxStartups none")
    with silent(server, 50) as welcomed:
        assert len(welcomed) == 50


def behind(address):
    return b"PROXY TCP4 %s 127.0.0.1 5555 22\r\n" % address.encode()


def test_clients_behind_a_proxy_have_their_own_shares(logging):
    server, log = logging("ProxyFrom 127.0.0.1", "PerSourceMaxStartups 3")
    with silent(server, 8, header=behind("192.0.2.7")) as some, silent(server, 2, header=behind("192.0.2.8")) as others:
        assert (len(some), len(others)) == (3, 2)
    assert "PerSourceMaxStartups 3: so many connections of 192.0.2.7" in log.read_text()


def test_penalties_reach_clients_behind_a_proxy(logging):
    server, log = logging("ProxyFrom 127.0.0.1", "ConnectionPenalty 3 60 60")
    with silent(server, 5, header=LITE_V1) as welcomed:
        assert len(welcomed) == 3
    with silent(server, 2, header=behind("192.0.2.8")) as others:
        assert len(others) == 2, "not the proxy's other clients"
    assert "penalty of 60 s for 192.0.2.77" in log.read_text()
    server, log = logging("ProxyFrom 127.0.0.1", "PerSourcePenalties noauth:20s min:20s")
    with silent(server, 1, header=LITE_V1) as welcomed:
        assert len(welcomed) == 1
    assert wait_until(lambda: not server.sessions(), 10)
    time.sleep(0.2)  # until it is counted
    with silent(server, 2, header=LITE_V1) as welcomed, silent(server, 1, header=behind("192.0.2.8")) as others:
        assert (len(welcomed), len(others)) == (0, 1)
    assert "penalty of 20 s for 192.0.2.77: connections without an attempt" in log.read_text()
