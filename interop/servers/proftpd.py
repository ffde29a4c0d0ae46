"""ProFTPD with mod_sftp in Debian's configuration, on a private port in the foreground."""

import os
import pwd
from pathlib import Path

from interop.keys import KeyPair
from interop.process import run
from interop.servers.base import Server, caller, changed, free_port

_DEBIAN_MODULES = Path("/etc/proftpd/modules.conf")
_DEBIAN_SETTINGS = (
    "UseIPv6 on",
    "<IfModule mod_ident.c>\nIdentLookups off\n</IfModule>",
    'ServerName "Debian"',
    "ServerType standalone",
    "DeferWelcome off",
    "DefaultServer on",
    "ShowSymlinks on",
    "TimeoutNoTransfer 600",
    "TimeoutStalled 600",
    "TimeoutIdle 1200",
    'ListOptions "-l"',
    "Umask 022 022",
    "AllowOverwrite on",
    "<IfModule mod_delay.c>\nDelayEngine on\n</IfModule>",
)


class Proftpd(Server):
    """Serves one user, named in an AuthUserFile with the uid of a system user, by key."""

    name = "proftpd"
    program = "proftpd"
    package = "proftpd-core, proftpd-mod-crypto"

    def __init__(self, folder, root=None, *, user=None, key=None, lines=()):
        super().__init__(folder, root)
        self.user = user or caller()
        self.key = key or KeyPair(self.folder / "user")
        self.host_key = KeyPair(self.folder / "host")
        self.lines = tuple(lines)

    @classmethod
    def detect(cls):
        found = super().detect()
        if found.version and not Path("/usr/lib/proftpd/mod_sftp.so").exists():
            return type(found)(missing="mod_sftp not found (package proftpd-mod-crypto)")
        return found

    @classmethod
    def version(cls):
        return run([cls.program, "--version"], seconds=10).said.strip()

    def configuration(self):
        who = pwd.getpwnam(self.user)
        password = self.folder / "passwd"
        home = str(self.root)
        password.write_text(f"{self.user}:!:{who.pw_uid}:{who.pw_gid}::{home}:/bin/sh\n")
        password.chmod(0o600)
        keys = self.folder / "authorized_keys"
        keys.write_text(self.key.rfc4716)
        keys.chmod(0o644)
        include = [f"Include {_DEBIAN_MODULES}"] if _DEBIAN_MODULES.exists() else []
        return "\n".join(
            [
                *include,
                "LoadModule mod_sftp.c",
                *_DEBIAN_SETTINGS,
                f"Port {self.port}",
                f"DefaultAddress {self.host}",
                "SocketBindTight on",
                f"User {'proftpd' if os.getuid() == 0 else self.user}",
                "Group nogroup" if os.getuid() == 0 else f"Group {os.getgid()}",
                f"AuthUserFile {password}",
                "AuthOrder mod_auth_file.c",
                "RequireValidShell off",
                "RootLogin on",
                "UseFtpUsers off",  # that list names nobody and root
                f"PidFile {self.folder}/pid",
                f"ScoreboardFile {self.folder}/scoreboard",
                f"DelayTable {self.folder}/delay",
                f"SystemLog {self.folder}/system.log",
                f"TransferLog {self.folder}/xferlog",
                "SFTPEngine on",
                f"SFTPLog {self.folder}/sftp.log",
                f"SFTPHostKey {self.host_key.private}",
                f"SFTPAuthorizedUserKeys file:{keys}",
                "SFTPAuthMethods publickey",
                *self.lines,
                "",
            ]
        )

    def start(self):
        self.port = free_port()
        path = self.folder / "proftpd.conf"
        path.write_text(self.configuration())
        self.launch([self.program, "-n", "-q", "-c", path])
        self.wait_for_port()

    def log(self):
        texts = [super().log()]
        for name in ("sftp.log", "system.log"):
            path = self.folder / name
            texts.append(path.read_text(errors="replace") if path.exists() else "")
        return "\n".join(texts)

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key,
            "host_keys": (self.host_key.public_line,),
            "base": str(self.root),
        }
        return changed(defaults, changes)
