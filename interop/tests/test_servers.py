"""Servers for scenarios: each setting proved by its effect, each record by what a client really did."""

import contextlib
import os
import signal
import time

import paramiko
import pytest
from server_bench import (  # noqa: F401 - fixtures are found by their names
    ALL,
    hello,
    kind,
    made,
    need,
    paramiko_key,
    paramiko_sftp,
    paramiko_transport,
    served,
    sftp,
)

from interop.capture import kexinit
from interop.capture.tap import Fault, Tap
from interop.capture.witness import agree, witness
from interop.clients import Algorithms
from interop.process import wait_until
from interop.servers import InetdMode, Proftpd, ServerFailed, SftpdLite, Sshd
from interop.servers.record import NEGOTIATED
from interop.servers.settings import Settings, UnsupportedSetting

MIB = 1 << 20


# Records


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_record_and_capture_agree_and_tell_what_was_done(kind, made, scratch):
    need(kind)
    server = made(kind)
    local, back = scratch / "local", scratch / "back"
    local.write_bytes(os.urandom(100000))
    with Tap(server.host, server.port, scratch / "tap") as tap:
        steps = [("put", local, "a"), ("get", "a", back), ("mkdir", "d"), ("rename", "a", "d/b c")]
        steps.append(("rm", "d/b c"))
        assert sftp(server, scratch, steps, port=tap.port).ok
        assert back.read_bytes() == local.read_bytes()
        (record,) = server.records()
        (path,) = tap.captures()
    capture = witness(path)
    assert agree(record.negotiated, capture) == []
    assert set(NEGOTIATED) - {"strict_kex"} <= record.negotiated.keys()
    assert record.client_version == capture["client_version"]
    assert record.sftp_version == 3 and record.rekeys == 0 and record.close_reason and not record.ambiguous
    user = server.target().user
    assert [entry["result"] for entry in record.auth] == ["query", "success"]
    assert {(entry["user"], entry["method"]) for entry in record.auth} == {(user, "publickey")}
    base = server.target().base
    assert [
        (one["op"], os.path.relpath(one["path"], base), one["bytes"], one["status"]) for one in record.files
    ] == [
        ("write", "a", 100000, 0),
        ("read", "a", 100000, 0),
        ("make_directory", "d", 0, 0),
        ("rename", "a", 0, 0),
        ("remove", "d/b c", 0, 0),
    ]
    assert os.path.relpath(record.files[3]["path2"], base) == "d/b c"
    if server.captures_itself:
        (own,) = server.captures()
        assert agree(record.negotiated, witness(own)) == []
        assert server.keylog_path.stat().st_size


def test_failures_are_recorded(kind, made, scratch, store):
    server = made(kind)
    (scratch / "local").write_bytes(b"x")
    stranger = store.stranger("ed25519")
    assert sftp(server, scratch, [("ls", ".")], key=stranger).state == "auth"
    assert not sftp(server, scratch, [("put", scratch / "local", "no/such")]).ok
    assert not sftp(server, scratch, [("rmdir", "nothing")]).ok
    refused, put, rmdir = server.records()
    assert "failure" in {entry["result"] for entry in refused.auth}
    assert "success" not in {entry["result"] for entry in refused.auth}
    assert ("open", 2) in {(one["op"], one["status"]) for one in put.files}
    assert ("remove_directory", 2) in {(one["op"], one["status"]) for one in rmdir.files}


def test_sessions_at_the_same_time_are_told_apart(kind, made, scratch):
    server = made(kind)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(paramiko_sftp(server)) for _ in range(3)]
        base = server.target().base
        for number, client in enumerate(clients):
            with client.open(f"{base}/n{number}", "wb") as file:
                file.write(b"x" * (number + 1))
        sockets = [client.get_channel().get_transport().sock for client in clients]
        peers = ["{}:{}".format(*one.getsockname()) for one in sockets]
    seen = {record.peer: record for record in server.records()}
    for number, peer in enumerate(peers):
        (entry,) = [one for one in seen[peer].files if one["op"] == "write"]
        assert entry["path"].endswith(f"n{number}") and entry["bytes"] == number + 1
        assert not seen[peer].ambiguous


def test_a_session_that_was_killed_is_not_waited_for(kind, made):
    server = made(kind)
    with paramiko_sftp(server):
        started = time.monotonic()
        for pid in server.sessions():
            os.kill(pid, signal.SIGKILL)
        (record,) = server.records()
    assert time.monotonic() - started < 5
    assert record.negotiated and record.auth[-1]["result"] == "success"


def test_a_failed_negotiation_has_a_reason(kind, made, scratch):
    server = made(kind, ciphers=("aes256-ctr",))
    result = sftp(server, scratch, [("ls", ".")], algorithms=Algorithms(cipher="aes128-ctr"))
    assert result.state == "negotiation"
    (record,) = server.records()
    assert record.close_reason and not record.auth


