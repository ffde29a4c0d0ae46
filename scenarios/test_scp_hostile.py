"""SCP with hostile peers and broken ones: nothing is touched that should not be, nothing hangs, nothing grows."""

import os
import socket
import subprocess
import time

import pytest
from helpers import mode_of, snapshot

from interop.clients.openssh import ssh_options
from interop.process import wait_until
from interop.raw_scp import OK

LIES = [b"C0644 1 ../x\nx\0", b"C0644 1 /etc/x\nx\0", b"C0644 1 ..\n", b"C0644 1 .\n", b"C0644 1 \n",
        b"C0644 1 a\0b\n", b"C0644 -1 x\n", b"C0644 18446744073709551616 x\n", b"C9999 1 x\n", b"\n", b"E\n",
        b"D0755 0 ..\nC0644 1 x\nx\0", b"T1 1\n", b"T-1 0 1 0\n", b"C0644 1 " + b"n" * 10000 + b"\n", b"GET / HTTP\r\n",
        b"C" * 100000, b"\2gone\n"]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: repr(lie[:16]))
def test_lies_touch_nothing(lie, raw_scp, scratch):
    (raw_scp.folder / "d").mkdir()
    before = snapshot(scratch)
    one = raw_scp("-r", "-t", "d")
    assert one.hear(1) == OK
    try:
        one.say(lie)
    except BrokenPipeError:
        pass
    rest, code = one.end()
    assert code == 1 and (rest.startswith(b"\2scp: protocol error: ") or lie.startswith(b"\2"))
    after = snapshot(scratch)
    after.pop(str(scratch / "raw.log"), None)
    after.pop(str(scratch)), before.pop(str(scratch))
    assert after == before


def test_every_cut_of_a_stream(raw_scp):
    stream = b"T5 0 6 0\nD0755 0 t\nC0644 5 f\nhello\0C0600 0 e\n\0E\nC0644 1 g\ng\0"
    for cut in (1, 2, 3, 7):
        one = raw_scp("-r", "-p", "-t", ".")
        for at in range(0, len(stream), cut):
            one.say(stream[at:at + cut])
        assert one.end() == (OK * 10, 0)
        assert (raw_scp.folder / "t/f").read_bytes() == b"hello" and (raw_scp.folder / "g").read_bytes() == b"g"


def test_folders_without_end(raw_scp):
    """They end where paths do, and cost no memory that grows with them."""
    one = raw_scp("-r", "-t", ".")
    assert one.hear(1) == OK
    answers = []
    for _ in range(60):
        one.say(b"D0755 0 " + b"n" * 100 + b"\n")
        answers.append(one.hear(1))
        if answers[-1] != OK:
            break
    assert answers[-1] == b"\1" and 35 < len(answers) < 45
    assert one.end()[1] == 1


def test_a_client_that_never_reads(raw_scp):
    """Its answers fill the pipe; then its records wait, and the server's memory does not grow."""
    one = raw_scp("-t", ".")
    one.process.stdout.flush()
    os.set_blocking(one.process.stdin.fileno(), False)
    sent, record, deadline = 0, b"T5 0 6 0\n" * 10000, time.monotonic() + 8
    while time.monotonic() < deadline:
        sent += one.process.stdin.write(record[sent % 9:]) or 0
        if sent > 64_000_000:
            break
    with open(f"/proc/{one.process.pid}/status") as file:
        kib = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert kib < 60_000 and sent < 64_000_000


@pytest.mark.parametrize("answers", [b"\2no\n", b"no scp here\n", b"\0\2no\n", b"\0\0\2disk full\n", b"", b"\0", b"\0\0"])
def test_a_sink_that_gives_up(answers, raw_scp):
    (raw_scp.folder / "f").write_bytes(b"content")
    one = raw_scp("-f", "f")
    one.say(answers)
    assert one.end()[1] == 1


def test_a_sink_that_warns_gets_the_rest(raw_scp):
    for name in ("a", "b"):
        (raw_scp.folder / name).write_bytes(name.encode())
    one = raw_scp("-f", "a", "b")
    one.say(b"\0\1not a\n\0\0\0")
    rest, code = one.end()
    assert code == 1 and b" 1 a\n" in rest and rest.endswith(b" 1 b\nb\0")


def test_files_that_change_meanwhile(raw_scp):
    size = 3_000_000
    path = raw_scp.folder / "f"
    path.write_bytes(b"x" * size)
    one = raw_scp("-f", "f")
    one.say(OK * 2)
    head = one.hear(16)
    assert head == b"C%04o 3000000 f\n" % mode_of(path)
    os.truncate(path, 10)
    one.say(OK)
    assert len(one.hear(size)) == size
    rest, code = one.end()
    assert rest == b"\1scp: f: became shorter while it was sent\n" and code == 1


def test_a_vanished_client_leaves_what_came(lite):
    target = lite.target()
    words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port), f"{target.user}@{target.host}"]
    with subprocess.Popen([*words, "scp -t part"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"C0644 1000000 x\n" + b"p" * 100000)
        process.stdin.flush()
        assert wait_until(lambda: (lite.root / "part").exists() and (lite.root / "part").stat().st_size == 100000, 10)
        process.kill()
    assert wait_until(lambda: lite.all("file"), 10)
    assert lite.all("file")[-1]["aborted"] and (lite.root / "part").stat().st_size == 100000


def test_a_killed_connection(lite):
    """A peer that leaves in the handshake of SSH's channel; nothing hangs."""
    target = lite.target()
    with socket.create_connection((target.host, target.port)) as link:
        link.sendall(b"SSH-2.0-scp\r\n")
    assert wait_until(lambda: lite.all("session_close"), 10)
