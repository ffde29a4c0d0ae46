"""Our own server, in each way that it can be started."""

import base64
import json
import os
import shlex

from interop.clients.base import Detection, bracketed
from interop.process import run, wait_until
from interop.programs import account, as_account, for_account, give, program_folder
from interop.servers.base import Server, ServerFailed, caller, changed, free_port
from interop.servers.record import from_events
from interop.servers.settings import SFTP_COMPRESSION, TOTP_PERIOD, TOTP_SECRET
from interop.servers.sshd import Sshd


def binary():
    return program_folder() / "sftpd-lite"


def events_in(text):
    """The JSON lines of a text; every line must be one object."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class SftpdLite(Server):
    """`sftpd-lite --listen 127.0.0.1:0 --json`, serving one user by key.

    Runs as an unprivileged account also when the tests run as root, unless as_root is set.
    `options` are added to the command line; `users` None leaves --user away; `keys` is a KeyStore, or
    False to leave the list of users' keys away.
    """

    captures_itself = True

    name = "sftpd-lite"
    mode = "listen"

    def __init__(self, folder, root=None, *, options=(), users=("alice",), key=None, host_keys=None,
                 keys=True, as_root=False, settings=None):
        self.users = users
        super().__init__(folder, root, settings=settings, keys=keys)
        self.key = key or self.user_key()
        self.host_keys = host_keys or self.make_host_keys()
        self.options = [str(word) for word in options]
        self.authorized_keys = self.folder / "authorized_keys"
        rfc4716 = self.settings.key_list == "rfc4716"
        listed = [key.rfc4716 if rfc4716 else key.public.read_text() for key in self.listed_keys()]
        self.authorized_keys.write_text("".join(listed))
        self.keys = keys is not False
        self.as_root = as_root
        self.events_path = self.folder / "events.jsonl"
        self.keylog_path = self.folder / "keys.log"
        self.pcap_path = self.folder / "session"
        if self.configured:
            self.users = tuple(dict.fromkeys([*(users or ()), *(self.settings.passwords or {})]))
            self.options += self.setting_options()
        if not as_root:
            give(self.folder, self.root)

    def setting_options(self):
        """The settings as words of the command line."""
        given = self.settings.given()
        words = ["--keylog", self.keylog_path, "--pcap", self.pcap_path]
        for name, flag in (
            ("login_timeout", "--login-timeout"),
            ("idle_timeout", "--idle-timeout"),
            ("max_sessions", "--max-connections"),
        ):
            if name in given:
                words += [flag, given[name]]
        if given.get("read_only"):
            words.append("--read-only")
        if "umask" in given:
            words += ["--umask", f"{given['umask']:03o}"]
        if "passwords" in given:
            words += ["--password-file", self.password_file()]
        for directive in self.directives(given):
            words += ["-o", directive]
        return [str(word) for word in words]

    def directives(self, given):
        """The settings that no flag has, as directives for -o."""
        for name, directive in (
            ("ciphers", "SFTPCiphers"),
            ("macs", "SFTPDigests"),
            ("kex", "SFTPKeyExchanges"),
            ("host_key_algorithms", "SFTPHostKeys"),
            ("auth_methods", "SFTPAuthMethods"),
            ("user_key_algorithms", "SFTPAuthPublicKeys"),
        ):
            if name in given:
                yield f"{directive} {' '.join(given[name])}"
        if "sftp_versions" in given:
            yield 'SFTPClientMatch "." sftpProtocolVersion {}-{}'.format(*given["sftp_versions"])
        for rule in given.get("client_match", ()):
            yield f"SFTPClientMatch {rule}"
        if given.get("user_certificate"):
            yield f"SFTPTrustedUserCAKeys {self.ca().public}"
        if given.get("host_certificates"):
            for key in self.host_keys:
                yield f"SFTPHostCertificate {key.certificate}"
        if given.get("totp"):
            yield f"SFTPTOTPFile {self.totp_file()}"
        if given.get("strict_kex") is False:
            yield "SFTPOptions NoStrictKex"
        if "max_channels" in given:
            yield f"SFTPMaxChannels {given['max_channels']}"
        if "compression" in given:
            kinds = frozenset(given["compression"])
            if kinds not in SFTP_COMPRESSION:
                self.unsupported(f"offer compression {','.join(kinds)}", "SFTPCompression has no such set")
            yield f"SFTPCompression {SFTP_COMPRESSION[kinds]}"
        if "rekey_bytes" in given:
            count = given["rekey_bytes"]
            if count % (1 << 20):
                self.unsupported(f"exchange keys after {count} bytes", "SFTPRekey counts in MiB")
            yield f"SFTPRekey required 3600 {count >> 20}"
        if "max_auth_tries" in given:
            yield f"MaxLoginAttempts {given['max_auth_tries']}"
        if "ident" in given:
            yield f'ServerIdent on "{given["ident"]}"'
        if "banner" in given:
            yield f"SFTPDisplayBanner {self.banner_file()}"

    def password_file(self):
        """A file of the users' password hashes, made by keytool."""
        lines = []
        for user, password in self.settings.passwords.items():
            argv = [program_folder() / "keytool", "passwd", user, "--passphrase-fd", "0"]
            made = run(argv, stdin=f"{password}\n".encode())
            if made.exit_code != 0:
                raise ServerFailed(f"keytool passwd: {made.said}")
            lines.append(made.stdout)
        path = self.folder / "passwords"
        path.write_text("".join(lines))
        path.chmod(0o600)
        return path

    def totp_file(self):
        """A file of the users' secrets, in a folder where the server keeps the used codes."""
        path = self.folder / "codes" / "secrets"
        path.parent.mkdir(exist_ok=True)
        secret = base64.b32encode(TOTP_SECRET).decode()
        path.write_text("".join(f"{user}:{secret} period={TOTP_PERIOD}\n" for user in self.users))
        path.chmod(0o600)
        return path

    def principals(self):
        return list(self.users or ())

    def captures(self):
        """In the order in which the connections came."""
        order = [event["session"] for event in self.events if event["event"] == "session_open"]
        paths = {path.name.split(".")[-2]: path for path in self.folder.glob(f"{self.pcap_path.name}.*.pcap")}
        return [paths.pop(session) for session in order if session in paths] + sorted(paths.values())

    def records(self):
        self.wait_for_sessions()
        return from_events(self.events)

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
            command = self.command("--listen", f"{bracketed(self.host)}:0")
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
            "second_key": self.second_key_pair,
            "host_keys": self.known_lines(),
            "base": "/",
        }
        return changed(defaults, changes)


