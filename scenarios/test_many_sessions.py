"""A hundred sessions at once, and the limits on how many there may be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need
from helpers import succeeded

import interop.clients
from interop.clients import AsyncSsh, OpenSshSftp
from interop.process import run, wait_until
from interop.servers import SftpdLite, SocatMode

CROWD = Path(interop.clients.__file__).parent / "drivers" / "asyncssh_crowd.py"


def crowd(server, sessions, seconds=60):
    need(AsyncSsh)
    target = server.target()
    task = {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        "key": str(target.key.private),
        "base": target.base,
        "sessions": sessions,
        "seconds": seconds,
    }
    command = [sys.executable, "-W", "ignore", CROWD]
    return run(command, stdin=json.dumps(task).encode(), seconds=seconds + 10)


@pytest.mark.main
@pytest.mark.parametrize("mode, sessions", [(SftpdLite, 100), (SocatMode, 30)])
def test_a_crowd_at_once(make_server, mode, sessions):
    """All are logged in before the first one moves its file."""
    server = make_server(mode)
    finished = crowd(server, sessions)
    assert finished.stdout.strip() == str(sessions), finished
    for number in range(sessions):
        assert (server.root / f"member{number}").read_bytes() == str(number).encode() * 5000
    assert wait_until(lambda: not server.sessions()), "processes are left over"
    assert len(server.wait_event("session_close", sessions)) == sessions


def test_no_more_than_allowed(make_server, make_client):
    """The third is turned away at once; when one leaves, the next gets in."""
    server = make_server(options=["--max-connections", "2"])
    idle = []
    for _ in range(2):
        client = make_client(OpenSshSftp, server)
        process = subprocess.Popen(
            client.argv("-b", "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=client.environment(),
        )
        idle.append(process)
    try:
        assert len(server.wait_event("sftp", 2)) == 2
        refused = make_client(OpenSshSftp, server, seconds=15).ls("")
        assert refused.state in ("connect", "remote-error"), str(refused)
        idle[0].stdin.close()
        idle[0].wait(timeout=10)
        assert wait_until(lambda: len(server.sessions()) < 2)
        succeeded(make_client(OpenSshSftp, server).ls(""))
    finally:
        for process in idle:
            process.kill()
            process.wait()
