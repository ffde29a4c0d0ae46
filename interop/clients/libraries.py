"""Python's SSH libraries, each behind a small program of ours, so that they can be timed out."""

import json
import sys
from pathlib import Path

from interop.clients.base import Client, Detection, Unsupported
from interop.process import run

_DRIVERS = Path(__file__).parent / "drivers"


class PythonLibrary(Client):
    """Talks to a driver program: the task as JSON on its stdin, a JSON object back."""

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

    def task(self, steps):
        target, wanted = self.target, self.target.algorithms
        return {
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "key": str(target.key.private) if target.key else None,
            "password": target.password,
            "known_hosts": str(self.known_hosts() or "") or None,
            "proxy_command": target.proxy_command,
            "base": target.base,
            "rekey_bytes": target.rekey_bytes,
            "kex": wanted.kex,
            "host_key": wanted.host_key,
            "cipher": wanted.cipher,
            "mac": wanted.mac,
            "compression": wanted.compression,
            "steps": steps,
        }

    def perform(self, steps):
        argv = [sys.executable, "-W", "ignore", _DRIVERS / self.driver]
        finished = self.execute(argv, stdin=json.dumps(self.task(steps)).encode())
        result = self.finish(steps, finished)
        if result.ok:
            answer = json.loads(finished.stdout)
            result.names = answer.get("names")
            result.attributes = answer.get("attributes")
        return result


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
