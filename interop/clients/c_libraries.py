"""libssh and libssh2, each behind a small C program of ours that is compiled at its first use."""

import functools
import hashlib
import shutil
import tempfile
from pathlib import Path

from interop.clients.base import STATES, Detection
from interop.clients.driver import DRIVERS, LineDriver
from interop.process import run
from interop.programs import cache_folder

_FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE")


class StatedClient:
    """For drivers whose `Kind` of a failure is the state itself: mixed into a DriverClient."""

    def judge(self, finished):
        state, reason = super().judge(finished)
        if state in ("ok", "timeout", "crash"):
            return state, reason
        for line in finished.stderr.splitlines():
            kind, _, message = line.partition(": ")
            if kind in STATES:
                return kind, message
        return state, reason


class CLibrary(StatedClient, LineDriver):
    """What the adapters of C libraries share."""

    library = ""  # the name that pkg-config knows
    header = ""
    verbs = LineDriver.verbs | frozenset(
        "resume_put resume_get exec statvfs put_fsync put_times get_times".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms space utf8 newline bytes glob ipv6 compression both "
        "prompts".split()
    )

    @classmethod
    def sources(cls):
        return [DRIVERS / f"{cls.name}_driver.c", DRIVERS / "lines.c"]

    @classmethod
    def detect(cls):
        for program in ("cc", "pkg-config"):
            if shutil.which(program) is None:
                return Detection(missing=f"{program} not found: the driver cannot be compiled")
        found = run(["pkg-config", "--modversion", cls.library], seconds=10)
        if found.exit_code != 0:
            return Detection(missing=f"{cls.library} not found by pkg-config (package {cls.package})")
        return Detection(version=f"{cls.name} {found.stdout.strip()}")

    @classmethod
    def version(cls):
        return cls.detect().version

    @classmethod
    @functools.cache
    def driver(cls):
        """The compiled driver. Its name holds a digest of all it is made from, so that an old one is
        never taken; several may compile at once, the last one's file stays."""
        options = run(["pkg-config", "--cflags", "--libs", cls.library], seconds=10).stdout.split()
        version = cls.version()
        parts = [*cls.sources(), DRIVERS / "lines.h"]
        digest = hashlib.sha256(repr((_FLAGS, options, version)).encode())
        for part in parts:
            digest.update(part.read_bytes())
        folder = cache_folder()
        program = folder / f"{cls.name}-{digest.hexdigest()[:16]}"
        if not program.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as own:
                made = Path(own, "driver")
                finished = run(["cc", *_FLAGS, "-o", made, *cls.sources(), *options], seconds=120)
                if finished.exit_code != 0:
                    raise RuntimeError(f"the driver of {cls.name} does not compile:\n{finished.said}")
                made.replace(program)
        return program

    def argv(self):
        return [self.driver()]


class LibSsh(CLibrary):
    name = "libssh"
    family = "libssh"
    program = "cc"
    package = "libssh-dev"
    library = "libssh"
    features = CLibrary.features | {"rekey", "two-keys", "certificate", "user-algorithms"}
    key_types = (*CLibrary.key_types, "rsa-sha1")
    software = r"^libssh_0\.10\.6$"
    lacks = {
        "dsa": "Debian builds libssh 0.10.6 without DSA: no known public key algorithm (ssh-dss)",
        "ed448": "libssh 0.10.6 has no Ed448",
        "host-certificate": "libssh 0.10.6 does not offer certificates of hosts",
        "put_tree": "libssh 0.10.6 has no recursive transfer",
        "get_tree": "libssh 0.10.6 has no recursive transfer",
        "hardlink": "libssh 0.10.6 has no call for it",
        "copy": "libssh 0.10.6 has no call for it",
        "chmod_link": "libssh 0.10.6 has no call for it",
        "version": "libssh 0.10.6 always asks for SFTP 3",
    }


class LibSsh2(CLibrary):
    name = "libssh2"
    family = "libssh2"
    program = "cc"
    package = "libssh2-1-dev"
    library = "libssh2"
    key_types = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "dsa", "rsa-sha1")
    software = r"^libssh2_1\.10\.0$"
    lacks = {
        "two-keys": "libssh2 1.10.0 does not tell a step of a chain from a failure",
        "certificate": "libssh2 1.10.0 has no certificates of OpenSSH",
        "rsa": "libssh2 1.10.0 signs with SHA-1 only, which sshd 9.2 and sftpd-lite refuse",
        "rekey": "libssh2 1.10.0 cannot start a key exchange itself",
        "put_tree": "libssh2 1.10.0 has no recursive transfer",
        "get_tree": "libssh2 1.10.0 has no recursive transfer",
        "hardlink": "libssh2 1.10.0 has no call for it",
        "copy": "libssh2 1.10.0 has no call for it",
        "chmod_link": "libssh2 1.10.0 has no call for it",
        "version": "libssh2 1.10.0 always asks for SFTP 3",
    }
