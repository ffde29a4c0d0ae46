"""Settings of servers that are about keys, certificates, codes and single clients: each by its effect."""

import time

import paramiko
import pytest
from server_bench import (  # noqa: F401 - fixtures are found by their names
    hello,
    kind,
    made,
    paramiko_key,
    paramiko_transport,
    served,
    sftp,
)

from interop.clients import Algorithms
from interop.servers.settings import one_time_password


def test_users_keys_sign_by_the_names_given(served, scratch):
    server = served(user_key="rsa", user_key_algorithms=("rsa-sha2-256",))
    for name, state in (("rsa-sha2-256", "ok"), ("rsa-sha2-512", "auth")):
        told = Algorithms(user_key=name)
        assert sftp(server, scratch, [("ls", ".")], algorithms=told).state == state


def test_a_certificate_opens_the_door_and_the_key_alone_does_not(served, scratch):
    server = served(user_certificate=True)
    assert sftp(server, scratch, [("ls", ".")]).ok
    server.key.certificate.unlink()
    assert sftp(server, scratch, [("ls", ".")]).state == "auth"


def test_a_ca_vouches_for_the_host(served, scratch, store):
    server = served(host_certificates=True)
    assert sftp(server, scratch, [("ls", ".")]).ok
    plain = tuple(key.public_line for key in server.host_keys)
    assert sftp(server, scratch, [("ls", ".")], host_keys=plain).ok
    stranger = ("@cert-authority " + store.stranger("ed25519").public_line,)
    assert sftp(server, scratch, [("ls", ".")], host_keys=stranger).state == "hostkey"
    assert "-cert-v01@openssh.com" in server.records()[0].negotiated["host_key"]


def test_a_second_key_is_needed(served, scratch):
    server = served(second_key="ecdsa-256", auth_methods=("publickey+publickey",))
    assert sftp(server, scratch, [("ls", ".")], second_key=None).state == "auth"
    assert sftp(server, scratch, [("ls", ".")]).ok


def test_one_time_passwords(served, scratch):
    server = served(totp=True, auth_methods=("keyboard-interactive:totp",))
    code = one_time_password(time.time())
    assert sftp(server, scratch, [("ls", ".")], password=code).ok
    assert sftp(server, scratch, [("ls", ".")], password=code).state == "auth", "it is good once"


def test_rules_for_clients(served, scratch):
    server = served(client_match=("^OpenSSH sftpCiphers aes192-ctr", "^other sftpCiphers aes256-ctr"))
    assert sftp(server, scratch, [("ls", ".")]).ok
    assert server.records()[0].negotiated["cipher_in"] == "aes192-ctr"


def test_strict_key_exchange_can_be_left_out(served):
    assert "kex-strict-s-v00@openssh.com" in hello(served())[1]["kex"]
    assert "kex-strict-s-v00@openssh.com" not in hello(served(strict_kex=False))[1]["kex"]


def test_max_channels(served):
    server = served(max_channels=2)
    with paramiko_transport(server) as transport:
        transport.auth_publickey(server.target().user, paramiko_key(server))
        opened = [transport.open_session() for _ in range(2)]
        with pytest.raises(paramiko.ChannelException) as refused:
            transport.open_session()
        assert refused.value.code in (1, 3, 4)  # mod_sftp says 3, an unknown type of channel
        if server.name == "proftpd":  # mod_sftp 1.1.1 hangs up when a channel is closed
            return
        opened[0].close()
        deadline = time.monotonic() + 5
        while True:  # until the server has seen the close
            try:
                assert transport.open_session()
                break
            except paramiko.ChannelException:
                assert time.monotonic() < deadline
