"""Every way to start the server carries files."""

import os
import socket
import subprocess
import sys

import pytest
from conftest import need
from helpers import same, succeeded

from interop.clients import AsyncSsh, Curl, OpenSshScp, OpenSshSftp, Paramiko, Psftp
from interop.process import run, wait_until
from interop.programs import as_account
from interop.servers import InetdMode, ProxyMode, SftpdLite, SocatMode, SubsystemMode
from interop.servers.sftpd_lite import binary


def carry(server, client, random_file, scratch):
    """Up, list and down again."""
    original, copy = random_file(200_000), scratch / "copy"
    steps = [("put", original, "f"), ("get", "f", copy)]
    if "ls" in client.verbs:
        steps.append(("ls", ""))
    result = succeeded(client.run_steps(steps))
    assert same(server.root / "f", original) and same(copy, original)
    assert result.names in (None, ["f"])


@pytest.mark.main
@pytest.mark.parametrize("mode", [InetdMode, SocatMode, SubsystemMode], ids=lambda m: m.mode)
@pytest.mark.parametrize(
    "kind", [OpenSshSftp, OpenSshScp, Psftp, Curl, Paramiko, AsyncSsh], ids=lambda kind: kind.name
)
def test_each_mode_carries_files(make_server, make_client, random_file, scratch, mode, kind):
    server = make_server(mode)
    carry(server, make_client(kind, server), random_file, scratch)
    assert wait_until(lambda: not server.sessions()), "a process is left over"


@pytest.mark.main
@pytest.mark.parametrize("kind", [OpenSshSftp, Psftp, Paramiko, AsyncSsh], ids=lambda k: k.name)
def test_as_the_proxy_command(make_server, make_client, random_file, scratch, kind):
    """No port at all: the client starts the server and talks to its standard input and output."""
    server = make_server(ProxyMode)
    carry(server, make_client(kind, server, host="nowhere.invalid"), random_file, scratch)


@pytest.mark.main
def test_behind_sftp_d(scratch, random_file):
    """OpenSSH's sftp starts the subsystem itself, without any SSH."""
    need(SftpdLite)
    root = scratch / "root"
    root.mkdir()
    original, copy = random_file(2_000_000), scratch / "copy"
    batch = scratch / "batch"
    batch.write_text(f"put {original} f\nget f {copy}\nls -l\n")
    finished = run(
        ["sftp", "-b", batch, "-D", f"{binary()} --subsystem --root {root}"], env={"PATH": "/usr/bin"}
    )
    assert finished.exit_code == 0, finished
    assert same(root / "f", original) and same(copy, original)


def test_the_subsystem_works_in_the_current_folder(scratch):
    """Like sftp-server: relative to where it was started, absolute paths as they are."""
    need(SftpdLite)
    (scratch / "here").mkdir()
    (scratch / "there").write_text("outside of here")
    batch = scratch / "batch"
    batch.write_text(f"pwd\nget {scratch}/there {scratch}/copy\n")
    finished = run(["sftp", "-b", batch, "-D", f"{binary()} --subsystem"], cwd=scratch / "here")
    assert finished.exit_code == 0, finished
    assert str(scratch / "here") in finished.stdout
    assert same(scratch / "there", scratch / "copy")


@pytest.mark.parametrize("options", [["-R"], ["-l", "INFO"], ["-e"], ["-u", "077"]], ids=" ".join)
def test_the_subsystem_takes_the_options_of_sftp_server(scratch, options):
    need(SftpdLite)
    batch = scratch / "batch"
    (scratch / "local").write_text("x")
    batch.write_text(f"ls\n-put {scratch}/local up\n")
    command = " ".join([str(binary()), "--subsystem", *options])
    (scratch / "here").mkdir()
    finished = run(["sftp", "-b", batch, "-D", command], cwd=scratch / "here")
    assert finished.exit_code == 0, finished
    arrived = scratch / "here" / "up"
    assert arrived.exists() != (options == ["-R"])
    if options[0] == "-u":
        assert arrived.stat().st_mode & 0o077 == 0


_ACTIVATE = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.dup2(2, 1)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.main
@pytest.mark.parametrize("words", [[], ["--listen", "fd:3"]], ids=["LISTEN_FDS", "fd:3"])
def test_socket_activation(scratch, make_client, random_file, words):
    """As systemd does it: the listening socket is descriptor 3 when the program starts."""
    need(SftpdLite)
    server = SftpdLite(scratch / "server")
    process = subprocess.Popen(
        [sys.executable, "-c", _ACTIVATE, *server.command(*words)],
        stdout=subprocess.PIPE,
        stderr=open(server.events_path, "w"),
        start_new_session=True,
        **as_account(),
    )
    try:
        server.port = int(process.stdout.readline())
        carry(server, make_client(OpenSshSftp, server), random_file, scratch)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.mark.parametrize("words, sessions", [(["--once"], 1), (["--max-sessions", "2"], 2)])
def test_serving_so_many_sessions_and_no_more(make_server, make_client, words, sessions):
    server = make_server(options=words)
    for _ in range(sessions):
        assert server.process.poll() is None
        succeeded(make_client(OpenSshSftp, server).ls(""))
    assert server.process.wait(timeout=10) == 0
    assert make_client(OpenSshSftp, server).ls("").state == "connect"


def test_ipv6(make_server, make_client):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("skipped: no IPv6 here")
    server = make_server(options=["--listen", "[::1]:0"])
    listening = server.wait_event("listening", 2)
    port = next(event["port"] for event in listening if event["host"] == "::1")
    succeeded(make_client(OpenSshSftp, server, host="::1", port=port).ls(""))


def test_a_stop_is_clean(make_server):
    server = make_server()
    assert server.stop() == 0
    assert not server.sessions()
