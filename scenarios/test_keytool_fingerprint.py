"""keytool fingerprint beside ssh-keygen -l, over hundreds of keys and in every kind of file."""

import base64
import json
import os
import random
import shutil
import struct
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interop.process import run
from interop.programs import REPOSITORY, program_folder

SEED = 4716


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(number):
    size = number.bit_length() // 8 + 1 if number else 0
    return string(number.to_bytes(size, "big"))


def rsa_blob(rng, bits):
    modulus = rng.getrandbits(bits) | 1 << bits - 1 | 1
    return string(b"ssh-rsa") + mpint(65537) + mpint(modulus)


def ecdsa_line(curve):
    key = ec.generate_private_key(curve).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def line_of(blob, comment=""):
    kind = blob[4 : 4 + struct.unpack(">I", blob[:4])[0]].decode()
    return f"{kind} {base64.b64encode(blob).decode()} {comment}".rstrip()


@pytest.fixture(scope="module")
def hundreds(tmp_path_factory):
    """A file of 400 keys of all types that ssh-keygen takes without a token. Each has a comment: where one
    has none, ssh-keygen 9.2 prints that of the key before."""
    rng = random.Random(SEED)
    lines = [line_of(rsa_blob(rng, rng.choice((1024, 1025, 2047, 2048, 3072, 4096))), f"user{n}") for n in range(150)]
    lines += [line_of(string(b"ssh-ed25519") + string(rng.randbytes(32)), f"a comment {n}") for n in range(150)]
    for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()):
        lines += [f"{ecdsa_line(curve)} point {n}" for n in range(33)]
    lines.append('restrict,from="10.0.0.0/8" ' + lines[0])
    rng.shuffle(lines)
    path = tmp_path_factory.mktemp("keys") / "hundreds"
    path.write_text("\n".join(lines) + "\n")
    return path


def need_program(name):
    if shutil.which(name) is None:
        pytest.skip(f"skipped: {name} is not installed")


def keytool(*words, **options):
    return run([program_folder() / "keytool", "fingerprint", *words], seconds=60, **options)


def ssh_keygen(*words):
    need_program("ssh-keygen")
    return run(["ssh-keygen", *words], seconds=120)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([], ["-l"]),
        (["--hash", "md5"], ["-l", "-E", "md5"]),
        (["--hash", "sha1"], ["-l", "-E", "sha1"]),
        (["--randomart"], ["-l", "-v"]),
        (["--randomart", "--hash", "md5"], ["-l", "-v", "-E", "md5"]),
        (["--bubblebabble"], ["-B"]),
    ],
)
def test_hundreds_of_keys_as_ssh_keygen(hundreds, ours, theirs):
    want = ssh_keygen(*theirs, "-f", hundreds)
    got = keytool(*ours, hundreds)
    assert (got.exit_code, got.stderr) == (0, "")
    assert got.stdout.splitlines() == want.stdout.splitlines()
    assert len(want.stdout.splitlines()) >= 400


def test_every_kind_of_file_has_the_same_fingerprint(scratch):
    private = scratch / "key"
    ssh_keygen("-q", "-t", "ecdsa", "-N", "", "-C", "of the file", "-f", private)
    want = ssh_keygen("-l", "-f", private).stdout.split()[:2]
    public = scratch / "key.pub"
    files = [private, public]
    for name, words in (("rfc4716", ["-e"]), ("spki", ["-e", "-m", "PKCS8"])):
        (scratch / name).write_text(ssh_keygen(*words, "-f", public).stdout)
        files.append(scratch / name)
    for name, words in (("encrypted", ["-N", "secret"]), ("pem", ["-m", "PEM", "-N", ""]), ("pkcs8", ["-m", "PKCS8", "-N", ""])):
        (scratch / name).write_bytes(private.read_bytes())
        os.chmod(scratch / name, 0o600)
        assert ssh_keygen("-p", "-P", "", *words, "-f", scratch / name).exit_code == 0
        files.append(scratch / name)
    (scratch / "hosts").write_text(f"@cert-authority *.example.com,10.0.0.1 {public.read_text()}|1|abc=|def= {public.read_text()}")
    files.append(scratch / "hosts")
    for file in files:
        found = keytool(file)
        assert found.exit_code == 0, found.stderr
        for line in found.stdout.splitlines():
            assert line.split()[:2] == want, file
    assert len(keytool(scratch / "hosts").stdout.splitlines()) == 2


def test_puttys_files(scratch):
    need_program("puttygen")
    (scratch / "pass").write_text("secret\n")
    subprocess.run(
        ["puttygen", "-t", "ed25519", "-C", "from PuTTY", "-o", scratch / "k.ppk", "--new-passphrase", scratch / "pass", "--random-device", "/dev/urandom"],
        check=True, capture_output=True,
    )
    line = subprocess.run(["puttygen", scratch / "k.ppk", "-L"], check=True, capture_output=True).stdout
    (scratch / "k.pub").write_bytes(line)
    found = keytool(scratch / "k.ppk")
    assert found.stdout == ssh_keygen("-l", "-f", scratch / "k.pub").stdout


