"""Started as root: a session gives its rights up, and to whom."""

import os
import pwd
import subprocess

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import OpenSshSftp
from interop.process import run
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")

SYSTEM_USER = "games"  # exists on every Debian, owns nothing that matters here


@pytest.fixture
def as_root(make_server):
    def make(**settings):
        server = make_server(as_root=True, **settings)
        server.root.chmod(0o777)
        return server

    return make


def owner_of(path):
    return pwd.getpwuid(path.stat().st_uid).pw_name


@pytest.mark.parametrize(
    "options, expected", [([], "nobody"), (["--run-as", SYSTEM_USER], SYSTEM_USER)]
)
def test_a_user_that_the_system_does_not_know(as_root, make_client, random_file, options, expected):
    server = as_root(users=("alice",), options=options)
    client = make_client(OpenSshSftp, server)
    succeeded(client.put(random_file(10), "f"))
    assert owner_of(server.root / "f") == expected
    (server.root / "private").write_text("root's own")
    (server.root / "private").chmod(0o600)
    assert client.get("private", "copy").state == "remote-error"


def test_a_user_that_the_system_knows(as_root, make_client, random_file):
    server = as_root(users=(SYSTEM_USER,))
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "f"))
    assert owner_of(server.root / "f") == SYSTEM_USER
    assert (server.root / "f").stat().st_gid == pwd.getpwnam(SYSTEM_USER).pw_gid


def test_the_session_has_no_groups_or_rights_left(as_root, make_client):
    server = as_root(users=(SYSTEM_USER,))
    client = make_client(OpenSshSftp, server)
    process = subprocess.Popen(
        client.argv("-b", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=client.environment(),
    )
    try:
        assert server.wait_event("sftp")
        (session,) = server.sessions()
        with open(f"/proc/{session}/status") as lines:
            status = dict(line.split(":", 1) for line in lines)
        who = pwd.getpwnam(SYSTEM_USER)
        assert status["Uid"].split() == [str(who.pw_uid)] * 4
        assert status["Gid"].split() == [str(who.pw_gid)] * 4
        assert "0" not in status["Groups"].split()
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    finally:
        process.kill()
        process.wait()


def test_root_itself_is_refused(as_root, make_client):
    server = as_root(users=(), options=["--run-as", "nobody"])
    assert make_client(OpenSshSftp, server, user="root").ls("").state == "auth"


def test_root_cannot_be_asked_for(scratch):
    need(SftpdLite)
    words = ["--listen", "127.0.0.1:0", "--root", scratch, "--user", "root"]
    finished = run([binary(), *words], seconds=10)
    assert finished.exit_code == 2 and "root" in finished.stderr, finished


def test_root_has_to_say_for_whom(scratch):
    need(SftpdLite)
    finished = run([binary(), "--listen", "127.0.0.1:0", "--root", scratch], seconds=10)
    assert finished.exit_code == 2, finished
    assert "--user" in finished.stderr and "--run-as" in finished.stderr


def test_a_list_for_everybody_does_not_open_every_account(as_root, make_client, random_file):
    """A shared list of keys without --user: one account for all, or no start."""
    server = as_root(users=(), options=["--run-as", "nobody"])
    for user in (SYSTEM_USER, "no-such-user"):
        succeeded(make_client(OpenSshSftp, server, user=user).put(random_file(10), user))
        assert owner_of(server.root / user) == "nobody"
    words = server.command("--listen", "127.0.0.1:0", "--password-file", "/dev/null")
    refused = run(words, seconds=10)
    assert refused.exit_code == 2
    assert "name those whom it lets in with --user" in refused.stderr


def test_a_session_inherits_no_descriptor(as_root, make_client, scratch, monkeypatch):
    """Nothing of the starter's, no listening socket, no lock of the password hashes."""
    inherited = os.open(scratch, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    original = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *words, **more: original(*words, **{**more, "close_fds": False})
    )
    server = as_root(users=(SYSTEM_USER,))
    monkeypatch.undo()
    os.close(inherited)
    client = make_client(OpenSshSftp, server)
    process = subprocess.Popen(
        client.argv("-b", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=client.environment(),
    )
    try:
        assert server.wait_event("sftp")
        (session,) = server.sessions()
        folder = f"/proc/{session}/fd"
        targets = [os.readlink(f"{folder}/{number}") for number in os.listdir(folder)]
        sockets = [target for target in targets if target.startswith("socket:")]
        assert len(sockets) == 1, targets
        assert str(scratch) not in targets
        assert not [target for target in targets if "memfd" in target], targets
    finally:
        process.kill()
        process.wait()
