"""New keys in the middle of a transfer disturb nothing."""

import pytest
from helpers import same, succeeded, with_clients

from interop.clients import Algorithms, OpenSshSftp

MEGABYTE = 1 << 20
CIPHERS = ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr"]


@pytest.mark.main
@pytest.mark.parametrize("cipher", CIPHERS)
def test_openssh_rekeys_every_megabyte(lite, make_client, random_file, scratch, cipher):
    original, copy = random_file(12 * MEGABYTE), scratch / "copy"
    client = make_client(
        OpenSshSftp, lite, rekey_bytes=MEGABYTE, algorithms=Algorithms(cipher=cipher)
    )
    succeeded(client.run_steps([("put", original, "f"), ("get", "f", copy)]))
    assert same(lite.root / "f", original) and same(copy, original)
    assert len(lite.all("rekey")) >= 10


@with_clients("put", "get", features={"rekey"})
def test_other_clients_rekey(lite, client_kind, make_client, random_file, scratch):
    original, copy = random_file(5 * MEGABYTE), scratch / "copy"
    client = make_client(client_kind, lite, rekey_bytes=MEGABYTE)
    succeeded(client.run_steps([("put", original, "f"), ("get", "f", copy)]))
    assert same(lite.root / "f", original) and same(copy, original)
    assert len(lite.all("rekey")) >= 2
