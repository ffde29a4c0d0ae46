"""Every algorithm that the server offers is really spoken, as its own report says."""

import shutil

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import Algorithms, OpenSshSftp, Paramiko
from interop.programs import give, new_folder
from interop.servers import SftpdLite

KEX = [
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
]
AEAD = ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"]
CTR = ["aes128-ctr", "aes192-ctr", "aes256-ctr"]
MACS = [
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
]
HOST_KEYS = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-256",
    "rsa-sha2-512",
]


@pytest.fixture(scope="module")
def server(every_host_key):
    """One server for the whole module, with a host key of every type."""
    need(SftpdLite)
    folder = new_folder()
    one = SftpdLite(folder / "server", host_keys=every_host_key)
    give(one.root)
    with one:
        yield one
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def negotiate(server, make_client, random_file, scratch):
    """Moves a file with the given algorithms and returns the server's `negotiated` event."""

    def transfer(**names):
        before = len(server.all("negotiated"))
        client = make_client(OpenSshSftp, server, algorithms=Algorithms(**names))
        original, copy = random_file(150_000), scratch / "copy"
        succeeded(client.run_steps([("put", original, "f"), ("get", "f", copy)]))
        assert copy.read_bytes() == original.read_bytes()
        return server.wait_event("negotiated", before + 1)[-1]

    return transfer


@pytest.mark.main
@pytest.mark.parametrize("name", KEX)
def test_key_exchange(negotiate, name):
    assert negotiate(kex=name)["kex"] == name


@pytest.mark.main
@pytest.mark.parametrize("name", AEAD + CTR)
def test_cipher(negotiate, name):
    event = negotiate(cipher=name)
    assert event["cipher_in"] == event["cipher_out"] == name


@pytest.mark.main
@pytest.mark.parametrize("name", MACS)
def test_mac(negotiate, name):
    event = negotiate(cipher="aes128-ctr", mac=name)
    assert event["mac_in"] == event["mac_out"] == name


@pytest.mark.main
@pytest.mark.parametrize("name", HOST_KEYS)
def test_host_key(negotiate, name):
    assert negotiate(host_key=name)["host_key"] == name


def test_openssh_gets_strict_key_exchange(negotiate):
    assert negotiate()["strict_kex"] is True


def test_paramiko_gets_along_without_strict_key_exchange(server, make_client):
    before = len(server.all("negotiated"))
    succeeded(make_client(Paramiko, server).ls(""))
    assert server.wait_event("negotiated", before + 1)[-1]["strict_kex"] is False


@pytest.mark.parametrize(
    "names",
    [{"cipher": "aes128-cbc"}, {"kex": "diffie-hellman-group14-sha1"}, {"host_key": "ssh-rsa"}],
    ids=lambda names: "-".join(names.values()),
)
def test_what_is_not_offered_is_refused_in_time(server, make_client, names):
    result = make_client(OpenSshSftp, server, algorithms=Algorithms(**names)).ls("")
    assert result.state == "negotiation", str(result)
    assert "no matching" in result.reason
    succeeded(make_client(OpenSshSftp, server).ls(""))
