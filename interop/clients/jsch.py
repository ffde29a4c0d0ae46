"""JSch, SSH and SFTP in Java, behind a small program that is compiled at its first use."""

import functools
import hashlib
import shutil
import tempfile
from pathlib import Path

from interop.clients.base import Detection
from interop.clients.driver import DRIVERS, LineDriver
from interop.process import run
from interop.programs import cache_folder

_JARS = (Path("/usr/share/java/jsch.jar"), Path("/usr/share/java/jzlib.jar"))
# Classes that the system keeps ready, and no optimising of what runs for half a second.
_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


class JSch(LineDriver):
    name = "jsch"
    family = "jsch"
    program = "java"
    package = "libjsch-java"
    verbs = LineDriver.verbs | frozenset("resume_put resume_get hardlink statvfs exec".split())
    features = frozenset(
        "key password hostkey proxy algorithms rekey ipv6 compression space utf8 newline glob both two-keys "
        "prompts".split()
    )
    key_types = ("ecdsa-256", "ecdsa-384", "ecdsa-521", "dsa", "rsa-sha1")
    software = r"^JSCH-0\.1\.54$"
    lacks = {
        "rsa": "JSch 0.1.55 signs with SHA-1 when the key is RSA",
        "ed25519": "JSch 0.1.55 knows no Ed25519",
        "version": "JSch 0.1.55 speaks SFTP 3 only",
        "bytes": "JSch 0.1.55 sends names in UTF-8 to servers of SFTP 3",
        "put_tree": "JSch 0.1.55 uploads single files",
        "get_tree": "JSch 0.1.55 downloads single files",
        "put_times": "JSch 0.1.55 keeps no times by itself",
        "get_times": "JSch 0.1.55 keeps no times by itself",
        "put_fsync": "JSch 0.1.55 has no fsync",
        "copy": "JSch 0.1.55 has no copy-data",
        "chmod_link": "JSch 0.1.55 has no lsetstat",
    }

    @classmethod
    def detect(cls):
        for program in (cls.program, "javac"):
            if shutil.which(program) is None:
                return Detection(missing=f"{program} not found (package openjdk-17-jdk-headless)")
        if not _JARS[0].exists():
            return Detection(missing=f"{_JARS[0]} not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        """Debian's package knows it; jar and library still say 0.1.54."""
        if shutil.which("dpkg-query"):
            asked = run(["dpkg-query", "-W", "-f", "${Version}", cls.package], seconds=10)
            if asked.exit_code == 0:
                return f"jsch {asked.stdout.strip().partition('-')[0]}"
        return f"jsch {_JARS[0].resolve().stem.removeprefix('jsch-')}"

    @classmethod
    @functools.cache
    def classes(cls):
        """The folder of the compiled driver. Several may compile at once; the first one's stays."""
        source = DRIVERS / "JschDriver.java"
        digest = hashlib.sha256(f"{_JARS[0].resolve()}".encode() + source.read_bytes()).hexdigest()
        folder = cache_folder()
        made = folder / f"jsch-{digest[:16]}"
        if not made.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as own:
                classes = Path(own, "classes")
                finished = run(["javac", "-cp", _JARS[0], "-d", classes, source], seconds=120)
                if finished.exit_code != 0:
                    raise RuntimeError(f"the driver of {cls.name} does not compile:\n{finished.said}")
                try:
                    classes.rename(made)
                except OSError:
                    if not made.exists():
                        raise
        return made

    def task(self, steps):
        """It reads keys in PEM only."""
        task = super().task(steps)
        for name, key in (("key", self.target.key), ("second_key", self.target.second_key)):
            if key:
                task[name] = str(key.pem)
        return task

    def argv(self):
        return [*_JAVA, "-cp", ":".join(map(str, (self.classes(), *_JARS))), "JschDriver"]
