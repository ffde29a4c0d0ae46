"""Key pairs for users and hosts, in the file formats that the clients read."""

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from interop.software_token import provider


def _quiet(*argv):
    subprocess.run(
        [str(word) for word in argv],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
    )


# The types of user and host keys by the names that tests use: arguments of ssh-keygen, but for ed448,
# which it does not know. Keys named sk- lie in a token made of software (software_token.py). "rsa-sha1" is a key whose signatures have SHA-1 and are called ssh-rsa.
KEY_TYPES = {
    "ed25519": ("ed25519", None),
    "ecdsa-256": ("ecdsa", "256"),
    "ecdsa-384": ("ecdsa", "384"),
    "ecdsa-521": ("ecdsa", "521"),
    "rsa": ("rsa", "3072"),
    "ed448": ("ed448", None),
    "dsa": ("dsa", "1024"),
    "rsa-sha1": ("rsa", "2048"),
    "sk-ed25519": ("ed25519-sk", None),
    "sk-ecdsa": ("ecdsa-sk", None),
}
# Those that servers take without being told.
COMMON_TYPES = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa")
# The signature algorithms of each type, the one that is taken by default first.
SIGNATURES = {
    "ed25519": ("ssh-ed25519",),
    "ecdsa-256": ("ecdsa-sha2-nistp256",),
    "ecdsa-384": ("ecdsa-sha2-nistp384",),
    "ecdsa-521": ("ecdsa-sha2-nistp521",),
    "rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "ed448": ("ssh-ed448",),
    "dsa": ("ssh-dss",),
    "rsa-sha1": ("ssh-rsa",),
    "sk-ed25519": ("sk-ssh-ed25519@openssh.com",),
    "sk-ecdsa": ("sk-ecdsa-sha2-nistp256@openssh.com",),
}


def make_key(folder, name, kind="ed25519"):
    """A new KeyPair of one of KEY_TYPES in the folder."""
    return KeyPair(Path(folder, name), *KEY_TYPES[kind])


class KeyPair:
    """An unencrypted key made by ssh-keygen (Ed448: puttygen). Other formats are made when first asked for.

    A file that several threads or processes ask for is written beside its place and renamed.
    """

    def __init__(self, path, kind="ed25519", bits=None, comment="test"):
        self._name(path)
        if kind == "ed448":
            _make_ed448(self.private, self.public)
            return
        size = ["-b", bits] if bits else []
        if kind.endswith("-sk"):
            size = ["-w", provider()]
        _quiet("ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", comment, "-f", self.private)

    @classmethod
    def existing(cls, path):
        """The key pair whose files are there already."""
        pair = cls.__new__(cls)
        pair._name(path)
        return pair

    def _name(self, path):
        self.private = Path(path)
        self.public = Path(f"{path}.pub")

    def copy(self, path):
        """The same key under another path; other formats are still made here, once."""
        for source, target in ((self.private, path), (self.public, f"{path}.pub")):
            shutil.copy(source, target)
            os.chmod(target, 0o644 if source is self.public else 0o600)
        return _CopiedKeyPair(path, self)

    def _derived(self, suffix, make):
        """The file of another format: made by make(path) if it is not there yet."""
        path = self.private.with_suffix(suffix)
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                made = Path(folder, path.name)
                make(made)
                made.chmod(0o600)
                made.rename(path)
        return path

    @property
    def certificate(self):
        """The OpenSSH certificate that lies beside the key; None when there is none."""
        path = Path(f"{self.private}-cert.pub")
        return path if path.exists() else None

    def certify(self, ca, names, host=False):
        """Makes the certificate, signed by a CA's KeyPair, for users or hosts of these names."""
        kind = ["-h"] if host else []
        words = ["-I", self.private.name, "-n", ",".join(names), "-V", "-5m:+1d"]
        _quiet("ssh-keygen", "-q", "-s", ca.private, *kind, *words, self.public)

    @property
    def public_line(self):
        """`type base64`, without the comment."""
        return " ".join(self.public.read_text().split()[:2])

    @property
    def fingerprint(self):
        return fingerprint(self.public_line)

    @property
    def ppk(self):
        """The private key as PuTTY's programs want it."""
        return self._derived(".ppk", self._make_ppk)

    def _make_ppk(self, path):
        _quiet("puttygen", self.private, "-O", "private", "-o", path, "--new-passphrase", "/dev/null")

    @property
    def pem(self):
        """The private key in OpenSSL's classic PEM (PKCS#1 or SEC1); RSA and ECDSA only."""
        return self._derived(".pem", self._make_pem)

    def _make_pem(self, path):
        shutil.copy(self.private, path)
        path.chmod(0o600)
        _quiet("ssh-keygen", "-p", "-q", "-m", "PEM", "-N", "", "-P", "", "-f", path)

    @property
    def rfc4716(self):
        """The public key as an RFC 4716 block."""
        return subprocess.run(
            ["ssh-keygen", "-e", "-m", "RFC4716", "-f", str(self.public)],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout


def _make_ed448(private, public):
    """PuTTY fills blocks of 16 bytes up, and asyncssh takes 7 at most: behind this comment there is 1."""
    quiet = ["--new-passphrase", "/dev/null"]
    _quiet("puttygen", "-q", "-t", "ed448", "-C", "key", "-O", "private-openssh-new", "-o", private, *quiet)
    _quiet("puttygen", private, "-O", "public-openssh", "-o", public)
    private.chmod(0o600)


class _CopiedKeyPair(KeyPair):
    """A copy, whose other formats are copies of the original's."""

    def __init__(self, path, original):
        self._name(path)
        self._original = original

    def _make_ppk(self, path):
        shutil.copy(self._original.ppk, path)

    def _make_pem(self, path):
        shutil.copy(self._original.pem, path)


class KeyStore:
    """Keys made once and handed out as copies. Processes that name the same folder share the keys."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def user(self, kind, folder, name="user"):
        """A copy, in the folder, of the user's key of one of KEY_TYPES."""
        return self._original(name, kind).copy(Path(folder, name))

    def host(self, kind, folder):
        """A copy, in the folder, of the server's key of one of KEY_TYPES."""
        return self._original("host", kind).copy(Path(folder, f"host-{kind}"))

    def ca(self):
        """The key of a CA that signs certificates of users and hosts."""
        return self._original("ca", "ed25519")

    def stranger(self, kind):
        """A key that no server and no list of keys has."""
        return self._original("stranger", kind)

    def _original(self, role, kind):
        place = self.folder / f"{role}-{kind}"
        if not place.exists():
            made = Path(tempfile.mkdtemp(dir=self.folder))
            make_key(made, role, kind)
            try:
                made.rename(place)
            except OSError:  # another process was first: its key is the one
                shutil.rmtree(made)
        return KeyPair.existing(place / role)


def fingerprint(public_line):
    """`SHA256:...` without padding, as OpenSSH prints it."""
    digest = hashlib.sha256(base64.b64decode(public_line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
