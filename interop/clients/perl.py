"""Perl's SSH modules, each behind a small program of ours, so that they can be timed out."""

from interop.clients.base import Detection
from interop.clients.c_libraries import StatedClient
from interop.clients.driver import DRIVERS, LineDriver
from interop.clients.openssh import OpenSsh, ssh_options
from interop.process import run


class PerlModule(StatedClient, LineDriver):
    """What the adapters of Perl modules share."""

    module = ""
    program = "perl"

    @classmethod
    def ask_version(cls):
        code = f"use {cls.module}; print ${cls.module}::VERSION"
        return run(["perl", "-e", code], seconds=10)

    @classmethod
    def detect(cls):
        found = super().detect()
        if found.missing:
            return found
        if cls.ask_version().exit_code != 0:
            return Detection(missing=f"Perl module {cls.module} not found (package {cls.package})")
        return found

    @classmethod
    def version(cls):
        return f"{cls.module} {cls.ask_version().stdout.strip()}"

    def argv(self):
        return ["perl", DRIVERS / f"{self.name.replace('-', '_')}_driver.pl"]


class NetSftpForeign(PerlModule):
    """It speaks SFTP and lets ssh make the connection; it types a password into ssh's terminal."""

    name = "net-sftp-foreign"
    family = "net-sftp-foreign"
    module = "Net::SFTP::Foreign"
    package = "libnet-sftp-foreign-perl, libio-pty-perl"
    verbs = LineDriver.verbs | frozenset(
        "resume_put resume_get put_tree get_tree hardlink statvfs put_fsync put_times get_times".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms rekey compression space utf8 newline bytes glob ipv6 "
        "both two-keys certificate host-certificate user-algorithms".split()
    )
    key_types = OpenSsh.key_types
    software = OpenSsh.software
    lacks = {
        "ed448": OpenSsh.lacks["ed448"],
        "exec": "Net::SFTP::Foreign 1.93 runs no commands",
        "copy": "Net::SFTP::Foreign 1.93 has no call for it",
        "chmod_link": "Net::SFTP::Foreign 1.93 has no call for it",
        "version": "Net::SFTP::Foreign 1.93 always asks for SFTP 3",
    }

    def argv(self):
        return [*super().argv(), *ssh_options(self.target, self.known_hosts())]


class NetSsh2(PerlModule):
    """libssh2 with Perl's calls; the driver transfers by read and write."""

    name = "net-ssh2"
    family = "libssh2"
    module = "Net::SSH2"
    package = "libnet-ssh2-perl"
    verbs = LineDriver.verbs | frozenset("resume_put resume_get put_times get_times exec".split())
    features = frozenset(
        "key password hostkey algorithms compression space utf8 newline bytes glob ipv6 both prompts".split()
    )
    key_types = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "dsa", "rsa-sha1")
    software = r"^libssh2_1\.10\.0$"
    lacks = {
        "rsa": "libssh2 1.10.0 signs with SHA-1 only, which sshd 9.2 and sftpd-lite refuse",
        "rekey": "libssh2 1.10.0 cannot start a key exchange itself",
        "proxy": "Net::SSH2 0.73 has no ProxyCommand",
        "put_tree": "Net::SSH2 0.73 has no recursive transfer",
        "get_tree": "Net::SSH2 0.73 has no recursive transfer",
        "hardlink": "Net::SSH2 0.73 has no call for it",
        "copy": "Net::SSH2 0.73 has no call for it",
        "statvfs": "Net::SSH2 0.73 has no call for it",
        "put_fsync": "Net::SSH2 0.73 has no call for it",
        "chmod_link": "Net::SSH2 0.73 has no call for it",
        "version": "libssh2 1.10.0 always asks for SFTP 3",
    }
