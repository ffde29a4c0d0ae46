"""Types of keys beyond those that every client has: Ed448, DSA and RSA with SHA-1 on request, FIDO tokens."""

import asyncio
import base64
import hashlib
import struct
import subprocess
import warnings

import pytest
from conftest import need

from interop.keys import KeyPair
from interop.programs import give
from interop.servers import SftpdLite

paramiko = pytest.importorskip("paramiko")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    asyncssh = pytest.importorskip("asyncssh")


def public_line(key):
    return key.export_public_key("openssh").decode().strip()


@pytest.fixture
def serve(scratch):
    """serve(host_key, line, *directives): a server with this host key and list of keys."""
    need(SftpdLite)
    started = []

    def start(host_key, line, *directives):
        options = [word for directive in directives for word in ("-o", directive)]
        server = SftpdLite(scratch / "lite", None, options=options, key=KeyPair(scratch / "unused"),
                           host_keys=[KeyPair.existing(host_key)])  # fmt: skip
        server.authorized_keys.write_text(line + "\n")
        give(host_key, server.authorized_keys)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def write_key(path, algorithm, **more):
    """A private key file in OpenSSH's format, as asyncssh makes it."""
    key = asyncssh.generate_private_key(algorithm, **more)
    path.write_bytes(key.export_private_key("openssh"))
    path.chmod(0o600)
    path.with_suffix(".pub").write_bytes(key.export_public_key("openssh"))
    return key


def asyncssh_login(server, key, host_line, **options):
    async def log_in():
        known = asyncssh.import_known_hosts(f"[127.0.0.1]:{server.port} {host_line}\n")
        async with asyncssh.connect("127.0.0.1", server.port, username="alice", client_keys=[key], config=None,
                                    known_hosts=known, agent_path=None, **options) as connection:  # fmt: skip
            async with connection.start_sftp_client() as sftp:
                return await sftp.listdir("/")

    return asyncio.run(asyncio.wait_for(log_in(), 30))


ON_REQUEST = {
    "ssh-ed448": ("ssh-ed448", {}, ()),
    "ssh-dss": ("ssh-dss", {}, ("SFTPHostKeys ssh-dss", "SFTPAuthPublicKeys ssh-dss")),
    "ssh-rsa": ("ssh-rsa", {"key_size": 2048}, ("SFTPHostKeys ssh-rsa", "SFTPAuthPublicKeys ssh-rsa")),
}


@pytest.mark.parametrize("name", ON_REQUEST)
def test_as_host_key_and_as_user_key(serve, scratch, name):
    algorithm, more, directives = ON_REQUEST[name]
    host, user = (write_key(scratch / who, algorithm, **more) for who in ("host", "user"))
    server = serve(scratch / "host", public_line(user), *directives)
    asyncssh_login(server, user, public_line(host), server_host_key_algs=[name], signature_algs=[name])
    assert server.wait_event("negotiated")[0]["host_key"] == name


@pytest.mark.parametrize("name", ["ssh-dss", "ssh-rsa"])
def test_legacy_types_are_not_offered_unasked(serve, scratch, name):
    algorithm, more, _ = ON_REQUEST[name]
    write_key(scratch / "host", "ssh-ed25519")
    user = write_key(scratch / "user", algorithm, **more)
    server = serve(scratch / "host", public_line(user))
    with pytest.raises(asyncssh.PermissionDenied):
        asyncssh_login(server, user, (scratch / "host.pub").read_text().strip(), signature_algs=[name])


def test_putty_with_ed448(serve, scratch):
    """PuTTY's key, its client, and a host key that it knows."""
    write_key(scratch / "host", "ssh-ed448")
    ppk = scratch / "user.ppk"
    subprocess.run(["puttygen", "-q", "-t", "ed448", "-o", ppk, "--new-passphrase", "/dev/null"], check=True,
                   timeout=60)  # fmt: skip
    line = subprocess.run(["puttygen", ppk, "-O", "public-openssh"], check=True, capture_output=True,
                          text=True, timeout=60).stdout.strip()  # fmt: skip
    server = serve(scratch / "host", line, "SFTPHostKeys ssh-ed448")
    digest = hashlib.sha256(base64.b64decode((scratch / "host.pub").read_text().split()[1])).digest()
    pin = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    result = subprocess.run(
        ["psftp", "-batch", "-P", str(server.port), "-i", ppk, "-hostkey", pin, "alice@127.0.0.1"],
        input="pwd\n", capture_output=True, text=True, timeout=60, env={"HOME": str(scratch), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert server.wait_event("negotiated")[0]["host_key"] == "ssh-ed448"


def string(value):
    return struct.pack(">I", len(value)) + value


class Token(paramiko.PKey):
    """A key in a FIDO token, made of software by the formula of PROTOCOL.u2f."""

    def __init__(self, kind, flags):
        self.flags = flags
        self.inner = asyncssh.generate_private_key("ssh-ed25519" if kind == "ed25519" else "ecdsa-sha2-nistp256")
        self.name = "sk-ssh-ed25519@openssh.com" if kind == "ed25519" else "sk-ecdsa-sha2-nistp256@openssh.com"
        plain = self.inner.public_data
        size = struct.unpack(">I", plain[:4])[0]
        self.blob = string(self.name.encode()) + plain[4 + size :] + string(b"ssh:")

    def get_name(self):
        return self.name

    def asbytes(self):
        return self.blob

    def can_sign(self):
        return True

    @property
    def public_blob(self):
        return None

    @public_blob.setter
    def public_blob(self, _):
        pass

    def sign_ssh_data(self, data, algorithm=None):
        said = struct.pack(">BI", self.flags, 17)
        message = hashlib.sha256(b"ssh:").digest() + said + hashlib.sha256(bytes(data)).digest()
        packet = asyncssh.packet.SSHPacket(self.inner.sign(message, self.inner.sig_algorithms[0]))
        packet.get_string()
        return paramiko.Message(string(self.name.encode()) + string(packet.get_string()) + said)

    @property
    def line(self):
        return f"{self.name} {base64.b64encode(self.blob).decode()}"


TOUCHED, VERIFIED = 1, 4
RULES = [
    ("", "", TOUCHED, True),
    ("", "", 0, False),
    ("no-touch-required ", "", 0, True),
    ("no-touch-required ", "SFTPOptions FIDOTouchRequired", 0, False),
    ("verify-required ", "", TOUCHED, False),
    ("verify-required ", "", TOUCHED | VERIFIED, True),
    ("", "SFTPOptions FIDOVerifyRequired", TOUCHED, False),
    ("", "SFTPOptions FIDOVerifyRequired", TOUCHED | VERIFIED, True),
]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
@pytest.mark.parametrize("options, directive, flags, works", RULES)
def test_tokens(serve, scratch, kind, options, directive, flags, works):
    write_key(scratch / "host", "ssh-ed25519")
    token = Token(kind, flags)
    server = serve(scratch / "host", options + token.line, *([directive] if directive else []))
    transport = paramiko.Transport(("127.0.0.1", server.port))
    try:
        transport.start_client(timeout=30)
        if works:
            assert transport.auth_publickey("alice", token) == []
        else:
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_publickey("alice", token)
    finally:
        transport.close()
