"""OpenSSH certificates of users and hosts, revocation, weak and small keys, keys in FIDO tokens."""

import base64
import hashlib
import os
import struct
import subprocess

import pytest
from conftest import need

from interop.keys import KeyPair
from interop.programs import account
from interop.servers import SftpdLite

BLACKLIST = "/etc/proftpd/blacklist.dat"


def keygen(*words):
    subprocess.run(["ssh-keygen", "-q", *map(str, words)], check=True, capture_output=True, timeout=60)


class World:
    """A server with a CA for users, alice's key without a line in any list, and an ssh client."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.ca, self.user, self.host = (KeyPair(scratch / name) for name in ("ca", "user", "host"))
        self.listed = KeyPair(scratch / "listed")
        self.server = None

    def certify(self, *options, principals="alice", serial=7, key_id="ann", validity="-5m:+1h", ca=None):
        """Alice's certificate, made anew."""
        names = ["-n", principals] if principals else []
        keygen("-s", (ca or self.ca).private, "-I", key_id, *names, "-z", serial, "-V", validity,
               *options, self.user.public)  # fmt: skip
        return self.scratch / "user-cert.pub"

    def start(self, *directives, trust=True, key_lines=None):
        words = [f"SFTPTrustedUserCAKeys {self.ca.public}"] if trust else []
        options = [word for directive in [*words, *directives] for word in ("-o", directive)]
        self.server = SftpdLite(
            self.scratch / "lite", None, options=options, key=self.listed, host_keys=[self.host],
        )  # fmt: skip
        if key_lines is not None:
            self.server.authorized_keys.write_text(key_lines)
        for path in self.scratch.iterdir():
            if path.is_file() and os.getuid() == 0:
                os.chown(path, account().pw_uid, account().pw_gid)
        self.server.start()

    def ssh(self, *options, user="alice", certificate=None, known=None):
        """The exit code and what ssh said; 0 and files when it got in."""
        words = ["sftp", "-F", "none", "-b", "-", "-P", str(self.server.port), "-i", str(self.user.private),
                 "-o", f"CertificateFile={certificate or self.scratch / 'user-cert.pub'}",
                 "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
                 "-o", "GlobalKnownHostsFile=/dev/null",
                 "-o", f"StrictHostKeyChecking={'yes' if known else 'no'}",
                 "-o", f"UserKnownHostsFile={known or '/dev/null'}", *options, f"{user}@127.0.0.1"]  # fmt: skip
        return subprocess.run(words, input="pwd\n", capture_output=True, text=True, timeout=60)

    def reasons(self):
        self.server.wait_event("session_close", len(self.server.all("session_open")))
        return [event.get("reason", "") for event in self.server.all("auth") if event["result"] == "refused"]


@pytest.fixture
def world(scratch):
    need(SftpdLite)
    made = World(scratch)
    try:
        yield made
    finally:
        if made.server:
            made.server.stop()


def test_a_certificate_lets_its_principal_in(world):
    world.certify()
    world.start()
    result = world.ssh()
    assert result.returncode == 0, result.stderr
    accepted = [event for event in world.server.all("auth") if event["result"] == "accepted"]
    assert accepted[0]["key_fingerprint"] == world.user.fingerprint


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_types_of_keys_are_certified(world, kind):
    for path in (world.user.private, world.user.public):
        path.unlink()
    world.user = KeyPair(world.scratch / "user", kind)
    world.certify()
    world.start()
    result = world.ssh()
    assert result.returncode == 0, result.stderr


