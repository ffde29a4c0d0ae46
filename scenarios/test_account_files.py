"""Accounts of AuthUserFile and AuthGroupFile: who they are, how they log in, what is wrong with the files."""

import asyncio
import json
import os
import shutil
import subprocess

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import OpenSshSftp, Paramiko
from interop.keys import KeyPair
from interop.process import run
from interop.programs import give
from interop.servers import SftpdLite
from interop.servers.base import free_port
from interop.servers.sftpd_lite import binary

asyncssh = pytest.importorskip("asyncssh")
from test_auth_methods import log_in  # noqa: E402

PASSWORD = "opensesame"
HASH = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"
UID, GID, GROUP = 54321, 54322, 54323
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")


@pytest.fixture
def files(scratch):
    """files("ann:...", groups=...) writes both files and gives the words that name them."""
    folder = scratch / "accounts"
    folder.mkdir(mode=0o755)

    def make(*lines, groups=(), options=""):
        (folder / "users").write_text("".join(f"{line}\n" for line in lines))
        (folder / "users").chmod(0o640)
        (folder / "groups").write_text("".join(f"{line}\n" for line in groups))
        return ["-o", f"AuthUserFile {folder}/users {options}", "-o", f"AuthGroupFile {folder}/groups"]

    make.folder = folder
    return make


def line(name="ann", digest=HASH, uid=UID, gid=GID, home="/", shell="/bin/sh"):
    return f"{name}:{digest}:{uid}:{gid}:somebody:{home}:{shell}"


@pytest.fixture
def by_password(make_server, make_client):
    """by_password(words, ...) starts a server as root and gives it and a client of the user's."""

    def make(words, user="ann", password=PASSWORD, kind=OpenSshSftp, **settings):
        server = make_server(as_root=os.getuid() == 0, keys=False, users=(), options=words, **settings)
        server.root.chmod(0o777)
        return server, make_client(kind, server, user=user, password=password)

    return make


class Listening:
    """A server of which only the port is known."""

    host = "127.0.0.1"

    def __init__(self, port):
        self.port = port

    def target(self):
        return self


def working_directory(server, user):
    target = server.target()

    async def ask():
        async with asyncssh.connect(target.host, target.port, username=user, password=PASSWORD, known_hosts=None,
                                    config=None, agent_path=None, client_keys=[]) as connection:  # fmt: skip
            async with connection.start_sftp_client() as sftp:
                return await sftp.realpath(".")

    return asyncio.run(asyncio.wait_for(ask(), 30))


@needs_root
@pytest.mark.parametrize("kind", [OpenSshSftp, Paramiko], ids=lambda kind: kind.name)
def test_ids_and_groups_of_the_file(by_password, files, random_file, kind):
    words = files(line(home="/home"), groups=[f"staff:x:{GROUP}:bob,ann", "other:x:1:bob", f"own:x:{GID}:"])
    server, client = by_password(words, kind=kind)
    succeeded(client.put(random_file(10), "f"))
    made = (server.root / "f").stat()
    assert (made.st_uid, made.st_gid) == (UID, GID)
    shared = server.root / "shared"
    shared.mkdir()
    os.chown(shared, 0, GROUP)
    shared.chmod(0o770)
    succeeded(client.put(random_file(10), "shared/f"))
    os.chown(shared, 0, 1)
    assert not client.put(random_file(10), "shared/g").ok


def test_the_home_of_the_file(by_password, files, random_file, scratch):
    server, _ = by_password(files(line()))
    (server.root / "home").mkdir()
    files(line(home=server.root / "home"))
    assert working_directory(server, "ann") == "/home"


@pytest.mark.parametrize("user, password", [("ann", "wrong"), ("eve", PASSWORD), ("locked", PASSWORD),
                                            ("bare", PASSWORD), ("bare", "*")])
def test_who_does_not_get_in(by_password, files, user, password):
    words = files(line(), line("locked", f"!{HASH}"), line("bare", "*"))
    server, client = by_password(words, user=user, password=password)
    assert client.ls("").state == "auth"
    assert {event["result"] for event in server.all("auth")} == {"refused"}


