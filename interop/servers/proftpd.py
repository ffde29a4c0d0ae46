"""ProFTPD with mod_sftp in Debian's configuration, on a private port in the foreground."""

import os
import pwd
import signal
from pathlib import Path

from interop.process import run
from interop.programs import account
from interop.servers import proftpd_log
from interop.servers.base import Server, caller, changed, free_port
from interop.servers.settings import SFTP_COMPRESSION

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
    "AllowStoreRestart on",  # else no upload can be resumed
    "<IfModule mod_delay.c>\nDelayEngine on\n</IfModule>",
)
# Sets of methods by the word of SFTPCompression.
SFTP_COMPRESSION = {
    frozenset({"none"}): "off",
    frozenset({"none", "zlib@openssh.com"}): "delayed",
    frozenset({"none", "zlib@openssh.com", "zlib"}): "on",
}


class Proftpd(Server):
    """Serves one user, named in an AuthUserFile with the uid of a system user, by key."""

    name = "proftpd"
    program = "proftpd"
    package = "proftpd-core, proftpd-mod-crypto"
    stop_signal = signal.SIGKILL  # it takes its time otherwise, for state that nobody wants

    # Of its complaints those that name an algorithm; others are mistakes in the configuration.
    refusals = (
        r"[^\n]*(?:SFTPCiphers|SFTPDigests|SFTPKeyExchanges|SFTPHostKeys)[^\n]*(?:unsupported|unknown)[^\n]*"
    )

    def __init__(self, folder, root=None, *, user=None, key=None, lines=(), settings=None, keys=None):
        super().__init__(folder, root, settings=settings, keys=keys)
        self.user = user or caller()
        self.key = key or self.user_key()
        self.host_keys = self.make_host_keys()
        self.host_key = self.host_keys[0]
        self.lines = tuple(lines)
        self.extended_log = self.folder / "extended.log"
        if self.configured:
            self.lines += tuple(self.setting_lines())

    def setting_lines(self):
        """The settings as lines of proftpd.conf."""
        given = self.settings.given()
        self._refuse(given)
        yield f'LogFormat requests "{proftpd_log.FORMAT}"'
        yield f"ExtendedLog {self.extended_log} ALL requests"
        for name, directive in (
            ("ciphers", "SFTPCiphers"),
            ("macs", "SFTPDigests"),
            ("kex", "SFTPKeyExchanges"),
            ("host_key_algorithms", "SFTPHostKeys"),
        ):
            if name in given:
                yield f"{directive} {' '.join(given[name])}"
        for name, directive in (
            ("max_auth_tries", "MaxLoginAttempts"),
            ("login_timeout", "TimeoutLogin"),
            ("idle_timeout", "TimeoutIdle"),
            ("max_sessions", "MaxInstances"),
        ):
            if name in given:
                yield f"{directive} {given[name]}"
        if "compression" in given:  # "delayed" of 1.3.8 offers zlib, too
            yield f"SFTPCompression {SFTP_COMPRESSION[frozenset(given['compression'])]}"
        if "rekey_bytes" in given:
            yield f"SFTPRekey required 3600 {given['rekey_bytes'] >> 20}"
        if given.get("read_only"):
            yield "<Limit WRITE>\nDenyAll\n</Limit>"
        if "sftp_versions" in given:
            yield 'SFTPClientMatch ".*" sftpProtocolVersion {}-{}'.format(*given["sftp_versions"])
        if "umask" in given:
            yield f"Umask {given['umask']:03o} {given['umask']:03o}"
        if "banner" in given:
            yield f"SFTPDisplayBanner {self.banner_file()}"
        for rule in given.get("client_match", ()):
            yield f"SFTPClientMatch {rule}"
        if "max_channels" in given:
            yield f"SFTPMaxChannels {given['max_channels']}"
        if "ident" in given:
            yield f'ServerIdent on "{given["ident"]}"'

    def _refuse(self, given):
        """Raises UnsupportedSetting for what mod_sftp has no way to do."""
        names = ("user_certificate", "host_certificates", "totp", "strict_kex", "second_key")
        self.refuse_settings((*names, "user_key_algorithms"), "mod_sftp 1.1.1 has no directive for it, or not in this use")
        if given.get("key_list") == "openssh":
            self.unsupported("read lists of OpenSSH keys", "SFTPAuthorizedUserKeys has RFC 4716 only")
        if given.get("rekey_bytes", 0) % (1 << 20):
            self.unsupported(f"exchange keys after {given['rekey_bytes']} bytes", "SFTPRekey counts in MiB")
        if frozenset(given.get("compression", ("none",))) not in SFTP_COMPRESSION:
            names = ",".join(given["compression"])
            self.unsupported(f"offer compression {names}", "SFTPCompression has no such set")
        chains = "+".join(given.get("auth_methods", ())).split("+")
        for method in chains:
            if method.startswith("keyboard-interactive") or method in ("hostbased", "none"):
                self.unsupported(f"log in by {method}", "that needs PAM or a list of host keys")

    def auth_methods(self):
        """Words of SFTPAuthMethods."""
        default = ("publickey", "password") if self.settings.passwords else ("publickey",)
        return " ".join(self.settings.auth_methods or default)

    def accounts(self):
        """Lines of AuthUserFile: the user, and those who have passwords. With settings all are account()."""
        who = account() if self.configured else pwd.getpwnam(self.user)
        hashes = {self.user: "!"}
        for user, password in (self.settings.passwords or {}).items():
            made = run(["openssl", "passwd", "-6", "-stdin"], stdin=f"{password}\n".encode())
            hashes[user] = made.stdout.strip()
        rest = f"{who.pw_uid}:{who.pw_gid}::{self.root}:/bin/sh\n"
        return "".join(f"{user}:{hashed}:{rest}" for user, hashed in hashes.items())

    def records(self):
        self.wait_for_sessions()
        texts = [path.read_text(errors="replace") if path.exists() else "" for path in self._logs()]
        return proftpd_log.from_logs(*texts)

    def _replaced(self):
        """The directives that settings stand for: of two such lines the first would count."""
        return {line.split()[0] for line in self.lines} & {"Umask", "TimeoutIdle"}

    def _logs(self):
        return self.folder / "sftp.log", self.extended_log

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
        password = self.folder / "passwd"
        password.write_text(self.accounts())
        password.chmod(0o600)
        keys = self.folder / "authorized_keys"
        keys.write_text(self.key.rfc4716)
        keys.chmod(0o644)
        include = [f"Include {_DEBIAN_MODULES}"] if _DEBIAN_MODULES.exists() else []
        return "\n".join(
            [
                *include,
                "LoadModule mod_sftp.c",
                *(line for line in _DEBIAN_SETTINGS if line.split()[0] not in self._replaced()),
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
                *(f"SFTPHostKey {key.private}" for key in self.host_keys),
                f"SFTPAuthorizedUserKeys file:{keys}",
                f"SFTPAuthMethods {self.auth_methods()}",
                *self.lines,
                "",
            ]
        )

    def start(self):
        self.port = free_port(self.host)
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
            "host_keys": tuple(key.public_line for key in self.host_keys),
            "base": str(self.root),
        }
        return changed(defaults, changes)
