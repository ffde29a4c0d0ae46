"""Who may connect, before a word is said; and clients behind a proxy."""

import socket

import pytest

LITE_V1 = b"PROXY TCP4 192.0.2.77 127.0.0.1 5555 22\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 77, 127, 0, 0, 1, 0x15, 0xB3, 0, 22])


def first_answer(server, said=b""):
    target = server.target()
    with socket.create_connection((target.host, target.port), 10) as peer:
        peer.settimeout(15)
        peer.sendall(said)
        try:
            return peer.recv(100)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("options, welcome", [
    (["--deny-from", "127.0.0.1"], False),
    (["--deny-from", "127."], False),
    (["--deny-from", "ALL"], False),
    (["--deny-from", "ALL", "--allow-from", "127.0.0.0/8"], True),
    (["--deny-from", "10.0.0.0/8", "--deny-from", "::1"], True),
])
def test_addresses(make_server, options, welcome):
    server = make_server(options=options)
    assert first_answer(server).startswith(b"SSH-2.0-") is welcome
    if not welcome:
        assert server.all("session_open") == []


@pytest.mark.parametrize("header", [LITE_V1, V2], ids=["v1", "v2"])
def test_a_proxy_names_the_client(make_server, header):
    server = make_server(options=["--proxy-from", "127.0.0.1"])
    assert first_answer(server, header + b"SSH-2.0-x\r\n").startswith(b"SSH-2.0-")
    assert server.wait_event("session_open")[0]["peer"] == "192.0.2.77:5555"


def test_rules_hold_for_the_client_behind_the_proxy(make_server):
    server = make_server(options=["--proxy-from", "127.0.0.1", "--deny-from", "192.0.2.0/24"])
    assert first_answer(server, LITE_V1) == b""
    assert first_answer(server, LITE_V1.replace(b"192.0.2", b"198.51.100")).startswith(b"SSH-")


def test_only_listed_proxies_are_believed(make_server):
    server = make_server(options=["--proxy-from", "10.0.0.1"])
    said = first_answer(server, LITE_V1)
    assert said.startswith(b"SSH-2.0-")
    # The header is no identification: the connection ends.
    closed = server.wait_event("session_close")
    assert "no SSH identification" in closed[0]["reason"] and "192.0.2" not in str(server.events)


def test_a_proxy_without_its_header_is_refused(make_server):
    server = make_server(options=["--proxy-from", "127.0.0.1"])
    assert first_answer(server, b"SSH-2.0-x\r\n") == b""
    assert server.all("session_open") == []
