"""Unknown user, wrong key and wrong password cost the server the same work.

Counted in instructions under callgrind, not timed: only what runs below UserAuthServer::on_message
counts, so that the key exchange's random numbers do not blur it."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
from conftest import need

from interop.keys import KeyPair
from interop.programs import program_folder, take
from interop.servers import SftpdLite

TOLERANCE = 0.01
COUNTED = "ssh2core::UserAuthServer::on_message*"


@pytest.fixture
def instructions(scratch, password_file):
    """instructions(user, key=..., password=..., by=driver): those of one refused attempt to log in.

    `by` asks for the password by a driver of keyboard-interactive."""
    need(SftpdLite)
    for program in ("valgrind", "ssh", "sshpass"):
        if not shutil.which(program):
            pytest.skip(f"skipped: no {program}")
    if b"__asan_init" in (program_folder() / "sftpd-lite").read_bytes():
        pytest.skip("skipped: valgrind and the sanitizers exclude each other")
    passwords = password_file(alice="right", bob="right")
    take(passwords)
    codes = scratch / "codes"
    codes.write_text("alice:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\nbob:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR\n")
    codes.chmod(0o600)
    drivers = {
        None: [],
        "password": ["-o", "SFTPAuthMethods keyboard-interactive:password"],
        "totp": ["-o", "SFTPAuthMethods keyboard-interactive:totp", "-o", f"SFTPTOTPFile {codes}"],
    }
    runs = []

    def count(server, user, key=None, password=None, by=None, stored=("--password-file", passwords)):
        out = scratch / f"callgrind.{len(runs)}"
        runs.append(out)
        serve = [
            *server.apart, "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "-q",
            f"--log-file={out}.log", f"--toggle-collect={COUNTED}", *server.session_words,
            *map(str, stored), *drivers[by],
        ]  # fmt: skip
        method = "publickey" if key else "keyboard-interactive" if by else "password"
        client = ["ssh", "-F", "none", "-o", f"ProxyCommand={shlex.join(serve)}",
                  "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                  "-o", "NumberOfPasswordPrompts=1", "-o", "IdentityAgent=none",
                  "-o", f"PreferredAuthentications={method}"]  # fmt: skip
        if key:
            client += ["-o", "IdentitiesOnly=yes", "-i", str(key.private), "-o", "BatchMode=yes"]
        else:
            client = ["sshpass", "-p", password, *client, "-o", "PubkeyAuthentication=no"]
        result = subprocess.run(
            [*client, f"{user}@localhost", "-s", "sftp"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert "Permission denied" in result.stderr, result.stderr
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
        assert int(total[1]) > 1000, "callgrind counted nothing"
        return int(total[1])

    return count


class Lite:
    """How sftpd-lite is started for one connection, with alice's and bob's keys known."""

    apart = ()  # words in front of the command

    def __init__(self, scratch, users=("alice", "bob"), keys=True):
        self.host_key = KeyPair(scratch / "host")
        self.stranger = KeyPair(scratch / "stranger")
        self.known = KeyPair(scratch / "known")
        root = scratch / "files"
        root.mkdir()
        self.session_words = SftpdLite(
            scratch / "lite", root, key=self.known, host_keys=[self.host_key], users=users, keys=keys,
            as_root=True,
        ).command("--inetd", "--log", str(scratch / "log"))  # fmt: skip


def differ(a, b):
    return abs(a - b) / max(a, b)


def test_a_wrong_key_of_a_known_and_of_an_unknown_user(scratch, instructions):
    lite = Lite(scratch)
    known = instructions(lite, "alice", key=lite.stranger)
    unknown = instructions(lite, "nobob", key=lite.stranger)
    assert differ(known, unknown) <= TOLERANCE, (known, unknown)


def test_a_wrong_password_of_a_known_and_of_an_unknown_user(scratch, instructions):
    lite = Lite(scratch)
    known = instructions(lite, "alice", password="wrong")
    unknown = instructions(lite, "nobob", password="wrong")
    assert differ(known, unknown) <= TOLERANCE, (known, unknown)


@pytest.mark.parametrize("driver", ["password", "totp"])
def test_a_wrong_answer_of_a_known_and_of_an_unknown_user(scratch, instructions, driver):
    lite = Lite(scratch)
    known = instructions(lite, "alice", password="000000", by=driver)
    unknown = instructions(lite, "nobob", password="000000", by=driver)
    assert differ(known, unknown) <= TOLERANCE, (known, unknown)


def test_a_wrong_password_of_a_user_of_a_file_of_accounts(scratch, instructions):
    lite = Lite(scratch, users=(), keys=False)
    folder = scratch / "accounts"
    folder.mkdir(mode=0o755)
    users = folder / "users"
    digest = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"
    users.write_text(f"alice:{digest}:1234:1234::/home:/bin/sh\nlocked:!{digest}:1235:1234::/home:/bin/sh\n")
    users.chmod(0o640)
    stored = ("-o", f"AuthUserFile {users}")
    work = [instructions(lite, user, password="wrong", stored=stored) for user in ("alice", "nobob", "locked")]
    assert differ(max(work), min(work)) <= TOLERANCE, work


CONFIGURATION = """SFTPEngine on
Port 0
AuthUserFile {folder}/users
AuthGroupFile {folder}/groups
AuthPAM off
SFTPPAMEngine off
UseFtpUsers on
RequireValidShell on
SFTPAuthorizedUserKeys file:~/.ssh/authorized_keys file:{folder}/keys/%u
<IfGroup staff>
  Umask 077