def test_a_certificate_has_the_fingerprint_of_its_key(scratch):
    for name in ("ca", "user"):
        ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", scratch / name)
    ssh_keygen("-q", "-s", scratch / "ca", "-I", "id", "-n", "user", scratch / "user.pub")
    certificate = scratch / "user-cert.pub"
    assert keytool(certificate).stdout == ssh_keygen("-l", "-f", certificate).stdout
    assert keytool(certificate).stdout.endswith("(ED25519-CERT)\n")


def test_what_is_no_key_is_named_and_the_rest_goes_on(scratch):
    rng = random.Random(SEED)
    good = line_of(string(b"ssh-ed25519") + string(rng.randbytes(32)), "good")
    short = line_of(string(b"ssh-ed25519") + string(rng.randbytes(31)))
    long = line_of(rsa_blob(rng, 2048) + b"x")
    cut = good.split()[0] + " " + good.split()[1][:-3]
    lies = "ssh-rsa " + good.split()[1]
    (scratch / "list").write_text("\n".join([good, short, long, cut, lies, "nonsense", "# a remark", good]) + "\n")
    (scratch / "empty").write_text("")
    found = keytool(scratch / "list", scratch / "missing", scratch / "empty")
    assert found.exit_code == 3
    places = [line.split(": ")[1] for line in found.stderr.splitlines()]
    names = [f"{scratch}/list:{line}" for line in (2, 3, 4, 5, 6)]
    assert sorted(places[:5]) == sorted(names), found.stderr
    assert "missing" in found.stderr and f"{scratch}/empty: there is no key in it" in found.stderr
    assert [line.split(": ")[0] for line in found.stdout.splitlines()] == [f"{scratch}/list:1", f"{scratch}/list:8"]


def test_needless_zeros_are_told(scratch):
    rng = random.Random(SEED)
    modulus = rng.getrandbits(2048) | 1 << 2047
    canonical = string(b"ssh-rsa") + mpint(65537) + mpint(modulus)
    padded = string(b"ssh-rsa") + mpint(65537) + string(b"\0" * 5 + modulus.to_bytes(256, "big"))
    (scratch / "padded").write_text(line_of(padded, "padded") + "\n")
    (scratch / "plain").write_text(line_of(canonical, "padded") + "\n")
    (key,) = json.loads(keytool("--json", scratch / "padded").stdout)["keys"]
    (plain,) = json.loads(keytool("--json", scratch / "plain").stdout)["keys"]
    assert key["sha256"] == plain["sha256"] != key["raw_sha256"] and "raw_sha256" not in plain
    assert ssh_keygen("-l", "-f", scratch / "padded").stdout.split()[1] == key["sha256"]


def test_json_of_both_kinds(hundreds):
    document = json.loads(keytool("--json", hundreds).stdout)
    assert document["schema"] == "ssh2core/keytool/fingerprint/1" and document["problems"] == []
    lines = [json.loads(line) for line in keytool("--jsonl", hundreds).stdout.splitlines()]
    assert lines == document["keys"]
    want = [line.split()[1] for line in ssh_keygen("-l", "-f", hundreds).stdout.splitlines()]
    assert [key["sha256"] for key in lines] == want
    assert [key["line"] for key in lines] == list(range(1, len(lines) + 1))
    assert {key["type"] for key in lines} >= {"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp521"}


def test_json_fits_its_schema(hundreds, scratch):
    jsonschema = pytest.importorskip("jsonschema", reason="skipped: python3-jsonschema is not installed")
    schema = json.loads((REPOSITORY / "docs/schemas/keytool-fingerprint.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    (scratch / "bad").write_text("nonsense\n")
    validator.validate(json.loads(keytool("--json", hundreds, scratch / "bad", scratch / "none").stdout))
    for line in keytool("--jsonl", hundreds, scratch / "bad").stdout.splitlines():
        validator.validate(json.loads(line))


def test_comments_that_are_no_utf8(scratch):
    line = line_of(string(b"ssh-ed25519") + string(bytes(32))).encode()
    (scratch / "latin").write_bytes(line + b" caf\xe9\n")
    for flag in ("--json", "--jsonl"):
        found = keytool(flag, scratch / "latin")
        assert (found.exit_code, found.stderr) == (0, "")
        document = json.loads(found.stdout)
        assert document.get("keys", [document])[0]["comment"] == "caf\ufffd"


def test_standard_input_and_control_characters(hundreds, scratch):
    same = keytool("-", stdin=hundreds.read_bytes())
    assert same.stdout == keytool(hundreds).stdout
    line = line_of(string(b"ssh-ed25519") + string(bytes(32)), "red \x1b[31m")
    assert "\x1b" not in keytool("-", stdin=line.encode()).stdout