def test_damage_on_the_way_is_seen_by_the_server(kind, made, scratch):
    server = made(kind)
    with Tap(server.host, server.port, scratch / "tap", Fault("flip", at=6, after_newkeys=True)) as tap:
        assert not sftp(server, scratch, [("ls", ".")], port=tap.port).ok
        assert tap.fired
    (record,) = server.records()
    assert record.negotiated and record.close_reason
    assert "success" not in {one["result"] for one in record.auth}


# Settings: algorithms

LISTS = {
    "ciphers": ("aes256-ctr", "aes128-ctr"),
    "macs": ("hmac-sha2-512", "hmac-sha2-256"),
    "kex": ("ecdh-sha2-nistp256", "curve25519-sha256"),
    "host_key_algorithms": ("ecdsa-sha2-nistp256", "ssh-ed25519"),
    "compression": ("none", "zlib@openssh.com"),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_algorithms_are_offered_in_order(name, served):
    try:
        _, lists = hello(served(**{name: LISTS[name]}))
    except ServerFailed as error:
        if name == "compression" and "not built yet" in str(error):
            pytest.skip("skipped: this sftpd-lite has no compression yet")
        raise
    offered = [one for one in lists[name] if one not in kexinit.MARKERS]
    if name == "compression":
        assert set(offered) >= set(LISTS[name])
    else:
        assert offered == list(LISTS[name])


def test_an_algorithm_that_nobody_has_is_refused(kind, made):
    with pytest.raises((ServerFailed, UnsupportedSetting)) as caught:
        made(kind, ciphers=("rot13-cbc",))
    assert "rot13-cbc" in str(caught.value)
    if kind is not SftpdLite:
        assert isinstance(caught.value, UnsupportedSetting)


def test_host_keys_are_those_named(kind, made):
    _, lists = hello(made(kind))
    assert {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"} <= set(lists["host_key_algorithms"])
    _, lists = hello(made(kind, host_keys=("ecdsa-384", "rsa")))
    assert {"ecdsa-sha2-nistp384", "rsa-sha2-256"} <= set(lists["host_key_algorithms"])
    assert not {"ssh-ed25519", "ecdsa-sha2-nistp256"} & set(lists["host_key_algorithms"])


@pytest.mark.parametrize("user_key", ["ecdsa-256", "rsa"])
def test_the_user_logs_in_with_the_key_named(user_key, served, scratch):
    server = served(user_key=user_key)
    assert server.key.public_line.startswith({"rsa": "ssh-rsa", "ecdsa-256": "ecdsa-sha2-nistp256"}[user_key])
    assert sftp(server, scratch, [("ls", ".")]).ok


# Settings: logging in


@pytest.mark.parametrize("key_list", ["openssh", "rfc4716"])
def test_lists_of_keys_in_both_formats(key_list, served, scratch):
    assert sftp(served(key_list=key_list), scratch, [("ls", ".")]).ok


def test_passwords(served, scratch):
    server = served(passwords={"eve": "s3cret word"}, auth_methods=("password",))
    assert sftp(server, scratch, [("ls", ".")], user="eve", password="s3cret word").ok
    assert sftp(server, scratch, [("ls", ".")], user="eve", password="wrong").state == "auth"
    right, wrong = server.records()
    assert {"user": "eve", "method": "password", "result": "success"} in right.auth
    assert {"user": "eve", "method": "password", "result": "failure"} in wrong.auth
    assert sftp(server, scratch, [("ls", ".")]).state == "auth"  # the key is no way in here


def test_a_chain_of_methods_needs_all_of_them(kind, made):
    passwords = {} if kind is Sshd else {"passwords": {"eve": "secret"}}
    server = made(kind, auth_methods=("publickey+password",), **passwords)
    with paramiko_transport(server) as transport:
        user = server.target().user if kind is Sshd else "eve"
        assert transport.auth_publickey(user, paramiko_key(server)) == ["password"]
        if passwords:
            assert transport.auth_password(user, "secret") == []
    (record,) = server.records()
    results = [entry["result"] for entry in record.auth]
    assert "partial" in results
    if passwords:
        assert results[-1] == "success"


def test_tries_are_counted(served):
    server = served(max_auth_tries=2)
    tries = 0
    with paramiko_transport(server) as transport:
        with pytest.raises((paramiko.SSHException, EOFError)):
            for tries in range(1, 6):
                with contextlib.suppress(paramiko.AuthenticationException):
                    transport.auth_publickey(server.target().user, paramiko.ECDSAKey.generate())
                if not transport.is_active():
                    raise EOFError
    assert 1 <= tries <= 3


def test_banner(served):
    server = served(banner="Only for friends\n")
    with paramiko_transport(server) as transport:
        transport.auth_publickey(server.target().user, paramiko_key(server))
        assert b"Only for friends" in transport.get_banner()


def test_ident(served):
    head, _ = hello(served(ident="Marvin_1"))
    assert head.line == "SSH-2.0-Marvin_1"


def test_login_timeout(served):
    server = served(login_timeout=1)
    with paramiko_transport(server) as transport:
        started = time.monotonic()
        assert wait_until(lambda: not transport.is_active(), 8)
        assert time.monotonic() - started < 6


def test_idle_timeout(served):
    server = served(idle_timeout=2)
    with paramiko_sftp(server) as client:
        transport = client.get_channel().get_transport()
        assert wait_until(lambda: not transport.is_active(), 12)


def test_max_sessions(served):
    server = served(max_sessions=1)
    with paramiko_transport(server):
        with pytest.raises((OSError, AssertionError, paramiko.SSHException)):
            hello(server)


# Settings: what the session may do


def test_rekey(served, scratch):
    server = served(rekey_bytes=MIB)
    (scratch / "local").write_bytes(os.urandom(3 * MIB))
    assert sftp(server, scratch, [("put", scratch / "local", "a"), ("get", "a", scratch / "back")]).ok
    (record,) = server.records()
    assert record.rekeys >= 2
    assert (scratch / "back").read_bytes() == (scratch / "local").read_bytes()


def test_read_only(served, scratch):
    server = served(read_only=True)
    (server.root / "there").write_bytes(b"data")
    (scratch / "local").write_bytes(b"x")
    assert sftp(server, scratch, [("get", "there", scratch / "back")]).ok
    put = ("put", scratch / "local", "new")
    for step in (put, ("mkdir", "d"), ("rm", "there"), ("rename", "there", "x")):
        assert sftp(server, scratch, [step]).state == "remote-error", step
    assert sorted(os.listdir(server.root)) == ["there"]


def test_umask(served):
    server = served(umask=0o027)
    with paramiko_sftp(server) as client:
        client.mkdir(f"{server.target().base}/d", 0o777)
    assert (server.root / "d").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("versions", [(3, 3), (3, 5), (4, 6)], ids=str)
def test_sftp_versions(versions, served):
    server = served(sftp_versions=versions)
    with paramiko_transport(server) as transport:
        transport.auth_publickey(server.target().user, paramiko_key(server))
        channel = transport.open_session()
        channel.settimeout(10)
        channel.invoke_subsystem("sftp")
        channel.sendall(bytes.fromhex("0000000501") + (6).to_bytes(4, "big"))
        answer = channel.recv(9)
    assert int.from_bytes(answer[5:9], "big") == min(6, versions[1])
    (record,) = server.records()
    assert record.sftp_version == versions[1]


def test_ipv6(served, scratch):
    server = served(host="::1")
    assert server.target().host == "::1"
    with Tap(server.host, server.port, scratch / "tap") as tap:
        assert sftp(server, scratch, [("ls", ".")], port=tap.port).ok
        assert agree(server.records()[0].negotiated, witness(tap.captures()[0])) == []


# What a server cannot do

CANNOT = [
    (Sshd, {"passwords": {"a": "b"}}),
    (Sshd, {"max_sessions": 3}),
    (Sshd, {"ident": "x"}),
    (Sshd, {"key_list": "rfc4716"}),
    (Sshd, {"sftp_versions": (3, 6)}),
    (Sshd, {"compression": ("zlib",)}),
    (Proftpd, {"key_list": "openssh"}),
    (Proftpd, {"rekey_bytes": 65536}),
    (Proftpd, {"auth_methods": ("keyboard-interactive",)}),
    *((Sshd, {name: value}) for name, value in (
        ("totp", True), ("client_match", (". sftpCiphers none",)), ("strict_kex", False), ("max_channels", 1),
    )),
    *((Proftpd, {name: True}) for name in ("user_certificate", "host_certificates", "totp")),
    (Proftpd, {"second_key": "rsa"}),
    (InetdMode, {"max_sessions": 3}),
]


@pytest.mark.parametrize(
    "kind, settings", CANNOT, ids=[f"{kind.name}-{next(iter(settings))}" for kind, settings in CANNOT]
)
def test_what_a_server_cannot_do_is_said(kind, settings, scratch, store):
    with pytest.raises(UnsupportedSetting, match=f"{kind.name} cannot .*: .+"):
        kind(scratch / "server", settings=Settings(**settings), keys=store)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ciphers": ()},
        {"ciphers": ("",)},
        {"umask": 0o1000},
        {"rekey_bytes": 0},
        {"max_auth_tries": "3"},
        {"auth_methods": ("publickey+magic",)},
        {"sftp_versions": (6, 3)},
        {"host_keys": ("dsx",)},
        {"user_key": "dsx"},
        {"second_key": "dsx"},
        {"max_channels": 0},
        {"client_match": ()},
        {"user_key_algorithms": ()},
        {"host": "0.0.0.0"},
        {"key_list": "pem"},
        {"passwords": {"a": 5}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


def test_keys_are_made_once_and_copied(scratch, store):
    for folder in ("a", "b"):
        (scratch / folder).mkdir()
    one, two = store.user("ed25519", scratch / "a"), store.user("ed25519", scratch / "b")
    assert one.private != two.private and one.private.read_bytes() == two.private.read_bytes()
    assert one.public_line == two.public_line and one.ppk.read_bytes() == two.ppk.read_bytes()
    assert store.host("ed25519", scratch / "a").public_line != one.public_line
    assert store.stranger("ed25519").public_line != one.public_line
    assert type(store)(store.folder).user("ed25519", scratch / "a").public_line == one.public_line
