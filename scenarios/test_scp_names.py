"""UseEncoding and SCP: names are translated both ways, and what cannot be is refused and nothing else is touched."""

import os

import pytest
from helpers import same
from test_scp import scp  # noqa: F401

from interop.programs import give

CAFE, EURO = "caf\u00e9", "\u20ac"


@pytest.fixture
def latin(make_server):
    """A server whose disk has Latin-1, while clients write UTF-8."""
    return make_server(options=["-o", "UseEncoding ISO-8859-1 UTF-8"])


def names(folder):
    return sorted(os.listdir(os.fsencode(folder)))


def test_names_are_translated_both_ways(latin, scp, random_file, scratch):  # noqa: F811
    source = random_file(1000, CAFE)
    finished = scp(latin, source, ":")
    assert finished.exit_code == 0 and names(latin.root) == [b"caf\xe9"], finished
    back = scratch / "back"
    back.mkdir()
    for asked in (CAFE, "caf*"):
        finished = scp(latin, f":{asked}", back)
        assert finished.exit_code == 0 and names(back) == [CAFE.encode()], finished
        assert same(source, back / CAFE)
        (back / CAFE).unlink()


def test_trees_are_translated(latin, scp, scratch):  # noqa: F811
    tree = scratch / "tree"
    (tree / CAFE).mkdir(parents=True)
    (tree / CAFE / "\u00fc").write_bytes(b"x")
    finished = scp(latin, "-r", tree, ":")
    assert finished.exit_code == 0 and names(latin.root / "tree") == [b"caf\xe9"], finished
    assert names(os.fsencode(latin.root) + b"/tree/caf\xe9") == [b"\xfc"]
    back = scratch / "back"
    finished = scp(latin, "-r", ":tree", back)
    assert finished.exit_code == 0 and (back / CAFE / "\u00fc").read_bytes() == b"x", finished


def test_what_cannot_be_said_is_refused(latin, scp, random_file):  # noqa: F811
    finished = scp(latin, random_file(10, EURO), ":")
    assert finished.exit_code == 1 and "encoding" in finished.stderr, finished
    assert names(latin.root) == []


def test_names_on_disk_that_clients_have_not(make_server, scp, scratch):  # noqa: F811
    """The disk has Greek, clients have Latin-1: such names are left out, and never taken for another's."""
    server = make_server(options=["-o", "UseEncoding ISO-8859-7 ISO-8859-1"])
    root = os.fsencode(server.root)
    os.mkdir(root + b"/d")
    for name in (b"plain", b"\xe1"):  # a small alpha
        with open(root + b"/d/" + name, "wb") as file:
            file.write(name)
    give(server.root / "d")
    back = scratch / "back"
    finished = scp(server, "-r", ":d", back)
    assert finished.exit_code == 1 and "encoding" in finished.stderr, finished
    assert names(back) == [b"plain"]
