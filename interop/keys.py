"""Key pairs for users and hosts, in the file formats that the clients read."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path


def _quiet(*argv):
    subprocess.run(
        [str(word) for word in argv],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
    )


# The types of user and host keys by the names that tests use: arguments of ssh-keygen.
KEY_TYPES = {
    "ed25519": ("ed25519", None),
    "ecdsa-256": ("ecdsa", "256"),
    "ecdsa-384": ("ecdsa", "384"),
    "ecdsa-521": ("ecdsa", "521"),
    "rsa": ("rsa", "3072"),
}


def make_key(folder, name, kind="ed25519"):
    """A new KeyPair of one of KEY_TYPES in the folder."""
    return KeyPair(Path(folder, name), *KEY_TYPES[kind])


class KeyPair:
    """An unencrypted key made by ssh-keygen. Other formats are made when first asked for."""

    def __init__(self, path, kind="ed25519", bits=None, comment="test"):
        self.private = Path(path)
        self.public = Path(f"{path}.pub")
        size = ["-b", bits] if bits else []
        _quiet("ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", comment, "-f", self.private)

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
        path = self.private.with_suffix(".ppk")
        if not path.exists():
            _quiet(
                "puttygen", self.private, "-O", "private", "-o", path, "--new-passphrase", "/dev/null"
            )
        return path

    @property
    def pem(self):
        """The private key in OpenSSL's classic PEM (PKCS#1 or SEC1); RSA and ECDSA only."""
        path = self.private.with_suffix(".pem")
        if not path.exists():
            shutil.copy(self.private, path)
            path.chmod(0o600)
            _quiet("ssh-keygen", "-p", "-q", "-m", "PEM", "-N", "", "-P", "", "-f", path)
        return path

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


def fingerprint(public_line):
    """`SHA256:...` without padding, as OpenSSH prints it."""
    digest = hashlib.sha256(base64.b64decode(public_line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
