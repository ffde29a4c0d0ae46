"""Our own server, in each way that it can be started."""

import json
import os
import shlex

from interop.clients.base import Detection
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.programs import account, as_account, for_account, give, program_folder
from interop.servers.base import Server, caller, changed, free_port
from interop.servers.sshd import Sshd


def binary():
    return program_folder() / "sftpd-lite"


def events_in(text):
    """The JSON lines of a text; every line must be one object."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class SftpdLite(Server):
    """`sftpd-lite --listen 127.0.0.1:0 --json`, serving one user by key.

    Runs as an unprivileged account also when the tests run as root, unless as_root is set.
    `options` are added to the command line; `users` None leaves --user away.
    """

    name = "sftpd-lite"
    mode = "listen"

    def __init__(self, folder, root=None, *, options=(), users=("alice",), key=None, host_keys=None,
                 keys=True, as_root=False):
        super().__init__(folder, root)
        self.users = users
        self.key = key or KeyPair(self.folder / "user")
        self.host_keys = host_keys or [KeyPair(self.folder / "host")]
        self.options = [str(word) for word in options]
        self.authorized_keys = self.folder / "authorized_keys"
        self.authorized_keys.write_text(self.key.public.read_text())
        self.keys = keys
        self.as_root = as_root
        self.events_path = self.folder / "events.jsonl"
        if not as_root:
            give(self.folder, self.root)

    @classmethod
    def detect(cls):
        if not binary().exists():
            return Detection(missing=f"{binary()} is not built")
        return Detection(version=run([binary(), "--version"], seconds=10).stdout.splitlines()[0])

    @property
    def program_path(self):
        return binary() if self.as_root else for_account(binary(), self.folder)

    def command(self, *mode):
        """The command line for a mode, with what all modes that speak SSH need."""
        words = [self.program_path, *mode, "--json", "--root", self.root]
        for key in self.host_keys:
            words += ["--host-key", key.private]
        if self.keys:
            words += ["--authorized-keys", self.authorized_keys]
        for user in self.users or ():
            words += ["--user", user]
        return [str(word) for word in (*words, *self.options)]

    def start(self):
        identity = {} if self.as_root else as_account()
        with open(self.events_path, "ab") as events:
            command = self.command("--listen", f"{self.host}:0")
            self.launch(command, stdout=events, cwd=self.root, **identity)
        self.wait_for(lambda: self.all("listening"), "the listening event")
        self.port = self.all("listening")[0]["port"]

    @property
    def events(self):
        """What the server reported so far; a last line still being written is left out."""
        try:
            text = self.events_path.read_text()
        except OSError:
            return []
        return events_in(text[: text.rfind("\n") + 1])

    def all(self, kind):
        """The events of one kind, in order."""
        return [event for event in self.events if event["event"] == kind]

    def wait_event(self, kind, count=1, seconds=10):
        """The events of a kind once there are that many; whatever there is when time is up."""
        wait_until(lambda: len(self.all(kind)) >= count, seconds)
        return self.all(kind)

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.users[0] if self.users else account().pw_name,
            "key": self.key,
            "host_keys": tuple(key.public_line for key in self.host_keys),
            "base": "/",
        }
        return changed(defaults, changes)


class LoggingMode(SftpdLite):
    """Modes in which stdout is the connection: the JSON lines go to --log."""

    def session_command(self):
        return self.command("--inetd", "--log", str(self.events_path))


class InetdMode(LoggingMode):
    """Below a real inetd (OpenBSD's) with a configuration and a port of its own."""

    name = "sftpd-lite-inetd"
    mode = "inetd"
    program = "inetd"

    def start(self):
        self.port = free_port()
        words = self.session_command()
        if len(words) > 19:
            raise ValueError("openbsd-inetd passes at most 19 arguments on")
        who = account().pw_name if os.getuid() == 0 else caller()
        line = [f"{self.host}:{self.port}", "stream", "tcp", "nowait", who, words[0], *words]
        line[6] = "sftpd-lite"
        path = self.folder / "inetd.conf"
        path.write_text(" ".join(line) + "\n")
        self.launch(["inetd", "-i", "-E", "-R", "10000", path])
        self.wait_for_port()


class SocatMode(LoggingMode):
    """Below socat, which gives each connection a process with a socket pair as stdin and stdout."""

    name = "sftpd-lite-socat"
    mode = "socat"
    program = "socat"

    def start(self):
        self.port = free_port()
        script = self.folder / "serve"
        script.write_text(f"#!/bin/sh\nexec {shlex.join(self.session_command())}\n")
        script.chmod(0o755)
        listen = f"TCP-LISTEN:{self.port},bind={self.host},fork,reuseaddr"
        self.launch(["socat", listen, f"EXEC:{script}"], **as_account())
        self.wait_for_port()


class ProxyMode(LoggingMode):
    """Started by the client itself as its ProxyCommand: stdin and stdout are pipes or sockets."""

    name = "sftpd-lite-proxy"
    mode = "proxy"

    def start(self):
        self.port = 22

    def target(self, **changes):
        script = self.folder / "serve"
        command = shlex.join(self.session_command())
        if os.getuid() == 0:
            command = f"setpriv --reuid {account().pw_uid} --regid {account().pw_gid} --clear-groups {command}"
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)
        return super().target(proxy_command=str(script), **changes)


class SubsystemMode(Sshd):
    """sshd does SSH; `sftpd-lite --subsystem` is its sftp subsystem. Needs no root."""

    name = "sftpd-lite-subsystem"
    mode = "subsystem"

    def __init__(self, folder, root=None, *, options=(), confined=True, **more):
        super().__init__(folder, root, **more)
        self.events_path = self.folder / "events.jsonl"
        words = [str(binary()), "--subsystem", "--json", "--log", str(self.events_path), *options]
        if confined:
            words += ["--root", str(self.root)]
        self.confined = confined
        self.subsystem = " ".join(words)

    @classmethod
    def detect(cls):
        missing = SftpdLite.detect().missing
        return Detection(missing=missing) if missing else super().detect()

    events = SftpdLite.events
    all = SftpdLite.all
    wait_event = SftpdLite.wait_event

    def target(self, **changes):
        return super().target(**({"base": "/"} if self.confined else {}), **changes)

