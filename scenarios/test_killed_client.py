"""A client that vanishes in the middle of a transfer leaves what was written, and nothing else."""

import os
import signal
import subprocess

import pytest

from interop.clients import OpenSshSftp
from interop.process import wait_until
from interop.servers import InetdMode, SftpdLite, SubsystemMode

SIZE = 60_000_000


@pytest.mark.main
@pytest.mark.parametrize("mode", [SftpdLite, InetdMode, SubsystemMode], ids=lambda mode: mode.mode)
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_killed_in_mid_upload(make_server, make_client, random_file, scratch, mode, ending):
    server = make_server(mode)
    original = random_file(SIZE)
    client = make_client(OpenSshSftp, server)
    batch = scratch / "batch"
    batch.write_text(f"put {original} part\n")
    argv = client.argv("-l", "80000", "-b", batch)  # 10 MB a second: time enough to kill it
    process = subprocess.Popen(
        [str(word) for word in argv],
        env=client.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    part = server.root / "part"
    try:
        assert wait_until(lambda: part.exists() and part.stat().st_size > 2_000_000, 20)
    finally:
        os.killpg(process.pid, ending)
        process.wait(timeout=10)
    assert wait_until(lambda: not server.sessions(), 10), "a process is left over"
    done = part.read_bytes()
    assert 2_000_000 < len(done) < SIZE
    assert done == original.read_bytes()[: len(done)]
    assert [path.name for path in server.root.iterdir()] == ["part"]
    assert server.wait_event("session_close")
    if mode is not SubsystemMode:
        assert server.all("session_close")[-1]["bytes_in"] > 2_000_000


@pytest.mark.main
def test_the_next_client_can_go_on(make_server, make_client, random_file):
    """After a killed upload another client replaces or finishes the file: no lock is left."""
    server = make_server()
    original = random_file(100_000)
    (server.root / "part").write_bytes(original.read_bytes()[:5000])
    (server.root / "part").chmod(0o666)
    assert make_client(OpenSshSftp, server).resume_put(original, "part").ok
    assert (server.root / "part").read_bytes() == original.read_bytes()
