"""--read-only: everything can be read and nothing changed."""

import pytest
from helpers import same, snapshot, succeeded, with_clients

from interop.clients import OpenSshSftp


@pytest.fixture
def server(make_server, random_file):
    """Shadows the usual server: one that only reads, with a file and a folder."""
    server = make_server(options=["--read-only"])
    (server.root / "f").write_bytes(random_file(100_000, "original").read_bytes())
    (server.root / "d").mkdir()
    server.root.chmod(0o777)
    (server.root / "f").chmod(0o666)
    return server


@pytest.mark.main
@with_clients("get")
def test_reading_works(server, client, scratch):
    succeeded(client.get("f", scratch / "copy"))
    assert same(scratch / "copy", scratch / "original")


@pytest.mark.main
@with_clients("put", "mkdir", "rename", "rm", "rmdir", "chmod")
def test_changing_does_not(server, client, random_file):
    before = snapshot(server.root)
    original = random_file(10)
    steps = [
        ("put", original, "new"),
        ("put", original, "f"),
        ("mkdir", "new"),
        ("rename", "f", "g"),
        ("rm", "f"),
        ("rmdir", "d"),
        ("chmod", "600", "f"),
    ]
    if "symlink" in client.verbs:
        steps.append(("symlink", "f", "link"))
    for step in steps:
        result = client.run_steps([step])
        assert result.state == "remote-error", f"{step}: {result}"
    assert snapshot(server.root) == before


def test_extensions_that_change_do_not_work_either(server, make_client):
    before = snapshot(server.root)
    client = make_client(OpenSshSftp, server)
    for line in ("ln f g", "copy f g", "chmod -h 600 f", "put -f /dev/null f"):
        assert client.batch([line]).exit_code != 0, line
    assert snapshot(server.root) == before
