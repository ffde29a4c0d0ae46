"""The ways to log in beside a key and a password, with real clients; and what a failed one leaves."""

import asyncio
import base64
import hmac
import os
import re
import shutil
import struct
import subprocess
import time
from pathlib import Path

import pytest

from interop.clients import OpenSshSftp
from interop.keys import KeyPair
from interop.programs import give, take

asyncssh = pytest.importorskip("asyncssh")

SECRET = b"12345678901234567890"
FILTER = Path(__file__).parent.parent / "packaging/fail2ban/sftpd-lite.conf"


def code(offset=0):
    """The one-time password of now, by RFC 6238."""
    tag = hmac.digest(SECRET, struct.pack(">Q", int(time.time()) // 30 + offset), "sha1")
    number = struct.unpack_from(">I", tag, tag[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1000000:06}"


@pytest.fixture
def totp_file(scratch):
    path = scratch / "codes" / "secrets"  # the used ones are kept beside it
    path.parent.mkdir()
    path.write_text(f"alice:{base64.b32encode(SECRET).decode()}\n")
    path.chmod(0o600)
    give(path.parent)
    return path


class Answers(asyncssh.SSHClient):
    """Answers each question of keyboard-interactive from a list; a missing answer gives up."""

    def __init__(self, answers):
        self.answers, self.asked = list(answers), []

    def kbdint_auth_requested(self):
        return "" if self.answers else None

    def kbdint_challenge_received(self, name, instruction, lang, prompts):
        self.asked += [text for text, _ in prompts]
        return [self.answers.pop(0) for _ in prompts] if len(self.answers) >= len(prompts) else None


def log_in(server, answers=(), **options):
    """Whether asyncssh gets in, and what it was asked."""
    client = Answers(answers)
    target = server.target()
    given = {"username": "alice", "known_hosts": None, "config": None, "agent_path": None, "client_keys": [],
             "client_factory": lambda: client, **options}  # fmt: skip

    async def attempt():
        try:
            async with asyncssh.connect(target.host, target.port, **given) as connection:
                async with connection.start_sftp_client() as sftp:
                    await sftp.listdir(".")
            return True
        except (asyncssh.PermissionDenied, asyncssh.ConnectionLost):
            return False

    return asyncio.run(asyncio.wait_for(attempt(), 60)), client.asked


def results(server, method):
    return [event["result"] for event in server.all("auth") if event["method"] == method]


def test_a_key_and_a_one_time_password(make_server, totp_file):
    server = make_server(options=[
        "-o", "SFTPAuthMethods publickey+keyboard-interactive:totp", "-o", f"SFTPTOTPFile {totp_file}",
    ])  # fmt: skip
    keys = [str(server.key.private)]
    assert log_in(server, [code()]) == (False, []), "without the key no code is asked for"
    assert log_in(server, ["000000"], client_keys=keys) == (False, ["One-time password: "])
    now = code()
    assert log_in(server, [now], client_keys=keys)[0]
    assert not log_in(server, [now], client_keys=keys)[0], "a code is good once"
    assert not log_in(server, [code(-20)], client_keys=keys)[0]
    reasons = [event.get("reason") for event in server.all("auth")]
    assert "the one-time password was used before" in reasons
    assert now not in server.log() + str(server.events)
    assert "partial" in results(server, "publickey")


def test_codes_cannot_be_guessed_at_speed(make_server, totp_file):
    """RFC 4226 section 7.3: wrong ones count for the user, whatever connection they came over."""
    server = make_server(keys=False, users=("alice",), options=[
        "-o", "SFTPAuthMethods keyboard-interactive:totp", "-o", f"SFTPTOTPFile {totp_file}",
    ])  # fmt: skip
    for _ in range(5):
        assert not log_in(server, ["000000"])[0]
    assert not log_in(server, [code()])[0], "the right one comes too early"
    assert "none counts for" in server.all("auth")[-1]["reason"]


@pytest.mark.skipif(os.geteuid() != 0, reason="skipped: only root can become others")
@pytest.mark.parametrize("directives, enters", [([], False), (["-o", "RootLogin on"], True)])
def test_the_password_of_root_is_not_confirmed(make_server, password_file, directives, enters):
    """Neither right nor wrong, unless RootLogin lets it in."""
    passwords = password_file(root="right")
    take(passwords)
    server = make_server(keys=False, users=(), as_root=True, options=[
        "--run-as", "nobody", "--password-file", passwords, *directives,
    ])  # fmt: skip
    assert log_in(server, username="root", password="right")[0] == enters
    assert ("accepted" in results(server, "password")) == enters
    assert not log_in(server, username="root", password="wrong")[0]


def test_a_password_and_a_code_by_two_drivers(make_server, password_file, totp_file):
    server = make_server(keys=False, users=(), options=[
        "--password-file", password_file(alice="right"), "-o", f"SFTPTOTPFile {totp_file}",
        "-o", "SFTPAuthMethods keyboard-interactive:password+keyboard-interactive:totp",
    ])  # fmt: skip
    asked = ["Password: ", "One-time password: "]
    assert log_in(server, ["right", code()]) == (True, asked)
    assert not log_in(server, ["wrong", code(1)])[0]
    assert results(server, "keyboard-interactive")[:2] == ["partial", "accepted"]


def test_two_keys_must_be_two(make_server, scratch):
    server = make_server(options=["-o", "SFTPAuthMethods publickey+publickey"])
    second = KeyPair(scratch / "second", "ecdsa", "256")
    with open(server.authorized_keys, "a") as listed:
        listed.write(second.public.read_text())
    first = str(server.key.private)
    assert not log_in(server, client_keys=[first])[0]
    assert not log_in(server, client_keys=[first, first])[0]
    assert log_in(server, client_keys=[first, str(second.private)])[0]


@pytest.fixture
def by_host(make_server, scratch):
    """A server that believes one host."""
    host = KeyPair(scratch / "host", "ed25519")
    listed = scratch / "hosts"
    listed.write_text(host.public.read_text())
    give(listed)
    server = make_server(keys=False, users=("alice",), options=[
        "-o", "SFTPAuthMethods hostbased", "-o", f"SFTPAuthorizedHostKeys file:{listed}",
    ])  # fmt: skip
    return server, host


def test_the_word_of_a_host(by_host, scratch):
    server, host = by_host
    named = {"client_host": "client.example", "client_username": "alice"}
    assert log_in(server, client_host_keys=[str(host.private)], **named)[0]
    assert results(server, "hostbased") == ["accepted"]
    other = KeyPair(scratch / "other")
    assert not log_in(server, client_host_keys=[str(other.private)], **named)[0]
    named["client_username"] = "bob"
    assert not log_in(server, client_host_keys=[str(host.private)], **named)[0], "bob there is not alice here"
    assert "client.example" in server.all("auth")[-1]["reason"]


def test_the_word_of_a_host_by_openssh(by_host, scratch):
    """ssh-keysign reads /etc/ssh alone: it gets one of its own, seen by this ssh only."""
    if os.geteuid() != 0 or not Path("/usr/lib/openssh/ssh-keysign").exists():
        pytest.skip("skipped: ssh-keysign with a folder /etc/ssh of its own needs root")
    server, host = by_host
    etc = scratch / "etc"
    etc.mkdir()
    (etc / "ssh_config").write_text("EnableSSHKeysign yes\nHostbasedAuthentication yes\n")
    shutil.copy(host.private, etc / "ssh_host_ed25519_key")
    shutil.copy(host.public, etc / "ssh_host_ed25519_key.pub")
    (etc / "ssh_host_ed25519_key").chmod(0o600)
    target = server.target()
    ssh = (f"ssh -p {target.port} -oPreferredAuthentications=hostbased -oHostbasedAuthentication=yes "
           "-oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oBatchMode=yes "
           f"-oHostbasedAcceptedAlgorithms=ssh-ed25519 alice@{target.host} -s sftp </dev/null")  # fmt: skip
    inside = f"mount --make-rprivate / && mount --bind {etc} /etc/ssh && {ssh}"
    finished = subprocess.run(["unshare", "-m", "sh", "-c", inside], capture_output=True, text=True, timeout=60)
    if "unshare" in finished.stderr or "mount" in finished.stderr:
        pytest.skip("skipped: no mount namespace here")
    # The client's user is root and the account alice: refused for that alone, the key was found.
    reasons = [event.get("reason", "") for event in server.all("auth")]
    assert any("the user has another name on the client's host" in one for one in reasons), finished


def test_openssh_binds_its_signature_to_the_host(lite, make_client):
    """publickey-hostbound-v00@openssh.com is used when EXT_INFO announces it, and counts as publickey."""
    client = make_client(OpenSshSftp, lite)
    finished = client.ssh("-vvv", "-s", command=("sftp",), stdin=b"")
    if "hostbound" not in finished.stderr:
        pytest.skip("skipped: this ssh does not know it")
    assert re.search(r"publickey-hostbound@openssh\.com=<0>", finished.stderr), finished.stderr
    assert "accepted" in results(lite, "publickey")


def test_a_program_as_key_store(make_server, make_client, scratch):
    key = KeyPair(scratch / "key")
    program = scratch / "program"
    program.write_text(f'#!/bin/sh\ntest "$1" = alice && cat {key.public}\n')
    program.chmod(0o755)
    give(program, key.public)
    server = make_server(keys=False, users=("alice", "bob"), options=[
        "-o", f"SFTPAuthorizedUserKeys exec:{program}"])  # fmt: skip
    assert make_client(OpenSshSftp, server, user="alice", key=key).ls("").ok
    assert make_client(OpenSshSftp, server, user="bob", key=key).ls("").state == "auth"


@pytest.mark.parametrize("options, enters", [
    ('from="127.0.0.0/8"', True), ('from="192.0.2.1"', False), ('expiry-time="20200101"', False),
    ('expiry-time="20990101Z"', True), ('environment="A=b"', True), ('command="internal-sftp"', True),
    ('command="rm -rf /"', False), ("restrict", True), ("unknown-word", False),
])  # fmt: skip
def test_options_of_a_listed_key(make_server, make_client, options, enters):
    server = make_server()
    server.authorized_keys.write_text(f"{options} {server.key.public.read_text()}")
    assert (make_client(OpenSshSftp, server).ls("").state == "ok") == enters
    if "environment" in options:
        assert "environment is ignored" in str(server.all("auth"))


# --- what fail2ban reads ---


def failregex():
    """The filter's expression as Python's re takes it, with what fail2ban puts in."""
    line = next(one for one in FILTER.read_text().splitlines() if one.startswith("failregex"))
    text = line.partition("=")[2].strip().replace("%(__prefix_line)s", r"\S.*?: ")
    return re.compile(text.replace("<ADDR>", r"(?P<address>[0-9.]+|[0-9a-fA-F:]+)"))


def failures(log):
    """The addresses that the filter finds; fail2ban takes the time off the front itself."""
    found = [failregex().search(re.sub(r"^\d{4}-\d\d-\d\dT\S+Z ", "", line)) for line in log.splitlines()]
    return [match["address"] for match in found if match]


HOSTILE = [
    'x" method=password result=accepted',
    "x\n2026-01-01T00:00:00.000000Z [0123456789abcdef 192.0.2.9:1] auth user=y method=password result=refused",
    "x method=password result=refused [0123456789abcdef 192.0.2.9:1]",
    "é\x1b[2J\u202e",
]


def test_each_failed_login_is_one_line_for_fail2ban(make_server, password_file, scratch, monkeypatch):
    monkeypatch.setattr(asyncssh.connection, "saslprep", lambda text: text)  # it refuses such names
    log = scratch / "log"
    log.touch()
    give(log)
    server = make_server(keys=False, users=(), options=[
        "--log", str(log), "--password-file", password_file(alice="right")])  # fmt: skip
    for user in ["alice", *HOSTILE]:
        assert not log_in(server, username=user, password="wrong")[0]
    assert log_in(server, password="right")[0]
    text = log.read_text()
    assert failures(text) == ["127.0.0.1"] * (1 + len(HOSTILE)), text
    if shutil.which("fail2ban-regex"):
        said = subprocess.run(["fail2ban-regex", str(log), str(FILTER)], capture_output=True, text=True)
        assert re.search(rf"{1 + len(HOSTILE)} matched", said.stdout), said.stdout


def test_fail2ban_finds_the_address_in_every_form():
    line = '[0123456789abcdef {}] auth user=x method=publickey result=refused key_fingerprint=SHA256:a reason="b c"'
    for peer, address in (("192.0.2.1:5", "192.0.2.1"), ("[2001:db8::1]:5", "2001:db8::1")):
        assert failures("2026-01-02T03:04:05.678901Z " + line.format(peer)) == [address]
        assert failures("Jan  2 03:04:05 host sftpd-lite[17]: " + line.format(peer)) == [address]
    assert failures(line.format("192.0.2.1:5").replace("refused", "accepted")) == []
