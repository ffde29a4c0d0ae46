"""The JSON lines: whole, and with every field that is promised."""

import re

import pytest
from helpers import succeeded

from interop.clients import OpenSshSftp, Psftp
from interop.keys import KeyPair
from interop.process import wait_until
from interop.servers import InetdMode, SftpdLite

PROMISED = {
    "listening": {"host", "port", "host_keys"},
    "session_open": {"id", "peer", "banner"},
    "negotiated": {
        "kex",
        "host_key",
        "cipher_in",
        "cipher_out",
        "mac_in",
        "mac_out",
        "compression_in",
        "compression_out",
        "strict_kex",
    },
    "auth": {"user", "method", "result"},
    "channel": set(),
    "sftp": {"version"},
    "file": {"op", "path", "bytes", "status"},
    "rekey": set(),
    "session_close": {"reason", "bytes_in", "bytes_out", "seconds", "cpu_seconds", "max_rss"},
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.mark.main
@pytest.mark.parametrize("mode", [SftpdLite, InetdMode], ids=lambda mode: mode.mode)
def test_a_session_is_told_from_beginning_to_end(make_server, make_client, random_file, scratch, mode):
    server = make_server(mode)
    original = random_file(3_000_000)
    stranger = KeyPair(scratch / "stranger")
    assert make_client(OpenSshSftp, server, key=stranger).ls("").state == "auth"
    server.wait_event("session_close", 1)
    client = make_client(OpenSshSftp, server, rekey_bytes=1 << 20)
    steps = [
        ("put", original, "a file"),
        ("get", "a file", scratch / "copy"),
        ("mkdir", "d"),
        ("rename", "a file", "d/b"),
        ("rm", "d/b"),
        ("rmdir", "d"),
    ]
    succeeded(client.run_steps(steps))
    server.wait_event("session_close", 2)
    for event in server.events:
        assert TIME.fullmatch(event["time"]), event
        if event["event"] != "listening":
            assert event["session"], event
        missing = PROMISED[event["event"]] - event.keys()
        assert not missing, (missing, event)
    kinds = {event["event"] for event in server.events}
    assert kinds >= PROMISED.keys() - {"listening"}
    told = {(event["op"], event["path"]) for event in server.all("file")}
    paths = {path for _, path in told}
    assert {"/a file", "/d", "/d/b"} <= paths, told
    moved = [event for event in server.all("file") if event["bytes"] == 3_000_000]
    assert len(moved) == 2, "one upload, one download"
    opened = [event["session"] for event in server.all("session_open")]
    closed = [event["session"] for event in server.all("session_close")]
    assert sorted(opened) == sorted(closed) and len(set(opened)) == 2
    last = server.all("session_close")[-1]
    assert last["bytes_in"] > 3_000_000 and last["bytes_out"] > 3_000_000
    assert 0 < last["seconds"] < 60 and last["max_rss"] > 0
    results = {event["result"] for event in server.all("auth")}
    assert results >= {"accepted", "refused"}


def test_the_client_is_named(lite, make_client):
    succeeded(make_client(Psftp, lite).ls(""))
    assert "PuTTY" in lite.wait_event("session_open")[0]["banner"]
    assert re.fullmatch(r"127\.0\.0\.1:\d+", lite.all("session_open")[0]["peer"])


def test_a_failure_has_its_status(lite, make_client):
    assert make_client(OpenSshSftp, lite).rm("nothing").state == "remote-error"
    assert wait_until(lambda: [e for e in lite.all("file") if e["status"] != 0])


def test_odd_names_do_not_break_a_line(lite, make_client, random_file):
    """Line breaks and bytes that are no UTF-8 in a path: still one valid line each."""
    (lite.root / b"bad\xff".decode("utf-8", "surrogateescape")).write_text("x")
    client = make_client(OpenSshSftp, lite)
    succeeded(client.put(random_file(10), "tab\there"))
    assert client.batch(["rm bad*"]).exit_code == 0
    lite.wait_event("session_close")
    raw = lite.events_path.read_bytes()
    assert raw.endswith(b"\n")
    raw.decode("utf-8")  # JSON is UTF-8
    assert any(event["event"] == "file" for event in lite.events)
