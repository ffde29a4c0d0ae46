"""What a file server does not do is refused in a way that a person understands."""

import socket

import pytest

from interop.clients import OpenSsh, OpenSshSftp
from interop.servers.base import free_port


class Ssh(OpenSsh):
    """Plain ssh; it has no file operations."""

    name = "ssh"
    program = "ssh"

    def perform(self, steps):
        raise NotImplementedError


@pytest.fixture
def ssh(lite, make_client):
    return make_client(Ssh, lite, seconds=20)


@pytest.mark.main
@pytest.mark.parametrize(
    "words, command",
    [(["-T"], []), (["-tt"], []), ([], ["id"]), ([], ["cat > f"]), (["-s"], ["netconf"])],
    ids=["shell", "terminal", "command", "write", "subsystem"],
)
def test_no_shell_and_no_commands(lite, ssh, words, command):
    finished = ssh.ssh(*words, command=command)
    assert not finished.timed_out, finished
    assert finished.exit_code not in (0, None) and finished.exit_code > 0, finished
    assert finished.said.strip(), "refused without a word"
    assert list(lite.root.iterdir()) == []
    refused = [e for e in lite.wait_event("session_close") and lite.all("channel")]
    assert any(event["what"] == "refused" for event in refused), refused


def test_no_local_forwarding(lite, make_client, scratch):
    """The listening end is the client's own; the connection through the server must not come up."""
    client = make_client(Ssh, lite, seconds=20)
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.settimeout(0.3)
        port = inner.getsockname()[1]
        finished = client.ssh("-W", f"127.0.0.1:{port}")
        assert finished.exit_code == 255 and "open failed" in finished.stderr, finished
        with pytest.raises(TimeoutError):
            inner.accept()


def test_no_remote_forwarding(ssh):
    finished = ssh.ssh("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"{free_port()}:127.0.0.1:1")
    assert finished.exit_code == 255, finished
    assert "remote port forwarding failed" in finished.stderr


@pytest.mark.parametrize(
    "option", ["SendEnv=LC_ALL", "SetEnv=FOO=1", "ServerAliveInterval=1", "Compression=yes"]
)
def test_requests_that_clients_make_in_passing_do_no_harm(lite, make_client, option):
    """What the server does not do, it says no to, and the transfer goes on."""
    client = make_client(OpenSshSftp, lite)
    finished = client.batch(["mkdir d", "@!sleep 1.2", "ls"], f"-o{option}")
    assert finished.exit_code == 0, finished


def test_a_second_session_in_the_same_connection(lite, make_client, scratch):
    """Connection sharing: several sftp sessions, one after the other and at once."""
    client = make_client(Ssh, lite)
    control = f"-oControlPath={scratch}/control"
    master = client.ssh("-f", "-N", "-M", control, seconds=10)
    try:
        assert master.exit_code == 0, master
        sftp = make_client(OpenSshSftp, lite)
        for number in range(3):
            finished = sftp.batch([f"mkdir d{number}", "ls"], control)
            assert finished.exit_code == 0, finished
        assert len(lite.all("session_open")) == 1
    finally:
        client.ssh("-O", "exit", control)
