"""Which directory a user sees as `/`, and where a session starts: DefaultRoot, DefaultChdir, --chroot."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from helpers import answer, logged, succeeded
from test_account_files import PASSWORD, line

from interop.clients import OpenSshSftp
from interop.process import run
from interop.programs import give
from interop.servers.sftpd_lite import binary

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")
SYSTEM_USER = "games"


def directives(*lines):
    return [word for one in lines for word in ("-o", one)]


@pytest.fixture
def tree(scratch):
    """A folder for each of two users and of two groups, each with a file of its name."""
    folder = scratch / "homes"
    for name in ("alice", "bob", "staff", "others"):
        (folder / name / "in").mkdir(parents=True)
        (folder / name / name).write_text(name)
        (folder / name / "in" / "inner").write_text(name)
    give(folder)
    return folder


def seen(client):
    return set(answer(client, "ls -1").split())


def test_each_user_has_a_root(tree, logging, make_client):
    server, log = logging(f"DefaultRoot {tree}/%u", users=("alice", "bob", "eve"))
    for user in ("alice", "bob"):
        assert {user, "in"} <= seen(make_client(OpenSshSftp, server, user=user))
    assert make_client(OpenSshSftp, server, user="alice").get("../bob/bob", "taken").state == "remote-error"
    assert not make_client(OpenSshSftp, server, user="eve").ls("").ok
    assert logged(log, f"DefaultRoot {tree}/eve: No such file or directory; create the directory")


@needs_root
def test_users_that_share_an_account_have_roots_of_their_own(tree, make_server, make_client):
    server = make_server(as_root=True, users=("alice", "bob"), options=directives(f"DefaultRoot {tree}/%u"))
    for user in ("alice", "bob"):
        assert {user, "in"} <= seen(make_client(OpenSshSftp, server, user=user))


def test_groups_decide(tree, scratch, make_server, make_client):
    accounts = scratch / "accounts"
    accounts.mkdir(mode=0o755)
    (accounts / "users").write_text(line("ann") + "\n" + line("ben") + "\n")
    (accounts / "groups").write_text("staff:x:54330:ann\nothers:x:54331:ben\n")
    (accounts / "users").chmod(0o640)
    lines = (f"AuthUserFile {accounts}/users", f"AuthGroupFile {accounts}/groups",
             f"DefaultRoot {tree}/staff staff", f"DefaultRoot {tree}/others !staff")  # fmt: skip
    server = make_server(users=(), keys=False, as_root=os.getuid() == 0, options=directives(*lines))
    tree.chmod(0o755)
    for user, folder in (("ann", "staff"), ("ben", "others")):
        client = make_client(OpenSshSftp, server, user=user, password=PASSWORD)
        assert folder in seen(client), server.log()


def test_the_marker_and_default_chdir(tree, make_server, make_client):
    server = make_server(options=directives(f"DefaultRoot {tree}/./alice/in"))
    client = make_client(OpenSshSftp, server)
    assert "/alice/in" in answer(client, "pwd")
    assert "inner" in seen(client)
    server = make_server(options=directives(f"DefaultRoot {tree}", "DefaultChdir %u/in"))
    assert "/alice/in" in answer(make_client(OpenSshSftp, server), "pwd")


def test_records_have_the_place_in_the_system(tree, scratch, make_server, make_client, random_file):
    logs = scratch / "logs"
    logs.mkdir()
    give(logs)
    server = make_server(options=directives(f"DefaultRoot {tree}/%u", f"TransferLog {logs}/xferlog"))
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "uploaded"))
    server.wait_event("session_close")
    assert f"{tree}/alice/uploaded" in (logs / "xferlog").read_text()


def test_a_flag_stands_above_the_file(tree, scratch, make_server, make_client):
    path = scratch / "proftpd.conf"
    path.write_text(f"SFTPEngine on\n<Global>\nDefaultRoot {tree}/bob\n</Global>\nDefaultRoot {tree}/alice\n")
    path.chmod(0o644)
    server = make_server(options=["--config", path], root=tree / "staff")
    assert "staff" in seen(make_client(OpenSshSftp, server)), "make_server gives --root"


def test_the_narrower_section_first(tree, check):
    text = f"SFTPEngine on\nPort 2022\n<Global>\nDefaultRoot {tree}/bob\n</Global>\nDefaultRoot {tree}/no-such\n"
    code, findings = check(text)
    assert code == 1 and any("no-such" in what for _, what in findings), findings


@pytest.mark.parametrize("wrong", ["DefaultRoot %x", "DefaultRoot srv", "DefaultRoot", "DefaultChdir %q"])
def test_wrong_values(check, wrong):
    code, findings = check(f"SFTPEngine on\nPort 2022\n{wrong}\n")
    assert code == 2 and "proftpd.conf:3" in findings[0][1], findings


@pytest.fixture
def jail():
    """A folder that a chroot can be: root owns it and all above it."""
    folder = Path(tempfile.mkdtemp(prefix="ssh2core-jail-", dir="/var/lib"))
    folder.chmod(0o755)
    (folder / "files").mkdir()
    (folder / "files" / "mine").write_text("content")
    user = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder / "files", user.pw_uid, user.pw_gid)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_chroot(jail, make_server, make_client, random_file):
    server = make_server(as_root=True, users=(SYSTEM_USER,), options=["--chroot", f"{jail}/./files"])
    client = make_client(OpenSshSftp, server)
    succeeded(client.put(random_file(10), "files/uploaded"))
    assert (jail / "files" / "uploaded").owner() == SYSTEM_USER
    process = subprocess.Popen(client.argv("-b", "-"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=client.environment())  # fmt: skip
    try:
        assert server.wait_event("sftp", count=2)
        (session,) = server.sessions()
        assert os.readlink(f"/proc/{session}/root") == str(jail)
        with open(f"/proc/{session}/status") as lines:
            status = dict(one.split(":", 1) for one in lines)
        assert "0" not in status["Groups"].split()
    finally:
        process.kill()
        process.wait()


@needs_root
def test_chroot_into_what_others_can_write(jail, logging, make_client):
    server, log = logging(as_root=True, users=(SYSTEM_USER,), options=["--chroot", f"{jail}/files"])
    assert not make_client(OpenSshSftp, server).ls("").ok
    assert logged(log, f"--chroot: {jail}/files belongs to uid")
    jail.chmod(0o775)
    server, log = logging(as_root=True, users=(SYSTEM_USER,), options=["--chroot", jail])
    assert not make_client(OpenSshSftp, server).ls("").ok
    assert logged(log, f"{jail} can be written by others than root: chmod go-w {jail}")


def test_chroot_needs_root(lite_command, scratch):
    if os.getuid() == 0:
        said = run([binary(), "--check", "--run-as", "nobody", "--user", "x", "--chroot", "/srv",
                    "-o", "DefaultRoot /srv"], seconds=10)  # fmt: skip
        assert said.exit_code == 2 and "exclude each other" in said.stdout
    refused = lite_command("--check", "--chroot", "/srv")
    assert refused.exit_code == 2 and "works only when started as root" in refused.stdout, refused
