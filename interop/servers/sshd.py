"""OpenSSH's server on a private port, started in the foreground with its own configuration."""

import os
import shlex
import shutil
from pathlib import Path

from interop.process import run
from interop.servers import sshd_log
from interop.servers.base import Server, caller, changed, free_port

# Runs sftp-server for one connection, with a log of its own that the client's port names.
_WRAPPER = """#!/bin/sh
set -- $SSH_CONNECTION
exec {command} 2>>{folder}/sftp-"$2".log
"""


class Sshd(Server):
    """Serves internal-sftp, or the given subsystem command, to the given user by key.

    By default only what a test needs is set. With debian=True the lines of Debian's sshd_config
    are kept, as the benchmark wants them. With settings, OpenSSH's sftp-server takes the place of
    internal-sftp, which is the same code but can log only to syslog.
    """

    refusals = (
        r"Bad SSH2 [^\n]*|Bad (?:key types|host key algorithms|kex algorithms)[^\n]*|"
        r"[^\n]*Unsupported [^\n]*"
    )

    name = "sshd"
    program = "/usr/sbin/sshd"
    package = "openssh-server"
    _DEBIAN = (
        "KbdInteractiveAuthentication no",
        "UsePAM yes",
        "X11Forwarding yes",
        "PrintMotd no",
        "AcceptEnv LANG LC_*",
    )

    def __init__(self, folder, root=None, *, subsystem="internal-sftp", user=None, debian=False,
                 key=None, lines=(), login=None, settings=None, keys=None):
        self.user = user or caller()
        super().__init__(folder, root, settings=settings, keys=keys)
        self.key = key or self.user_key()
        self.host_keys = self.make_host_keys()
        self.host_key = self.host_keys[0]
        self.subsystem = subsystem
        self.lines = tuple(lines) + (self._DEBIAN if debian else ("UsePAM no", "PrintMotd no"))
        self.login = login
        if self.configured:
            self.lines += tuple(self.setting_lines())

    def setting_lines(self):
        """The settings as lines of sshd_config."""
        given = self.settings.given()
        self._refuse(given)
        yield "LogLevel VERBOSE"
        yield f"LogVerbose {sshd_log.VERBOSE}"
        for name, keyword in (
            ("ciphers", "Ciphers"),
            ("macs", "MACs"),
            ("kex", "KexAlgorithms"),
            ("host_key_algorithms", "HostKeyAlgorithms"),
            ("user_key_algorithms", "PubkeyAcceptedAlgorithms"),
        ):
            if name in given:
                yield f"{keyword} {','.join(given[name])}"
        if "compression" in given:
            yield f"Compression {'yes' if len(given['compression']) > 1 else 'no'}"
        for name, keyword in (
            ("rekey_bytes", "RekeyLimit"),
            ("max_auth_tries", "MaxAuthTries"),
            ("login_timeout", "LoginGraceTime"),
        ):
            if name in given:
                yield f"{keyword} {given[name]}"
        if "idle_timeout" in given:
            yield f"ChannelTimeout session:*={given['idle_timeout']}"
            yield f"UnusedConnectionTimeout {given['idle_timeout']}"
        if "auth_methods" in given:
            chains = (chain.replace("+", ",") for chain in given["auth_methods"])
            yield f"AuthenticationMethods {' '.join(chains)}"
        if "banner" in given:
            yield f"Banner {self.banner_file()}"
        if given.get("user_certificate"):
            yield f"TrustedUserCAKeys {self.ca().public}"
        if given.get("host_certificates"):
            for key in self.host_keys:
                yield f"HostCertificate {key.certificate}"

    def _refuse(self, given):
        """Raises UnsupportedSetting for what OpenSSH's server has no way to do."""
        names = ("totp", "client_match", "strict_kex", "max_channels")
        self.refuse_settings(names, "OpenSSH has no such option")
        if "passwords" in given:
            self.unsupported("log in by password", "it asks the system's accounts, which no test may change")
        if "max_sessions" in given:
            self.unsupported("limit connections", "MaxStartups counts only those that are not logged in")
        if "ident" in given:
            self.unsupported("change its software version", "VersionAddendum only adds to it")
        if given.get("key_list") == "rfc4716":
            self.unsupported("read lists of RFC 4716 keys", "AuthorizedKeysFile has OpenSSH's format only")
        if given.get("sftp_versions", (3, 3)) != (3, 3):
            self.unsupported("speak SFTP {} to {}".format(*given["sftp_versions"]), "it has version 3 only")
        if set(given.get("compression", ("none",))) not in ({"none"}, {"none", "zlib@openssh.com"}):
            names = ",".join(given["compression"])
            self.unsupported(f"offer compression {names}", "none, or zlib@openssh.com too")
        chains = "+".join(given.get("auth_methods", ())).split("+")
        for method in chains:
            if method.startswith("keyboard-interactive") or method in ("hostbased", "none"):
                self.unsupported(f"log in by {method}", "without PAM and the system's accounts it has none")

    def ordered_host_keys(self):
        """The host keys in the order of the algorithms that are set: sshd offers them in that order."""
        wanted = self.settings.host_key_algorithms or ()

        def place(key):
            kind = key.public_line.split()[0]
            names = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa") if kind == "ssh-rsa" else (kind,)
            return min((wanted.index(name) for name in names if name in wanted), default=len(wanted))

        return sorted(self.host_keys, key=place)

    def sftp_command(self):
        """sftp-server with what the settings say."""
        words = ["/usr/lib/openssh/sftp-server", "-e", "-l", "DEBUG"]
        if self.settings.read_only:
            words.append("-R")
        if self.settings.umask is not None:
            words += ["-u", f"{self.settings.umask:03o}"]
        return words

    def subsystem_line(self):
        """What stands behind `Subsystem sftp`."""
        if not self.configured or self.subsystem != "internal-sftp":
            return self.subsystem
        return self._wrapped(self.sftp_command())

    def _wrapped(self, words):
        path = self.folder / "sftp-server"
        command = " ".join(word if "$2" in word else shlex.quote(word) for word in words)
        path.write_text(_WRAPPER.format(command=command, folder=shlex.quote(str(self.folder))))
        path.chmod(0o755)
        return str(path)

    def records(self):
        self.wait_for_sessions()
        found = sshd_log.from_log(self.log())
        for record in found:
            self.add_files(record, record.peer.rpartition(":")[2])
        return found

    def add_files(self, record, port):
        """Adds what the SFTP server of a connection logged."""
        path = self.folder / f"sftp-{port}.log"
        if path.exists():
            sshd_log.take_sftp_log(record, path.read_text(errors="replace"))

    @classmethod
    def version(cls):
        return run(["ssh", "-V"], seconds=10).said.strip()  # sshd 9.2 has no option for it

    def configuration(self):
        keys = self.folder / "authorized_keys"
        keys.write_text("".join(key.public.read_text() for key in self.listed_keys()))
        keys.chmod(0o644)
        return "\n".join(
            [
                f"Port {self.port}",
                f"ListenAddress {self.host}",
                *(f"HostKey {key.private}" for key in self.ordered_host_keys()),
                f"AuthorizedKeysFile {keys}",
                "PidFile none",
                "StrictModes no",  # the test's folder lies below a world-writable one
                f"Subsystem sftp {self.subsystem_line()}",
                *self.lines,
                "",
            ]
        )

    def start(self):
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
        self.port = free_port(self.host)
        path = self.folder / "sshd_config"
        path.write_text(self.configuration())
        self.launch([shutil.which(self.program), "-D", "-e", "-f", path])
        self.wait_for_port()

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key,
            "second_key": self.second_key_pair,
            "host_keys": self.known_lines(),
            "base": str(self.root),
        }
        return changed(defaults, changes)