def test_by_dialogue(make_server, files):
    words = files(line())
    give(files.folder)
    server = make_server(keys=False, users=(), options=[*words, "-o", "SFTPAuthMethods keyboard-interactive"])
    assert log_in(server, [PASSWORD], username="ann")[0]
    assert not log_in(server, ["wrong"], username="ann")[0]


@needs_root
def test_by_key_below_the_home_of_the_file(make_server, make_client, files, scratch):
    key = KeyPair(scratch / "key")
    home = scratch / "home"
    (home / ".ssh").mkdir(parents=True)
    shutil.copy(key.public, home / ".ssh/authorized_keys")
    for path in (home, home / ".ssh", home / ".ssh/authorized_keys"):
        os.chown(path, UID, GID)
    server = make_server(as_root=True, keys=False, users=(), options=[
        *files(line(digest="*", home=home), line("locked", "!", home=home), line("root", "*", 0, 0, home)),
        "-o", "SFTPAuthorizedUserKeys file:~/.ssh/authorized_keys"])  # fmt: skip
    assert make_client(OpenSshSftp, server, user="ann", key=key).ls("").ok
    for user in ("locked", "eve", "root"):
        assert make_client(OpenSshSftp, server, user=user, key=key).ls("").state == "auth"


def test_a_change_counts_at_once(by_password, files):
    log = files.folder / "log"
    server, client = by_password([*files(line()), "--log", log])
    succeeded(client.ls(""))
    files(line("bob"))
    assert client.ls("").state == "auth", "taken out"
    files(line(), "broken")
    for _ in range(2):
        assert client.ls("").state == "auth", "a broken file changes nothing"
    assert log.read_text().count("users:2: wants seven fields") == 1, log.read_text()
    files(line("bob"), line())
    succeeded(client.ls(""))


@pytest.mark.parametrize("options, enters", [
    ("id 54000-55000", True), ("id 1-99", False), ("name ^a", True), ("name !^a", False), ("home ^/srv", False),
])  # fmt: skip
def test_only_some_lines_count(by_password, files, options, enters):
    assert (by_password(files(line(), options=options))[1].ls("").state == "ok") == enters


@pytest.mark.parametrize("shell, enters", [("/bin/sh", True), ("/no/such/shell", False), ("", False)])
def test_a_valid_shell(by_password, files, shell, enters):
    words = [*files(line(shell=shell)), "-o", "RequireValidShell on"]
    assert (by_password(words)[1].ls("").state == "ok") == enters


@needs_root
def test_which_source_decides(make_server, make_client, files, random_file):
    """A name that both know is the first one's."""
    both = files(line("games"))
    for order, expected in (("mod_auth_file.c mod_auth_unix.c", UID), ("mod_auth_file.c*", UID)):
        server = make_server(as_root=True, keys=False, users=(), options=[*both, "-o", f"AuthOrder {order}"])
        server.root.chmod(0o777)
        succeeded(make_client(OpenSshSftp, server, user="games", password=PASSWORD).put(random_file(10), "f"))
        assert (server.root / "f").stat().st_uid == expected
    server = make_server(as_root=True, keys=False, users=(), options=[
        *both, "-o", "AuthOrder mod_auth_unix.c mod_auth_file.c"])  # fmt: skip
    assert make_client(OpenSshSftp, server, user="games", password=PASSWORD).ls("").state == "auth"


def test_made_by_ftpasswd(by_password, files):
    """ProFTPD's own program makes the lines."""
    if not shutil.which("ftpasswd"):
        pytest.skip("skipped: no ftpasswd")
    words = files()
    for digest in ("--md5", "--sha256", "--sha512"):
        subprocess.run(
            ["ftpasswd", "--passwd", "--name", f"ann{digest[2:]}", "--uid", str(UID), "--gid", str(GID),
             "--home", "/home", "--shell", "/bin/false", "--stdin", digest, "--file", str(files.folder / "users")],
            input=f"{PASSWORD}\n", text=True, capture_output=True, check=True, timeout=20)  # fmt: skip
    (files.folder / "users").chmod(0o640)
    for user in ("annmd5", "annsha256", "annsha512"):
        assert by_password(words, user=user)[1].ls("").ok