class LoggingMode(SftpdLite):
    """Modes in which stdout is the connection: the JSON lines go to --log."""

    def setting_options(self):
        if self.settings.max_sessions is not None:
            self.unsupported("limit connections", "each has a process that knows of no other")
        return super().setting_options()

    def session_command(self):
        return self.command("--inetd", "--log", str(self.events_path))


class InetdMode(LoggingMode):
    """Below a real inetd (OpenBSD's) with a configuration and a port of its own."""

    name = "sftpd-lite-inetd"
    mode = "inetd"
    program = "inetd"

    def start(self):
        self.port = free_port(self.host)
        words = self.session_command()
        if len(words) > 19:  # openbsd-inetd passes no more on
            script = self.folder / "serve"
            script.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n")
            script.chmod(0o755)
            words = [str(script)]
        who = account().pw_name if os.getuid() == 0 else caller()
        family = "tcp6" if ":" in self.host else "tcp"
        line = [f"{bracketed(self.host)}:{self.port}", "stream", family, "nowait", who, words[0], *words]
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

    def wait_for_sessions(self, seconds=10):
        """Waits for the event that closes each session: the processes are the clients' children."""

        def ended():
            kinds = [event["event"] for event in self.events]
            return kinds.count("session_open") <= kinds.count("session_close")

        return wait_until(ended, seconds)

    def target(self, **changes):
        script = self.folder / "serve"
        command = shlex.join(self.session_command())
        if os.getuid() == 0:
            who = account()
            command = f"setpriv --reuid {who.pw_uid} --regid {who.pw_gid} --clear-groups {command}"
        script.write_text(f"#!/bin/sh\nexec {command}\n")
        script.chmod(0o755)
        return super().target(proxy_command=str(script), **changes)


class SubsystemMode(Sshd):
    """sshd does SSH; `sftpd-lite --subsystem` is its sftp subsystem. Needs no root."""

    name = "sftpd-lite-subsystem"
    mode = "subsystem"

    def __init__(self, folder, root=None, *, options=(), confined=True, **more):
        self.confined = confined
        self.options = [str(word) for word in options]
        super().__init__(folder, root, **more)
        self.events_path = self.folder / "events.jsonl"
        if not self.configured:
            self.subsystem = " ".join(self.sftp_command(self.events_path))

    def sftp_command(self, events=None):
        """The subsystem; with settings, each connection has a log that its port names."""
        words = [str(binary()), "--subsystem", "--json"]
        words += ["--log", str(events) if events else f'{shlex.quote(str(self.folder))}/events-"$2".jsonl']
        if self.settings.read_only:
            words.append("-R")
        if self.settings.umask is not None:
            words += ["-u", f"{self.settings.umask:03o}"]
        return [*words, *self.options, *(["--root", str(self.root)] if self.confined else [])]

    def add_files(self, record, port):
        path = self.folder / f"events-{port}.jsonl"
        if not path.exists():
            return
        text = path.read_text()
        with open(self.events_path, "a") as every:
            every.write(text)
        for part in from_events(events_in(text), whole=False):
            record.sftp_version = part.sftp_version or record.sftp_version
            record.files += part.files

    @classmethod
    def detect(cls):
        missing = SftpdLite.detect().missing
        return Detection(missing=missing) if missing else super().detect()

    events = SftpdLite.events
    all = SftpdLite.all
    wait_event = SftpdLite.wait_event

    def target(self, **changes):
        return super().target(**({"base": "/"} if self.confined else {}), **changes)

