"""FileZilla's SFTP engine, fzsftp, without the windows: a driver of ours plays the main program."""

import json
import sys

from interop.clients.base import Unsupported
from interop.clients.driver import DRIVERS, DriverClient
from interop.keys import fingerprint
from interop.process import run

_LINKS = "fzsftp 3.63.0 has no command for links"


class FileZilla(DriverClient):
    """All steps in one connection. Trees are walked by FileZilla's windows, not by fzsftp."""

    name = "filezilla"
    family = "filezilla"
    program = "fzsftp"
    package = "filezilla"
    verbs = frozenset("put get resume_put resume_get ls stat rename mkdir rmdir rm chmod".split())
    features = frozenset("key password hostkey compression ipv6 space utf8 bytes glob both prompts".split())
    key_types = (*DriverClient.key_types, "ed448", "dsa", "rsa-sha1")
    software = r"^FileZilla_3\.63\.0$"
    lacks = {
        "put_tree": "fzsftp 3.63.0 moves single files; folders are walked by the window",
        "get_tree": "fzsftp 3.63.0 moves single files; folders are walked by the window",
        "symlink": _LINKS,
        "readlink": _LINKS,
        "hardlink": _LINKS,
        "exec": "fzsftp 3.63.0 runs no commands",
        "newline": "fzsftp 3.63.0 takes a command a line, and lists a newline as a space",
        "algorithms": "fzsftp 3.63.0 has no option for algorithms",
        "version": "fzsftp 3.63.0 speaks SFTP 3 only",
        "rekey": "fzsftp 3.63.0 has no option for it",
        "proxy": "fzsftp 3.63.0 knows SOCKS and HTTP proxies only, no command",
    }

    @classmethod
    def version(cls):
        """It is PuTTY's psftp, changed, and still calls itself so."""
        said = run([cls.program, "-V"], seconds=10).stdout.splitlines()
        return next((f"fzsftp {line[7:]}" for line in said if line.startswith("psftp: ")), "fzsftp")

    def argv(self):
        return [sys.executable, DRIVERS / "filezilla_driver.py"]

    def task(self, steps):
        target = self.target
        if target.chooses_algorithms:
            raise Unsupported(self.lacks["algorithms"])
        return {
            **super().task(steps),
            "key": str(target.key.ppk) if target.key else None,
            "fingerprints": [fingerprint(key) for key in target.host_keys],
        }

    def perform(self, steps):
        self.check_verbs(steps)
        return super().perform(steps)

    def decode(self, text):
        """The answer is the last line, below what fzsftp said of its connection."""
        return json.loads(text.splitlines()[-1])