def test_settings_of_groups_and_users_of_the_file(by_password, files, scratch, random_file):
    words = files(line(), groups=["staff:x:9:ann"])
    config = scratch / "proftpd.conf"
    config.write_text("SFTPEngine on\nPort 0\n<IfGroup staff>\nUmask 077\n</IfGroup>\n<Limit LOGIN>\nAllowGroup staff\n"
                      "DenyAll\n</Limit>\n")  # fmt: skip
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    server, client = by_password([*words, "--config", config, *who])
    succeeded(client.put(random_file(10), "f"))
    assert (server.root / "f").stat().st_mode & 0o777 == 0o600
    files(line(), groups=["staff:x:9:bob"])
    assert client.ls("").state == "auth", "no more in the group that may log in"


def test_each_host_has_its_own(files, scratch):
    need(SftpdLite)
    other = scratch / "accounts" / "others"
    files(line())
    other.write_text(line("bob") + "\n")
    other.chmod(0o640)
    first, second = free_port("127.0.0.1"), free_port("127.0.0.1")
    config = scratch / "proftpd.conf"
    one = "<VirtualHost 127.0.0.1>\nSFTPEngine on\nPort {}\nAuthUserFile {}\n</VirtualHost>\n"
    config.write_text(one.format(first, files.folder / "users") + one.format(second, other))
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([str(binary()), "--json", "--config", str(config), *who], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, cwd=scratch)
    try:
        for port, user in ((first, "ann"), (second, "bob")):
            assert json.loads(process.stdout.readline())["port"] == port
            server = Listening(port)
            for name in ("ann", "bob"):
                assert log_in(server, username=name, password=PASSWORD)[0] == (name == user)
    finally:
        process.terminate()
        process.wait(timeout=20)


def refusal(*words):
    need(SftpdLite)
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    finished = run([binary(), "--check", *who, *words], seconds=10)
    assert finished.exit_code == 2, finished
    return finished.stdout


def test_files_that_are_not_used(files):
    words = files(line(), "bob:secret:1:1::/:")
    assert f"fatal: {files.folder}/users:2: no hash" in refusal(*words)
    words = files(line())
    (files.folder / "users").chmod(0o644)
    assert f"everybody can read the hashes in it; run `chmod o-r {files.folder}/users`" in refusal(*words)
    careless = [binary(), "--check", *words, "-o", "AuthFileOptions InsecurePerms"]
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    for mode in (0o642, 0o660):
        (files.folder / "users").chmod(mode)
        assert f"can be written by others (mode {mode:04o}); run `chmod go-w {files.folder}/users`" in refusal(*words)
        assert "AuthUserFile" not in run([*careless, *who], seconds=10).stdout
    (files.folder / "users").chmod(0o640)
    files.folder.chmod(0o777)
    assert f"{files.folder} can be written by others" in refusal(*words)
    assert "AuthUserFile" not in run([*careless, *who], seconds=10).stdout
    files.folder.chmod(0o755)
    (files.folder / "users").unlink()
    assert "No such file" in refusal(*words)


@pytest.mark.parametrize("order, why", [
    ("mod_auth_sql.c", "the nearest is mod_"), ("mod_sql.c", "is not there"), ("", "at least one"),
    ("mod_auth_file.c mod_auth_file.c", "twice"),
])  # fmt: skip
def test_orders_that_are_mistakes(order, why):
    need(SftpdLite)
    finished = run([binary(), "-o", f"AuthOrder {order}", "--check"], seconds=10)
    assert finished.exit_code == 2 and why in finished.stderr, finished


def test_a_relative_path_is_a_mistake():
    need(SftpdLite)
    finished = run([binary(), "-o", "AuthUserFile users", "--check"], seconds=10)
    assert finished.exit_code == 2 and "absolute path" in finished.stderr, finished
