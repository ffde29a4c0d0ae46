"""Who gets in, who does not, and that nobody can tell why."""

import re

import pytest
from conftest import need
from helpers import succeeded, with_clients

from interop.clients import Curl, OpenSshSftp
from interop.keys import KeyPair
from interop.process import wait_until
from interop.servers import SftpdLite

SHOWN = re.compile(r"password[:\s]+(\S+)")
PASSWORD = "correct horse; battery 'staple' ü"


@pytest.fixture
def with_password(make_server, password_file):
    """A server whose user alice has a password and no key."""
    return make_server(keys=False, users=(), options=["--password-file", password_file(alice=PASSWORD)])


@pytest.mark.main
@with_clients(features={"password"})
def test_the_right_password(with_password, client_kind, make_client):
    entering = make_client(client_kind, with_password, user="alice", password=PASSWORD)
    step = ("ls", "") if "ls" in client_kind.verbs else ("put", __file__, "x")
    succeeded(entering.run_steps([step]))
    accepted = [event for event in with_password.all("auth") if event["result"] == "accepted"]
    assert accepted[-1]["user"] == "alice"
    assert accepted[-1]["method"] == "password"


@pytest.mark.main
@with_clients(features={"password"})
@pytest.mark.parametrize("user, password", [("alice", "wrong"), ("mallory", PASSWORD)])
def test_the_wrong_password_or_user(with_password, client_kind, make_client, user, password):
    entering = make_client(client_kind, with_password, user=user, password=password)
    step = ("ls", "") if "ls" in client_kind.verbs else ("put", __file__, "x")
    assert entering.run_steps([step]).state == "auth"
    assert {event["result"] for event in with_password.all("auth")} <= {"refused"}
    assert PASSWORD not in with_password.log() + str(with_password.events)


@pytest.mark.main
@with_clients("ls", features={"key"})
def test_the_wrong_key_or_user(lite, client_kind, make_client, scratch):
    succeeded(make_client(client_kind, lite).ls(""))
    stranger = KeyPair(scratch / "stranger")
    assert make_client(client_kind, lite, key=stranger).ls("").state == "auth"
    assert make_client(client_kind, lite, user="mallory").ls("").state == "auth"


def test_a_refusal_does_not_say_whether_the_user_exists(lite, make_client, scratch):
    stranger = KeyPair(scratch / "stranger")
    wrong_key = make_client(OpenSshSftp, lite, key=stranger).ls("")
    wrong_user = make_client(OpenSshSftp, lite, user="nouser").ls("")
    assert wrong_key.reason == wrong_user.reason.replace("nouser", "alice")


@pytest.mark.parametrize(
    "kind, bits", [("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"), ("rsa", "4096")]
)
def test_keys_of_other_types(make_server, make_client, scratch, kind, bits):
    key = KeyPair(scratch / "key", kind, bits)
    server = make_server(key=key)
    succeeded(make_client(OpenSshSftp, server).ls(""))
    accepted = [event for event in server.all("auth") if event["result"] == "accepted"]
    assert accepted[0]["key_fingerprint"] == key.fingerprint


def test_a_key_file_with_both_forms_of_keys(make_server, make_client, scratch):
    """OpenSSH's lines and RFC 4716 blocks in one file, with comments and options in between.

    A key that an option restricts in a way that the server cannot honour stays outside.
    """
    first, second, third, fourth = (KeyPair(scratch / name) for name in "1234")
    server = make_server(key=first)
    text = (
        f"# who may come in\n\n{first.public.read_text()}{second.rfc4716}"
        f'no-pty,command="internal-sftp" {third.public.read_text()}'
        f'command="backup --all" {fourth.public.read_text()}'
    )
    server.authorized_keys.write_text(text)
    for key in (first, second, third):
        succeeded(make_client(OpenSshSftp, server, key=key).ls(""))
    assert make_client(OpenSshSftp, server, key=fourth).ls("").state == "auth"


def test_a_key_file_for_each_user(make_server, make_client, scratch):
    alice, bob = KeyPair(scratch / "alice"), KeyPair(scratch / "bob")
    keys = scratch / "keys"
    keys.mkdir()
    for name, key in (("alice", alice), ("bob", bob)):
        (keys / name).write_text(key.public.read_text())
    server = make_server(
        keys=False, users=("alice", "bob"), options=["--authorized-keys", f"{keys}/%u"]
    )
    succeeded(make_client(OpenSshSftp, server, user="alice", key=alice).ls(""))
    succeeded(make_client(OpenSshSftp, server, user="bob", key=bob).ls(""))
    assert make_client(OpenSshSftp, server, user="bob", key=alice).ls("").state == "auth"


def test_after_six_failures_the_connection_ends(with_password, make_client):
    client = make_client(OpenSshSftp, with_password, user="alice", password="wrong")
    finished = client.batch(["ls"], "-oNumberOfPasswordPrompts=20")
    assert finished.exit_code == 255
    assert "too many authentication failures" in finished.stderr.lower(), finished
    refused = [event for event in with_password.all("auth") if event["method"] == "password"]
    assert len(refused) == 6


def test_a_password_for_the_run(scratch, make_client):
    """With neither keys nor passwords the server makes a password up and shows it once."""
    need(SftpdLite)
    server = SftpdLite(scratch / "server", keys=False)
    with server:
        shown = wait_until(lambda: SHOWN.search(server.log()))
        assert shown, server.log()
        entering = make_client(OpenSshSftp, server, password=shown[1])
        succeeded(entering.ls(""))
        assert make_client(OpenSshSftp, server, password="guess").ls("").state == "auth"
    assert server.log().count(shown[1]) == 1
    assert shown[1] not in str(server.events)


def test_two_runs_make_up_two_passwords(scratch):
    need(SftpdLite)
    seen = set()
    for number in range(2):
        with SftpdLite(scratch / f"server{number}", keys=False) as server:
            shown = wait_until(lambda s=server: SHOWN.search(s.log()))
            seen.add(shown[1])
    assert len(seen) == 2 and min(map(len, seen)) >= 12


def test_the_host_key_is_proven(lite, make_client, scratch):
    """A client that knows another key for this server must not get as far as logging in."""
    other = KeyPair(scratch / "other").public_line
    for kind in (OpenSshSftp, Curl):
        assert make_client(kind, lite, host_keys=(other,)).ls("").state == "hostkey"
    assert not [event for event in lite.all("auth") if event["result"] == "accepted"]
