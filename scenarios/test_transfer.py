"""A user uploads files and gets the same bytes back."""

import os

import pytest
from helpers import same, succeeded, with_clients

from interop.clients import OpenSshSftp

SIZES = [0, 1, 32767, 32768, 32769, 1_000_000]


@pytest.mark.main
@with_clients("put", "get")
@pytest.mark.parametrize("size", SIZES)
def test_a_file_goes_up_and_comes_back_whole(server, client, random_file, scratch, size):
    original, copy = random_file(size), scratch / "copy"
    succeeded(client.run_steps([("put", original, "report.bin"), ("get", "report.bin", copy)]))
    assert same(server.root / "report.bin", original)
    assert same(copy, original)


def test_a_hundred_megabytes(server, make_client, random_file, scratch):
    original, copy = random_file(100_000_000), scratch / "copy"
    client = make_client(OpenSshSftp, server)
    succeeded(client.run_steps([("put", original, "big.bin"), ("get", "big.bin", copy)]))
    assert same(server.root / "big.bin", original)
    assert same(copy, original)


@with_clients("put")
def test_a_shorter_file_replaces_a_longer_one(server, client, random_file):
    longer, shorter = random_file(300_000), random_file(70_001)
    succeeded(client.run_steps([("put", longer, "x"), ("put", shorter, "x")]))
    assert same(server.root / "x", shorter)


@with_clients("put_tree", "get_tree")
def test_a_folder_with_folders_in_it(server, client, scratch):
    tree = scratch / "tree"
    (tree / "deep" / "er").mkdir(parents=True)
    (tree / "empty").mkdir()
    for number, name in enumerate(["top", "deep/one", "deep/er/two", "deep/er/three"]):
        (tree / name).write_bytes(bytes([number]) * 1000 * number)
    succeeded(client.put_tree(tree, "tree"))
    succeeded(client.get_tree("tree", scratch / "back"))

    def content(folder):
        return {
            path.relative_to(folder): path.read_bytes() if path.is_file() else None
            for path in folder.rglob("*")
        }

    assert content(server.root / "tree") == content(tree)
    assert content(scratch / "back") == content(tree)


def test_three_hundred_small_files_in_one_session(server, make_client, scratch):
    tree = scratch / "tree"
    tree.mkdir()
    for number in range(300):
        (tree / f"{number:03}").write_bytes(str(number).encode() * number)
    succeeded(make_client(OpenSshSftp, server).put_tree(tree, "tree"))
    arrived = {path.name: path.read_bytes() for path in (server.root / "tree").iterdir()}
    assert arrived == {path.name: path.read_bytes() for path in tree.iterdir()}


@with_clients("get")
def test_a_file_that_is_not_there(server, client, scratch):
    result = client.get("nothing", scratch / "copy")
    assert result.state == "remote-error", str(result)


def test_times_and_permissions_are_kept(server, make_client, random_file):
    original = random_file(10)
    original.chmod(0o640)
    os.utime(original, (1_000_000_000, 1_100_000_000))
    client = make_client(OpenSshSftp, server)
    finished = client.batch([f"put -p {original} {client.target.path('kept')}"])
    assert finished.exit_code == 0, finished
    arrived = (server.root / "kept").stat()
    assert int(arrived.st_mtime) == 1_100_000_000
    assert arrived.st_mode & 0o777 == 0o640
