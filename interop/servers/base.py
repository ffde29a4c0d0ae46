"""What every server in the tests has in common: started on a free loopback port, stopped by pid."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

from interop.clients.base import AUTHORITY, Detection, Target
from interop.keys import KeyStore, make_key
from interop.process import children_of, run, wait_until
from interop.servers.settings import DEFAULT_HOST_KEYS, Settings, UnsupportedSetting


def free_port(host="127.0.0.1"):
    """A port that was free a moment ago, for servers that cannot choose one themselves."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def accepts(host, port):
    """Whether something listens there. Leaves a connection that says nothing in the server's log."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def listens(port):
    """Whether some process has a listening TCP socket on the port, without connecting to it."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as lines:
                for line in lines:
                    words = line.split()
                    if words[1].endswith(wanted) and words[3] == "0A":
                        return True
        except OSError:
            continue
    return False


class ServerFailed(Exception):
    """A server did not start; the text has its log."""


class Server(ABC):
    """A server process and its folder. `root` is the folder that clients work in.

    With `settings` (a Settings, even an empty one) the server is one for a scenario: it has host keys
    of several types and keeps what records() needs. Without, it is as it was asked for by its other
    arguments. `keys` is a KeyStore that user and host keys are taken from.
    """

    name = ""
    program = ""
    package = ""
    host = "127.0.0.1"
    stop_signal = signal.SIGTERM
    has_record = True  # records() tells what its sessions did
    captures_itself = False  # whether captures() has something without a tap in front
    refusals = None  # a pattern of the log: the program has not what the settings ask for

    def __init__(self, folder, root=None, *, settings=None, keys=None):
        self.configured = settings is not None
        self.settings = settings or Settings()
        self.host = self.settings.host or self.host
        self.store = keys if isinstance(keys, KeyStore) else None
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = Path(root or self.folder / "root")
        self.root.mkdir(exist_ok=True)
        self._ca = None
        self.second_key_pair = self.second_key()
        self.log_path = self.folder / "server.log"
        self.port = None
        self.process = None
        self.popen_options = {}  # more arguments for subprocess.Popen, for a benchmark's needs

    def user_key(self):
        """The user's key, of the type that the settings name."""
        return self._user_key("user", self.settings.user_key or "ed25519")

    def second_key(self):
        """The key that the user needs beside the first; None when the settings name none."""
        return self._user_key("second", self.settings.second_key) if self.settings.second_key else None

    def _user_key(self, name, kind):
        key = self.store.user(kind, self.folder, name) if self.store else make_key(self.folder, name, kind)
        if self.settings.user_certificate:
            key.certify(self.ca(), self.principals())
        return key

    def principals(self):
        """The names for which a certificate of the user is good."""
        return [self.user]

    def ca(self):
        """The key of the CA that the server trusts, and that vouches for it; made once."""
        if self._ca is None:
            self._ca = (self.store or KeyStore(self.folder / "ca")).ca().copy(self.folder / "trusted")
        return self._ca

    def make_host_keys(self):
        """The host keys: one, or with settings those that they name."""
        if not self.configured:
            return [make_key(self.folder, "host")]
        kinds = self.settings.host_keys or DEFAULT_HOST_KEYS
        if self.store:
            keys = [self.store.host(kind, self.folder) for kind in kinds]
        else:
            keys = [make_key(self.folder, f"host-{kind}", kind) for kind in kinds]
        if self.settings.host_certificates:
            for key in keys:
                key.certify(self.ca(), [self.host], host=True)
        return keys

    def known_lines(self):
        """What clients know of the host: its keys, or the CA that signed its certificates."""
        if self.settings.host_certificates:
            return (AUTHORITY + self.ca().public_line,)
        return tuple(key.public_line for key in self.host_keys)

    def listed_keys(self):
        """The keys for the server's list of users' keys; those with certificates are on no list."""
        keys = [self.key, self.second_key_pair] if self.second_key_pair else [self.key]
        return [] if self.settings.user_certificate else keys

    def refuse_settings(self, names, reason):
        """Raises UnsupportedSetting if one of these settings was given."""
        for name in names:
            if name in self.settings.given():
                self.unsupported(f"set {name}", reason)

    def unsupported(self, what, reason):
        """Raises UnsupportedSetting."""
        raise UnsupportedSetting(f"{self.name} cannot {what}: {reason}")

    def banner_file(self):
        """A file with the banner's text."""
        path = self.folder / "banner.txt"
        path.write_text(self.settings.banner)
        path.chmod(0o644)
        return path

    def captures(self):
        """The pcap files that the server wrote itself, one for each connection."""
        return []

    def records(self):
        """A SessionRecord for each connection that got as far as a KEXINIT, once they have ended.

        Sessions that last longer than ten seconds more are told as they are. Only a server that was
        given settings can tell.
        """
        raise NotImplementedError(f"{self.name} keeps no records")

    def wait_for_sessions(self, seconds=10):
        """Waits until no process that serves a connection is left; whether that came to pass."""
        return wait_until(lambda: not self.sessions(), seconds)

    @classmethod
    def detect(cls):
        """Whether the server's program is here, and its version."""
        path = shutil.which(cls.program)
        if path is None:
            return Detection(missing=f"{cls.program} not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        finished = run([cls.program, "--version"], seconds=10)
        return (finished.stdout or finished.stderr).splitlines()[0].strip()

    @abstractmethod
    def start(self):
        """Starts the server and returns when it listens; raises ServerFailed when it does not."""

    @abstractmethod
    def target(self, **changes):
        """The Target with which a client gets in; `changes` are Target's fields."""

    def launch(self, argv, *, stdout=None, **options):
        """Starts the process in the foreground, its messages going to the log."""
        options.setdefault("env", self.environment())
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.fspath(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=stdout if stdout is not None else log,
                stderr=log,
                start_new_session=True,
                **options,
                **self.popen_options,
            )

    def environment(self):
        """The caller's; a sanitizer writes what it finds to files in the server's folder."""
        more = {}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            given = os.environ.get(name)
            more[name] = ":".join(filter(None, [given, f"log_path={self.folder}/sanitizer"]))
        return {**os.environ, **more}

    def crash_reports(self):
        """What a sanitizer or the C++ runtime said about the server's processes."""
        found = [path.read_text(errors="replace") for path in self.folder.glob("sanitizer.*")]
        log = self.log()
        if "terminate called" in log or "Sanitizer" in log:
            found.append(log)
        return found

    def wait_for(self, condition, what, seconds=20):
        """Waits for a condition while the process lives."""
        answer = wait_until(lambda: condition() or self.process.poll() is not None, seconds)
        if self.process.poll() is not None or not answer:
            text = self.log()
            self.stop()
            refused = re.search(self.refusals, text) if self.refusals and self.configured else None
            if refused:
                raise UnsupportedSetting(f"{self.name} refuses the setting: {refused[0].strip()}")
            raise ServerFailed(f"{self.name}: {what} did not happen\n{text[-3000:]}")

    def wait_for_port(self):
        self.wait_for(lambda: listens(self.port), f"listening on port {self.port}")

    def log(self):
        try:
            return self.log_path.read_text(errors="replace")
        except OSError:
            return ""

    def sessions(self):
        """The pids of all processes that the server started and that still exist."""
        return children_of(self.process.pid) if self.process else []

    def stop(self, seconds=10):
        """Ends the server and the processes below it; returns its exit code."""
        if self.process is None:
            return None
        below = children_of(self.process.pid)
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in below:  # a session may outlive its listener
            if not wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), 1):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return self.process.returncode

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def caller():
    """The name of the user who runs the tests."""
    return pwd.getpwuid(os.getuid()).pw_name


def changed(defaults, changes):
    """A Target from default fields and a caller's changes; a password replaces the key."""
    if changes.get("password") is not None:
        defaults = {**defaults, "key": None}
    return Target(**{**defaults, **changes})
