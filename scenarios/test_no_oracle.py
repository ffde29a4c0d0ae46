"""Unknown user, wrong key and wrong password cost the server the same work.

Counted in instructions under callgrind, not timed: only what runs below UserAuthServer::on_message
counts, so that the key exchange's random numbers do not blur it."""

import re
import shlex
import shutil
import subprocess

import pytest
from conftest import need

from interop.keys import KeyPair
from interop.programs import program_folder
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
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "-q",
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
