"""What a scenario asks of a server, in words that are no server's own.

Each server module translates them; what it cannot do it refuses with UnsupportedSetting, so that a
scenario is reported as unsupported there and never runs with a setting silently left out.
"""

import hmac
import struct
from dataclasses import dataclass, field, fields, replace

from interop.keys import KEY_TYPES

# Host keys of a server that was given settings, when they name none.
DEFAULT_HOST_KEYS = ("ed25519", "ecdsa-256", "rsa")
# The words of auth_methods, joined with "+" into chains. What stands behind a colon is the driver that asks.
AUTH_METHODS = (
    "publickey",
    "password",
    "keyboard-interactive",
    "keyboard-interactive:password",
    "keyboard-interactive:totp",
    "hostbased",
    "none",
)

# Sets of compression methods by the word of ProFTPD's and sftpd-lite's SFTPCompression.
SFTP_COMPRESSION = {
    frozenset({"none"}): "off",
    frozenset({"none", "zlib@openssh.com"}): "delayed",
    frozenset({"none", "zlib@openssh.com", "zlib"}): "on",
}

# The secret of everybody's one-time passwords, and the time in seconds that one of them is good for.
TOTP_SECRET = b"ssh2core interop key"
TOTP_PERIOD = 30


def one_time_password(now):
    """The one-time password for a time in seconds since 1970, by RFC 6238."""
    tag = hmac.digest(TOTP_SECRET, struct.pack(">Q", int(now) // TOTP_PERIOD), "sha1")
    number = struct.unpack_from(">I", tag, tag[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"


class UnsupportedSetting(Exception):
    """The server cannot be set up that way; the text says what it cannot do, and why."""


@dataclass(frozen=True)
class Settings:
    """Settings of a server; None leaves the server's own default.

    Lists of algorithms are names as on the wire, in order of preference. Bad values raise ValueError.
    """

    ciphers: tuple | None = None
    macs: tuple | None = None
    kex: tuple | None = None
    host_key_algorithms: tuple | None = None
    compression: tuple | None = None
    rekey_bytes: int | None = None  # the server starts a key exchange after so many bytes
    auth_methods: tuple | None = None  # chains: ("publickey",), ("publickey+password", "password")
    passwords: dict | None = field(default=None, hash=False)  # user: password
    max_auth_tries: int | None = None
    login_timeout: int | None = None  # seconds
    idle_timeout: int | None = None  # seconds
    max_sessions: int | None = None  # connections at a time
    read_only: bool | None = None
    sftp_versions: tuple | None = None  # (lowest, highest)
    umask: int | None = None  # permission bits taken from new files
    banner: str | None = None  # text of SSH_MSG_USERAUTH_BANNER
    ident: str | None = None  # software version in the identification line
    key_list: str | None = None  # format of the users' keys: "openssh" or "rfc4716"
    host: str | None = None  # "127.0.0.1" or "::1"
    host_keys: tuple | None = None  # names of KEY_TYPES; None is DEFAULT_HOST_KEYS
    user_key: str | None = None  # name of KEY_TYPES; None is ed25519
    second_key: str | None = None  # another key of the user, likewise; None is none
    user_key_algorithms: tuple | None = None  # signature algorithms that users' keys may use
    user_certificate: bool | None = None  # the user's key is on no list: it has a certificate of a CA
    host_certificates: bool | None = None  # the host keys have certificates, and clients know the CA alone
    totp: bool | None = None  # users have one-time passwords
    client_match: tuple | None = None  # rules for single clients, as SFTPClientMatch has them
    strict_kex: bool | None = None  # False: not offered
    max_channels: int | None = None  # of one connection at a time

    def __post_init__(self):
        for one in fields(self):  # a list from TOML counts as a tuple
            value = getattr(self, one.name)
            if isinstance(value, list):
                object.__setattr__(self, one.name, tuple(value))
        self._check()

    def _check(self):
        def refuse(name, expected):
            raise ValueError(f"{name} is {getattr(self, name)!r}, expected {expected}")

        for name in (
            "ciphers", "macs", "kex", "host_key_algorithms", "user_key_algorithms", "compression",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not (_strings(value) and value):
                refuse(name, "a list of algorithm names")
        for name in (
            "rekey_bytes", "max_auth_tries", "login_timeout", "idle_timeout", "max_sessions", "max_channels",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                refuse(name, "a number from 1")
        if self.auth_methods is not None:
            words = [word for chain in self.auth_methods for word in chain.split("+")]
            if not words or not set(words) <= set(AUTH_METHODS):
                refuse("auth_methods", f"chains of {', '.join(AUTH_METHODS)}")
        if self.sftp_versions is not None and (
            len(self.sftp_versions) != 2 or not 1 <= self.sftp_versions[0] <= self.sftp_versions[1] <= 6
        ):
            refuse("sftp_versions", "(lowest, highest), from 1 to 6")
        if self.umask is not None and not 0 <= self.umask <= 0o777:
            refuse("umask", "permission bits")
        if self.passwords is not None and not (
            isinstance(self.passwords, dict) and _strings([*self.passwords, *self.passwords.values()])
        ):
            raise ValueError("passwords is expected as user = password")  # without showing them
        if self.key_list not in (None, "openssh", "rfc4716"):
            refuse("key_list", "openssh or rfc4716")
        if self.host not in (None, "127.0.0.1", "::1"):
            refuse("host", "127.0.0.1 or ::1")
        if self.host_keys is not None and not (self.host_keys and set(self.host_keys) <= set(KEY_TYPES)):
            refuse("host_keys", f"names of {', '.join(KEY_TYPES)}")
        for name in ("user_key", "second_key"):
            if getattr(self, name) not in (None, *KEY_TYPES):
                refuse(name, f"one of {', '.join(KEY_TYPES)}")
        if self.client_match is not None and not (self.client_match and _strings(self.client_match)):
            refuse("client_match", "rules as SFTPClientMatch has them")

    def given(self):
        """The settings that are not None, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def changed(self, **changes):
        """A copy with other values."""
        return replace(self, **changes)


def _strings(values):
    return all(isinstance(value, str) and value for value in values)
