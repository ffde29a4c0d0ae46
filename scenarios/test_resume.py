"""A transfer that was cut off goes on where it stopped."""

import pytest
from helpers import same, succeeded, with_clients

from interop.servers import SftpdLite

SIZE, DONE = 700_000, 300_000


def written(server):
    """Bytes moved in file events of closed files, if the server tells."""
    return [event["bytes"] for event in server.wait_event("file") if "bytes" in event]


@pytest.mark.main
@with_clients("resume_put")
def test_an_upload_goes_on(server, client, random_file, served_by):
    original = random_file(SIZE)
    (server.root / "part").write_bytes(original.read_bytes()[:DONE])
    (server.root / "part").chmod(0o666)
    succeeded(client.resume_put(original, "part"))
    assert same(server.root / "part", original)
    if isinstance(server, SftpdLite):
        assert max(written(server)) == SIZE - DONE


@pytest.mark.main
@with_clients("resume_get")
def test_a_download_goes_on(server, client, random_file, scratch):
    original, part = random_file(SIZE), scratch / "part"
    (server.root / "whole").write_bytes(original.read_bytes())
    part.write_bytes(original.read_bytes()[:DONE])
    succeeded(client.resume_get("whole", part))
    assert same(part, original)
    if isinstance(server, SftpdLite):
        assert DONE < SIZE - max(written(server)) + 100_000  # clients read ahead past the end
