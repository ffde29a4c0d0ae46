"""Python's SSH libraries, each behind a small program of ours, so that they can be timed out."""

import sys

from interop.clients.base import Detection, Unsupported
from interop.clients.driver import DRIVERS, DriverClient
from interop.process import run


class PythonLibrary(DriverClient):
    """What the adapters of Python modules share."""

    module = ""
    driver = ""
    program = sys.executable
    features = frozenset(
        "key password hostkey proxy algorithms rekey compression ipv6 space utf8 bytes newline "
        "glob".split()
    )

    @classmethod
    def ask_version(cls):
        code = f"import {cls.module} as module; print(module.__version__)"
        return run([sys.executable, "-W", "ignore", "-c", code], seconds=30)

    @classmethod
    def detect(cls):
        asked = cls.ask_version()
        if asked.exit_code != 0:
            return Detection(missing=f"Python module {cls.module} not found ({cls.package})")
        return Detection(version=f"{cls.module} {asked.stdout.strip()}")

    @classmethod
    def version(cls):
        return f"{cls.module} {cls.ask_version().stdout.strip()}"

    def argv(self):
        return [sys.executable, "-W", "ignore", DRIVERS / self.driver]


class Paramiko(PythonLibrary):
    name = "paramiko"
    family = "paramiko"
    module = "paramiko"
    package = "python3-paramiko"
    driver = "paramiko_driver.py"
    verbs = PythonLibrary.verbs | {"exec", "digest"}
    features = PythonLibrary.features - {"bytes"} | {"both", "prompts", "certificate", "user-algorithms"}
    key_types = (*PythonLibrary.key_types, "dsa", "rsa-sha1")
    software = r"^paramiko_2\.12\.0$"
    lacks = {
        "bytes": "paramiko 2.12.0 gives up at a listing with such a name, though it can move the file",
        **{
            verb: "paramiko 2.12.0 has no call for it"
            for verb in "resume_put resume_get put_tree get_tree put_times get_times hardlink "
            "copy statvfs put_fsync chmod_link".split()
        },
        "version": "paramiko 2.12.0 speaks SFTP 3 only",
        "ed448": "paramiko 2.12.0 has no Ed448",
        "two-keys": "paramiko 2.12.0 takes one accepted key for a login",
        "host-certificate": "paramiko 2.12.0 does not offer certificates of hosts",
    }

    def known_hosts(self):
        """Only keys of the types asked for: paramiko puts the type of the first one in front."""
        wanted = self.target.algorithms.host_key
        path = super().known_hosts()
        if path and wanted:
            kinds = {"ssh-rsa" if name.startswith("rsa-") else name for name in wanted.split(",")}
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(line for line in lines if line.split()[1] in kinds))
        return path


class AsyncSsh(PythonLibrary):
    name = "asyncssh"
    family = "asyncssh"
    module = "asyncssh"
    package = "python3-asyncssh"
    driver = "asyncssh_driver.py"
    verbs = PythonLibrary.verbs | frozenset(
        "put_tree get_tree put_times get_times put_fsync hardlink statvfs exec".split()
    )
    features = PythonLibrary.features | frozenset(
        "version both two-keys prompts certificate host-certificate user-algorithms".split()
    )
    key_types = (*PythonLibrary.key_types, "ed448", "dsa", "rsa-sha1")
    software = r"^AsyncSSH_2\.10\.1$"
    lacks = {
        "resume_put": "asyncssh 2.10.1 has no call for it",
        "resume_get": "asyncssh 2.10.1 has no call for it",
        "copy": "asyncssh 2.10.1 copies through the client only",
        "chmod_link": "asyncssh 2.10.1 changes modes of files only",
    }

    def task(self, steps):
        if self.target.proxy_command and "'" in self.target.proxy_command:
            raise Unsupported("quotes in a proxy command")
        return super().task(steps)
