"""Somebody else's server: one that runs already (--target), or a command that starts it.

Neither has a record that we could read; what was negotiated comes from the capture alone, and the
report says so.
"""

import os
import posixpath
import re
import secrets
import shlex
import shutil
import stat
from pathlib import Path

import paramiko

from interop.clients.base import Detection, Target
from interop.keys import KeyPair
from interop.programs import account
from interop.servers.base import Server, caller, changed, free_port
from interop.servers.settings import UnsupportedSetting


LARGEST = 100 << 20  # bytes that the observer brings to a server for one cell


class ForeignServer(Server):
    """What both have in common: no record, no settings but the user's key."""

    has_record = False
    captures_itself = False

    def records(self):
        return []

    def captures(self):
        return []

    def crash_reports(self):
        return []

    @staticmethod
    def refuse(settings, known):
        """The scenario wants a setting that only its owner could make."""
        for name in settings.given():
            if name not in known:
                raise UnsupportedSetting(f"--target and --server-command know no setting: {name}")


class CommandServer(ForeignServer):
    """`--server-command 'CMD {port} {root} {authorized_keys} {host_key} {user}'`."""

    name = "command"

    def __init__(self, folder, options, settings, keys):
        super().__init__(folder)
        self.refuse(settings, ("user_key", "host_keys"))
        self.command = options.server_command
        self.user = options.target_user or account().pw_name
        self.base = str(self.root) if options.target_base == "." else options.target_base
        self.key = keys.user(settings.user_key or "ed25519", self.folder)
        self.host_key = keys.host((settings.host_keys or ("ed25519",))[0], self.folder)

    @staticmethod
    def check(options):
        """Raises ValueError for a command that cannot be started."""
        words = shlex.split(options.server_command)
        if not words or shutil.which(words[0]) is None:
            raise ValueError(f"--server-command: {words[0] if words else 'nothing'} is not found")

    def start(self):
        self.port = free_port()
        listed = self.folder / "authorized_keys"
        listed.write_text(self.key.public.read_text())
        listed.chmod(0o644)
        values = {
            "port": self.port,
            "root": self.root,
            "authorized_keys": listed,
            "host_key": self.host_key.private,
            "user": self.user,
        }
        words = shlex.split(self.command)
        self.launch([re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], m[0])), word) for word in words])
        self.wait_for_port()

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key,
            "host_keys": (self.host_key.public_line,),
            "base": self.base,
        }
        return changed(defaults, changes)

    @classmethod
    def maker(cls, options):
        """What makes these servers from the options of interop/run."""
        return _Maker(
            lambda folder, settings, keys: cls(folder, options, settings, keys),
            options.server_command.split()[0],
        )


