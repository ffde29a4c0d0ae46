"""phpseclib, SSH and SFTP in PHP, in the two versions that Debian has side by side."""

import shutil
from pathlib import Path

from interop.clients.base import Detection
from interop.clients.driver import DRIVERS, LineDriver
from interop.process import run


class PhpLibrary(LineDriver):
    """What both versions share. The library shows the host key; the driver compares, as its users must."""

    program = "php"
    service = "sftp"
    major = ""
    folder = ""  # below /usr/share/php
    verbs = frozenset(
        "put get resume_put resume_get ls stat rename mkdir rmdir rm chmod symlink readlink exec".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms version ipv6 compression".split()
        + "space utf8 newline bytes glob both prompts".split()
    )

    lacks = {
        "rekey": "phpseclib 2.0.42 and 3.0.19 never begin a key exchange themselves",
        "put_tree": "phpseclib 2.0.42 and 3.0.19 upload single files",
        "get_tree": "phpseclib 2.0.42 and 3.0.19 download single files",
        "put_times": "phpseclib 2.0.42 and 3.0.19 can keep times, but not permissions",
        "get_times": "phpseclib 2.0.42 and 3.0.19 can keep times, but not permissions",
        "hardlink": "phpseclib 2.0.42 and 3.0.19 have no call for hard links",
        "statvfs": "phpseclib 2.0.42 and 3.0.19 send no EXTENDED but version-select",
        "copy": "phpseclib 2.0.42 and 3.0.19 send no EXTENDED but version-select",
        "put_fsync": "phpseclib 2.0.42 and 3.0.19 send no EXTENDED but version-select",
        "chmod_link": "phpseclib 2.0.42 and 3.0.19 send no EXTENDED but version-select",
    }

    @classmethod
    def detect(cls):
        if shutil.which(cls.program) is None:
            return Detection(missing=f"{cls.program} not found (package php-cli)")
        if not Path("/usr/share/php", cls.folder, "autoload.php").exists():
            return Detection(missing=f"PHP library {cls.folder} not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        """Debian's package knows it; the library itself does not tell more than its banner."""
        if shutil.which("dpkg-query"):
            asked = run(["dpkg-query", "-W", "-f", "${Version}", cls.package], seconds=10)
            if asked.exit_code == 0:
                return f"phpseclib {asked.stdout.strip().partition('-')[0]}"
        return f"phpseclib {cls.major}"

    def argv(self):
        return [self.program, "-d", "memory_limit=1G", DRIVERS / "phpseclib_driver.php", self.major]


class Phpseclib3(PhpLibrary):
    name = "phpseclib3"
    family = "phpseclib3"
    major = "3"
    folder = "phpseclib3"
    package = "php-phpseclib3"
    features = PhpLibrary.features | {"two-keys"}
    key_types = (*PhpLibrary.key_types, "dsa", "rsa-sha1")
    software = r"^phpseclib_3\.0"


class Phpseclib2(PhpLibrary):
    name = "phpseclib2"
    family = "phpseclib2"
    major = "2"
    folder = "phpseclib"
    package = "php-phpseclib"
    key_types = ("rsa", "rsa-sha1")
    software = r"^phpseclib_2\.0"
    lacks = PhpLibrary.lacks | {
        kind: "phpseclib 2.0.42 knows keys of RSA only"
        for kind in ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521")
    }
