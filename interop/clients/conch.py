"""cftp of Twisted Conch, typed into by a driver of ours; its exit code is 0 whatever happened."""

import shutil
import sys

from interop.clients.base import Detection, Unsupported
from interop.clients.c_libraries import StatedClient
from interop.clients.driver import DRIVERS, DriverClient
from interop.process import run

_PROGRAMS = ("cftp3", "cftp")  # Debian's name, Twisted's own


class Cftp(StatedClient, DriverClient):
    name = "conch-cftp"
    family = "conch"
    program = "cftp3"
    package = "python3-twisted"
    verbs = frozenset("put get ls rename mkdir rmdir rm chmod".split())
    features = frozenset({"key", "hostkey", "space", "utf8"})
    key_types = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "dsa", "rsa-sha1")
    software = r"^Twisted_22\.4\.0$"
    lacks = {
        "password": "cftp 22.4.0 asks for passwords on a terminal only",
        "rsa": "cftp 22.4.0 signs with SHA-1 only, which sshd 9.2 and sftpd-lite refuse",
        "stat": "cftp 22.4.0 has no command for it; its listing shows a folder's content instead",
        "symlink": "cftp 22.4.0 makes the text of a link absolute, and sends the two in the draft's order",
        "readlink": "cftp 22.4.0 has no command for it",
        "glob": "cftp 22.4.0 takes * and ? for patterns, quoted too",
        "bytes": "cftp 22.4.0 takes every name for UTF-8",
        "algorithms": "cftp 22.4.0 has no option for the key exchange, and its -c knows no cipher at all",
        "resume_put": "cftp 22.4.0 always transfers a file from its beginning",
        "resume_get": "cftp 22.4.0 always transfers a file from its beginning",
        "put_tree": "cftp 22.4.0 has no recursive transfer",
        "get_tree": "cftp 22.4.0 has no recursive transfer",
        "version": "cftp 22.4.0 always asks for SFTP 3",
    }

    @classmethod
    def detect(cls):
        if cls.found() is None:
            return Detection(missing=f"{cls.program} not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def found(cls):
        return next(filter(None, map(shutil.which, _PROGRAMS)), None)

    @classmethod
    def version(cls):
        return f"cftp of Twisted {run([cls.found(), '--version'], seconds=20).stdout.split()[-1]}"

    def environment(self, **more):
        return super().environment(PYTHONWARNINGS="ignore", **more)

    def argv(self):
        return [sys.executable, DRIVERS / "cftp_driver.py"]

    def known_hosts(self):
        """Conch knows no [host]:port in the file, only the host."""
        path = self.scratch / "known_hosts"
        path.write_text("".join(f"{self.target.host} {key}\n" for key in self.target.host_keys))
        return path

    def task(self, steps):
        target = self.target
        for verb, *_ in steps:
            if verb not in self.verbs:
                raise Unsupported(self.lack(verb))
        if not target.host_keys:
            raise Unsupported("cftp needs to know the host keys: it asks for others on a terminal")
        if target.key is None:
            raise Unsupported(self.lack("password"))
        words = [self.found(), "--known-hosts", self.known_hosts(), "-p", target.port, "-l", target.user]
        words += ["-i", target.key.private, "--user-authentications", "publickey", "-v", target.host]
        return {"command": [str(word) for word in words], "base": target.base, "steps": steps}