class TargetServer(ForeignServer):
    """A server that runs somewhere. Files are put there and fetched by an observer (paramiko).

    Each cell works in a folder of its own below the given one, which is removed afterwards.
    """

    name = "target"

    def __init__(self, folder, options, settings):
        super().__init__(folder)
        self.refuse(settings, ("user_key",))
        self.host, port = split_address(options.target)
        self.port = port
        self.user = options.target_user or caller()
        self.key = KeyPair.existing(options.target_key) if options.target_key else None
        self.password = None
        if options.target_password_env:
            self.password = os.environ[options.target_password_env]
        self.above = options.target_base
        self.observer = None

    @staticmethod
    def check(options):
        """Raises ValueError for options with which no cell could be run."""
        if options.target_password_env and options.target_password_env not in os.environ:
            raise ValueError(f"--target-password-env: {options.target_password_env} is not set")
        if not options.target_key and not options.target_password_env:
            raise ValueError("--target needs --target-key or --target-password-env")
        if options.target_key and not os.path.isfile(options.target_key):
            raise ValueError(f"--target-key: {options.target_key} is no file")

    def start(self):
        """Connects the observer and brings the scenario's files to the server."""
        size = sum(path.lstat().st_size for path in self.root.rglob("*"))
        if size > LARGEST:
            raise UnsupportedSetting(f"--target: {size} bytes would have to be brought there first")
        transport = paramiko.SSHClient()
        transport.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        transport.connect(
            self.host,
            self.port,
            self.user,
            password=self.password,
            key_filename=str(self.key.private) if self.key else None,
            allow_agent=False,
            look_for_keys=False,
            timeout=20,
        )
        self.connection = transport
        self.observer = transport.open_sftp()
        above = self.observer.normalize(self.above)
        self.base = posixpath.join(above, "ssh2core-" + secrets.token_hex(6))
        self.observer.mkdir(self.base)
        self._upload(self.root, self.base)

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key if self.password is None else None,
            "password": self.password,
            "base": self.base,
        }
        return changed(defaults, changes)

    def fetch(self):
        """Brings what the server has now to `root`."""
        shutil.rmtree(self.root)
        self.root.mkdir()
        self._download(self.base, self.root)

    def stop(self, seconds=10):
        if self.observer:
            self._remove(self.base)
            self.connection.close()
            self.observer = None

    def _upload(self, local, remote):
        for entry in os.scandir(local):
            there = posixpath.join(remote, entry.name)
            if entry.is_symlink():
                self.observer.symlink(os.readlink(entry.path), there)
            elif entry.is_dir():
                self.observer.mkdir(there)
                self._upload(entry.path, there)
                self.observer.chmod(there, stat.S_IMODE(entry.stat().st_mode))
            else:
                self.observer.put(entry.path, there)
                about = entry.stat()
                times = (int(about.st_atime), int(about.st_mtime))  # SFTP 3 has whole seconds
                self.observer.utime(there, times)
                os.utime(entry.path, times)
                self.observer.chmod(there, stat.S_IMODE(about.st_mode))

    def _download(self, remote, local):
        for entry in self.observer.listdir_attr(remote):
            there, here = posixpath.join(remote, entry.filename), Path(local, entry.filename)
            if stat.S_ISLNK(entry.st_mode):
                here.symlink_to(self.observer.readlink(there))
            elif stat.S_ISDIR(entry.st_mode):
                here.mkdir()
                self._download(there, here)
                here.chmod(stat.S_IMODE(entry.st_mode))
            else:
                try:
                    self.observer.get(there, str(here))
                except PermissionError:  # of no interest to a scenario that forbids the client to read it
                    os.truncate(here, entry.st_size)
                here.chmod(stat.S_IMODE(entry.st_mode))
                os.utime(here, (entry.st_atime, entry.st_mtime))

    def _remove(self, remote):
        for entry in self.observer.listdir_attr(remote):
            there = posixpath.join(remote, entry.filename)
            if stat.S_ISDIR(entry.st_mode):
                self._remove(there)
            else:
                self.observer.remove(there)
        self.observer.rmdir(remote)

    @classmethod
    def maker(cls, options):
        """What makes these servers from the options of interop/run."""
        lacks = {"bytes": "the observer, paramiko, cannot say names that are no UTF-8"}
        return _Maker(lambda folder, settings, keys: cls(folder, options, settings), options.target, lacks)


class _Maker:
    kind = ForeignServer

    def __init__(self, make, version, lacks=()):
        self._make, self._version, self.lacks = make, version, dict(lacks)

    def detect(self):
        return Detection(version=self._version)

    def make(self, folder, settings, keys, key):
        if key:
            raise UnsupportedSetting("a key made for the cell is not known to this server")
        return self._make(folder, settings, keys)


def split_address(text):
    """(host, port) of HOST, HOST:PORT or [V6]:PORT."""
    found = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?", text)
    if not found or not 0 < int(found[3] or 22) < 65536:
        raise ValueError(f"--target '{text}': write HOST:PORT, an IPv6 address in brackets")
    return found[1] or found[2], int(found[3] or 22)
