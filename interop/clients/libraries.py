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
    verbs = frozenset("put get ls stat rename mkdir rmdir rm chmod symlink".split())
    features = frozenset(
        {"key", "password", "proxy", "algorithms", "rekey", "space", "utf8", "newline"}
    )

    @classmethod
    def ask_version(cls):
        code = f"import warnings; warnings.simplefilter('ignore'); import {cls.module} as m; print(m.__version__)"
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
    module = "paramiko"
    package = "python3-paramiko"
    driver = "paramiko_driver.py"


class AsyncSsh(PythonLibrary):
    name = "asyncssh"
    module = "asyncssh"
    package = "python3-asyncssh"
    driver = "asyncssh_driver.py"

    def task(self, steps):
        if self.target.proxy_command and "'" in self.target.proxy_command:
            raise Unsupported("quotes in a proxy command")
        return super().task(steps)