</IfGroup>
<Limit LOGIN>
  DenyGroup banned
  AllowAll
</Limit>
"""


# Of AuthUserFile, the same and kept out by its group; of the system with keys and without; nobody's.
NAMES = ("alice", "bob", "dave", "erin", "nobob")
# What a name service does for a name that it knows is not ours: it stops reading, or reads more. Who has no list
# costs the way to where it would be beside another's list.
CONFIGURED_TOLERANCE, LISTLESS_TOLERANCE = 0.02, 0.05


@pytest.fixture
def configured(scratch):
    """A server by a configuration, as root, among accounts of its own in /etc."""
    if os.getuid():
        pytest.skip("skipped: needs root")
    lite = Lite(scratch, users=(), keys=False)
    folder, etc = scratch / "accounts", scratch / "etc"
    etc.mkdir()
    (folder / "keys").mkdir(parents=True)
    digest = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"
    lines = {}
    for number, name in enumerate(("alice", "bob", "carol", "dave", "erin"), 54321):
        home = scratch / "homes" / name
        (home / ".ssh").mkdir(parents=True)
        lines[name] = f"{name}:{{}}:{number}:{number}::{home}:/bin/sh\n"
        if name == "erin":
            continue
        (home / ".ssh" / "authorized_keys").write_text(lite.known.public.read_text())
        (folder / "keys" / name).write_text(lite.known.public.read_text())
    (folder / "users").write_text(lines["alice"].format(digest) + lines["bob"].format(digest))
    (folder / "groups").write_text("staff:x:54330:alice\nbanned:x:54331:bob\n")
    (folder / "users").chmod(0o640)
    system = [lines[name].format("x") for name in ("carol", "dave", "erin")]
    nobody = "nobody:x:65534:65534::/nonexistent:/bin/false\n"
    (etc / "passwd").write_text("root:x:0:0::/root:/bin/sh\n" + "".join(system) + nobody)
    (etc / "group").write_text("root:x:0:\ncarol:x:54323:\ndave:x:54324:\nerin:x:54325:\nnogroup:x:65534:\n")
    (etc / "shadow").write_text("".join(f"{name}:{digest}:19000::::::\n" for name in ("carol", "dave", "erin")))
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\ninitgroups: files\n")
    names = ("passwd", "group", "shadow", "nsswitch.conf")
    mounts = "".join(f"mount --bind {etc}/{name} /etc/{name} && " for name in names)
    apart = ["unshare", "-m", "sh", "-c", f'mount --make-rprivate / && {mounts}exec "$@"', "sh"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("skipped: no mount namespace here")
    config = folder / "proftpd.conf"
    config.write_text(CONFIGURATION.format(folder=folder))
    lite.apart = apart
    return lite, ("--config", config)


@pytest.mark.parametrize("way", ["key", "password"])
def test_a_refusal_by_a_configuration(instructions, configured, way):
    lite, stored = configured
    how = {"key": lite.stranger} if way == "key" else {"password": "wrong"}
    work = {name: instructions(lite, name, stored=stored, **how) for name in NAMES}
    print(way, work)
    assert differ(work.pop("erin"), work["nobob"]) <= LISTLESS_TOLERANCE, work
    assert differ(max(work.values()), min(work.values())) <= CONFIGURED_TOLERANCE, work