REFUSED = {
    "expired": (dict(validity="20200101:20200102"), "it has expired"),
    "not-yet": (dict(validity="20400101:20410102"), "it is not valid yet"),
    "principal": (dict(principals="bob"), "none of its principals"),
    "no-principal": (dict(principals=None), "names no principal"),
    "address": (dict(options=["-O", "source-address=10.0.0.0/8"]), "from this address"),
    "command": (dict(options=["-O", "force-command=/bin/sh"]), "not internal-sftp"),
    "unknown": (dict(options=["-O", "critical:x@example.com=1"]), "is not known"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_certificate_that_does_not_fit(world, case):
    changes, reason = REFUSED[case]
    changes = dict(changes)
    world.certify(*changes.pop("options", []), **changes)
    world.start()
    result = world.ssh()
    assert result.returncode != 0
    assert "Permission denied (publickey)" in result.stderr
    assert any(reason.replace("not internal-sftp", "not internal-sftp") in said for said in world.reasons()), (
        world.reasons()
    )


def test_options_that_hold(world):
    world.certify("-O", "source-address=127.0.0.0/8,::1/128", "-O", "force-command=internal-sftp", "-O", "no-pty")
    world.start()
    result = world.ssh()
    assert result.returncode == 0, result.stderr


def test_a_ca_that_nobody_trusts(world):
    world.certify(ca=KeyPair(world.scratch / "other-ca"))
    world.start()
    assert world.ssh().returncode != 0
    assert any("CA is not trusted" in said for said in world.reasons())


def test_a_ca_that_signs_with_sha1(world):
    ca = KeyPair(world.scratch / "rsa-ca", "rsa", "2048")
    world.ca = ca
    world.certify("-t", "ssh-rsa")
    world.start()
    assert world.ssh("-o", "CASignatureAlgorithms=+ssh-rsa").returncode != 0
    assert any("signature is wrong" in said for said in world.reasons())


@pytest.mark.parametrize("options, works", [
    ("cert-authority", True),
    ('cert-authority,principals="x,alice"', True),
    ('cert-authority,principals="bob"', False),
    ("", False),
])  # fmt: skip
def test_a_ca_in_the_list_of_keys(world, options, works):
    world.certify()
    line = f"{options} {world.ca.public_line}\n".lstrip()
    world.start(trust=False, key_lines=line)
    assert (world.ssh().returncode == 0) == works, world.reasons()


def test_principals_of_a_list_stand_for_the_user(world):
    world.certify(principals="role")
    world.start(trust=False, key_lines=f'cert-authority,principals="role" {world.ca.public_line}\n')
    assert world.ssh().returncode == 0, world.reasons()


def test_the_key_of_a_ca_is_no_key_of_a_user(world):
    world.start(trust=False, key_lines=f"cert-authority {world.user.public_line}\n")
    assert world.ssh().returncode != 0


def krl(world, *words, text=None):
    """A KRL of ssh-keygen, from a specification or from files of keys."""
    path = world.scratch / "revoked"
    if text is not None:
        specification = world.scratch / "specification"
        specification.write_text(text)
        words = (*words, specification)
    keygen("-k", "-f", path, *words)
    path.chmod(0o644)
    return path


REVOKED = {
    "serial": ("serial: 7\n", "serial number"),
    "range": ("serial: 1-100\n", "serial number"),
    "bitmap": ("serial: 3\nserial: 5\nserial: 7\nserial: 9\n", "serial number"),
    "id": ("id: ann\n", "key id"),
    "key": ("key: {user}\n", "the key is revoked"),
    "sha1": ("sha1: {user}\n", "the key is revoked"),
    "sha256": ("sha256: {user}\n", "the key is revoked"),
    "ca": ("key: {ca}\n", "the CA of the certificate is revoked"),
}


@pytest.mark.parametrize("case", REVOKED)
def test_a_revoked_certificate(world, case):
    text, reason = REVOKED[case]
    text = text.format(user=world.user.public_line, ca=world.ca.public_line)
    world.certify()
    world.start(f"SFTPRevokedKeys {krl(world, '-s', world.ca.public, text=text)}")
    result = world.ssh()
    assert "Permission denied (publickey)" in result.stderr
    assert any(reason in said for said in world.reasons()), world.reasons()


def test_others_than_the_revoked_ones_get_in(world):
    text = f"serial: 8-100\nid: bob\nsha256: {world.host.public_line}\n"
    world.certify()
    # The host's own key must not be on the list: the server would not start.
    text = text.replace(world.host.public_line, world.listed.public_line)
    world.start(f"SFTPRevokedKeys {krl(world, '-s', world.ca.public, text=text)}")
    assert world.ssh().returncode == 0, world.reasons()


def test_a_plain_list_of_revoked_keys_is_read_again_when_it_changes(world):
    world.certify()
    path = world.scratch / "revoked"
    path.write_text("# nobody\n")
    path.chmod(0o644)
    world.start(f"SFTPRevokedKeys {path}")
    assert world.ssh().returncode == 0, world.reasons()
    path.write_text(f"{world.user.public_line}\n")
    assert world.ssh().returncode != 0
    path.unlink()
    assert world.ssh().returncode != 0, "a list that is gone refuses everybody"


@pytest.mark.parametrize("content", [None, "no key\n", "SSHKRL\n\0"])
@pytest.mark.parametrize("directive", ["SFTPRevokedKeys", "SFTPTrustedUserCAKeys", "SFTPKeyBlacklist"])
def test_a_list_that_cannot_be_read_stops_the_start(world, directive, content):
    path = world.scratch / "list"
    if content is not None:
        path.write_text(content)
        path.chmod(0o644)
    result = check(world, "-o", f"{directive} {path}")
    assert result.returncode == 2
    assert f"fatal: {directive}" in result.stdout
    assert str(path) in result.stdout


def check(world, *options):
    from interop.servers.sftpd_lite import binary

    words = [binary(), "--check", "--root", world.scratch, "--user", "alice", "--host-key", world.host.private,
             "--authorized-keys", world.listed.public, *options]  # fmt: skip
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60)


def test_debians_weak_keys(world):
    if not os.path.exists(BLACKLIST):
        pytest.skip("skipped: proftpd-core's blacklist.dat is not installed")
    assert check(world, "-o", f"SFTPKeyBlacklist {BLACKLIST}").returncode == 0
    # A list of our own, in the same form, with the host's key on it.
    digest = hashlib.md5(base64.b64decode(world.host.public_line.split()[1])).digest()
    index = int.from_bytes(digest[:2], "big")
    table = b"".join(struct.pack(">H", 0 if i <= index else 1) for i in range(65536))
    header = b"SSH-FP00" + bytes([16, 16, 48]) + b"\0\0\1" + b"\0\0"
    path = world.scratch / "weak.dat"
    path.write_bytes(header + table + digest[2:6])
    result = check(world, "-o", f"SFTPKeyBlacklist {path}")
    assert result.returncode == 2
    assert "list of weak keys" in result.stdout


def test_small_keys(world):
    world.host = KeyPair(world.scratch / "small", "rsa", "1024")
    result = check(world)
    assert result.returncode == 2
    assert "1024 bits, fewer than the 2048" in result.stdout
    assert check(world, "-o", "SFTPKeyLimits MinimumRSASize 1024").returncode == 0


def test_a_host_certificate(world):
    keygen("-s", world.ca.private, "-I", "host", "-h", "-n", "127.0.0.1", "-V", "-5m:+1h", world.host.public)
    known = world.scratch / "known_hosts"
    known.write_text(f"@cert-authority 127.0.0.1,[127.0.0.1]:* {world.ca.public_line}\n")
    world.certify()
    world.start(f"SFTPHostCertificate {world.scratch / 'host-cert.pub'}")
    result = world.ssh(known=known)
    assert result.returncode == 0, result.stderr
    negotiated = world.server.wait_event("negotiated")[0]
    assert negotiated["host_key"] == "ssh-ed25519-cert-v01@openssh.com"
    scan = subprocess.run(["ssh-keyscan", "-c", "-p", str(world.server.port), "127.0.0.1"],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert "ssh-ed25519-cert-v01@openssh.com" in scan.stdout


def test_a_host_certificate_of_another_key(world):
    keygen("-s", world.ca.private, "-I", "host", "-h", "-n", "127.0.0.1", world.listed.public)
    result = check(world, "-o", f"SFTPHostCertificate {world.scratch / 'listed-cert.pub'}")
    assert result.returncode == 2
    assert "none of the host keys" in result.stdout


@pytest.mark.parametrize("form, expected", [
    ("sha256", lambda blob: "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")),
    ("md5+hex+colons", lambda blob: "MD5:" + hashlib.md5(blob).digest().hex(":")),
    ("sha1+hex", lambda blob: "SHA1:" + hashlib.sha1(blob).hexdigest()),
])  # fmt: skip
def test_fingerprints(world, form, expected):
    world.certify()
    world.start(f"SFTPKeyFingerprints {form}")
    assert world.ssh().returncode == 0, world.reasons()
    accepted = [event for event in world.server.all("auth") if event["result"] == "accepted"]
    blob = base64.b64decode(world.user.public_line.split()[1])
    assert accepted[0]["key_fingerprint"] == expected(blob)
    host = base64.b64decode(world.host.public_line.split()[1])
    assert world.server.all("listening")[0]["host_keys"] == [expected(host)]
