"""File names that people use and shells dislike."""

import pytest
from helpers import same, succeeded, with_clients

NAMES = {
    "spaces": "a report with spaces.txt",
    "utf8": "Größe 日本 \U0001f600",
    "quotes": "it's \"quoted\"",
    "pattern": "star*[x]?",
    "backslash": "back\\slash",
    "dash": "-rf",
    "hash": "#1 50%25",
    "long": "n" * 255,
}


def round_trip(server, client, random_file, scratch, name):
    original, copy = random_file(1000), scratch / "copy"
    succeeded(client.put(original, name))
    assert [path.name for path in server.root.iterdir()] == [name]
    succeeded(client.get(name, copy))
    assert same(copy, original)


@pytest.mark.main
@with_clients("put", "get", "ls")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_survives(server, client, random_file, scratch, name):
    round_trip(server, client, random_file, scratch, name)
    assert succeeded(client.ls("")).names == [name]


@with_clients("put", "get", features={"newline"})
def test_a_name_with_a_line_break(server, client, random_file, scratch):
    round_trip(server, client, random_file, scratch, "two\nlines")


@pytest.mark.main
@with_clients("ls", "rm", features={"bytes"})
def test_a_name_that_is_no_utf8(server, client):
    """Made on the server's side; a client that shows it oddly must still see the others."""
    (server.root / b"latin1-\xfc".decode("utf-8", "surrogateescape")).write_text("x")
    (server.root / "plain").write_text("x")
    assert "plain" in succeeded(client.ls("")).names
