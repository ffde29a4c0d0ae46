"""SFTPClientMatch: a client gets the settings that its name chooses, others do not."""

import pytest
from helpers import same, succeeded

from interop.clients import OpenSshSftp, Paramiko, Psftp


def served(make_server, *rules):
    return make_server(options=[word for rule in rules for word in ("-o", f"SFTPClientMatch {rule}")])


RULES = [
    "^OpenSSH sftpCiphers aes128-ctr,aes256-ctr sftpDigests hmac-sha2-512",
    "^paramiko sftpKeyExchanges diffie-hellman-group14-sha256 sftpCiphers aes256-ctr",
    "^PuTTY sftpKeyExchanges ecdh-sha2-nistp384",
]


@pytest.mark.parametrize(
    "kind, expected",
    [
        (OpenSshSftp, {"cipher_in": "aes128-ctr", "mac_out": "hmac-sha2-512"}),
        (Paramiko, {"kex": "diffie-hellman-group14-sha256", "cipher_out": "aes256-ctr"}),
        (Psftp, {"kex": "ecdh-sha2-nistp384"}),
    ],
)
def test_algorithms_by_client(make_server, make_client, kind, expected):
    server = served(make_server, *RULES)
    succeeded(make_client(kind, server).run_steps([("ls", ".")]))
    chosen = server.wait_event("negotiated")[0]
    assert {name: chosen[name] for name in expected} == expected


@pytest.mark.parametrize("kind", [OpenSshSftp, Paramiko, Psftp])
def test_small_windows_and_late_newkeys(make_server, make_client, kind, random_file, scratch):
    server = served(
        make_server, ". channelWindowSize 40000 channelPacketSize 8KB pessimisticNewkeys on"
    )
    original, copy = random_file(3_000_000), scratch / "copy"
    client = make_client(kind, server)
    succeeded(client.run_steps([("put", original, "f"), ("get", "f", copy)]))
    assert same(server.root / "f", original) and same(copy, original)


def test_versions_of_sftp(make_server, make_client):
    server = served(make_server, "^OpenSSH sftpProtocolVersion 2", "^paramiko sftpProtocolVersion 4-6")
    make_client(OpenSshSftp, server).run_steps([("ls", ".")])
    assert server.wait_event("sftp")[0]["version"] == 2
    assert not make_client(Paramiko, server).run_steps([("ls", ".")]).ok
