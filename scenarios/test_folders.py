"""Listing, renaming, removing, permissions, links: the rest of a day with a file server."""

import os

import pytest
from helpers import mode_of, same, succeeded, with_clients

from interop.clients import AsyncSsh, OpenSshScp, OpenSshSftp, Psftp


@pytest.mark.main
@with_clients("ls", "mkdir", "put")
def test_a_listing_names_everything(server, client, random_file):
    original = random_file(10)
    steps = [("mkdir", "docs"), *(("put", original, f"docs/{name}") for name in ("a", "b", "c"))]
    succeeded(client.run_steps(steps))
    assert sorted(succeeded(client.ls("docs")).names) == ["a", "b", "c"]
    (server.root / "none").mkdir()
    assert succeeded(client.ls("none")).names == []


@pytest.mark.parametrize("kind", [OpenSshSftp, Psftp, AsyncSsh], ids=lambda kind: kind.name)
def test_a_listing_of_thousands(server, make_client, kind):
    folder = server.root / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"file number {number}").touch()
    result = succeeded(make_client(kind, server).ls("many"))
    assert sorted(result.names) == sorted(path.name for path in folder.iterdir())


@pytest.mark.main
@with_clients("rename", "put")
def test_renaming(server, client, random_file):
    original = random_file(1000)
    succeeded(client.run_steps([("put", original, "old"), ("rename", "old", "new")]))
    assert same(server.root / "new", original)
    assert not (server.root / "old").exists()


@pytest.mark.main
@with_clients("mkdir", "rmdir", "rm", "put")
def test_making_and_removing(server, client, random_file):
    original = random_file(10)
    succeeded(client.run_steps([("mkdir", "d"), ("put", original, "d/f")]))
    assert (server.root / "d" / "f").exists()
    assert client.rmdir("d").state == "remote-error"  # not empty
    succeeded(client.run_steps([("rm", "d/f"), ("rmdir", "d")]))
    assert list(server.root.iterdir()) == []
    assert client.rm("d").state == "remote-error"


@pytest.mark.main
@with_clients("chmod", "put")
def test_permissions(server, client, random_file):
    original = random_file(10)
    succeeded(client.run_steps([("put", original, "f"), ("chmod", "604", "f")]))
    assert mode_of(server.root / "f") == 0o604


@pytest.mark.main
@with_clients("stat", "put", "chmod")
def test_size_and_permissions_are_shown(server, client, random_file):
    original = random_file(12_345)
    succeeded(client.run_steps([("put", original, "f"), ("chmod", "640", "f")]))
    found = succeeded(client.stat("f")).attributes
    assert found == {"size": 12_345, "mode": 0o640, "type": "file"}


@pytest.mark.main
@with_clients("symlink", "put")
def test_a_symbolic_link_points_where_it_was_told(server, client, random_file):
    original = random_file(10)
    succeeded(client.run_steps([("put", original, "f"), ("symlink", "f", "link")]))
    assert os.readlink(server.root / "link") == "f"
    assert same(server.root / "link", original)


class TestWhatOnlyOpenSshAsksFor:
    """The extensions of OpenSSH, through the commands of its sftp that use them."""

    @pytest.fixture
    def sftp(self, server, make_client, random_file):
        client = make_client(OpenSshSftp, server)
        succeeded(client.put(random_file(50_000, "original"), "f"))

        def commands(*lines):
            base = client.target.base
            return client.batch([f"cd {base}", *lines])

        return commands

    def test_renaming_over_an_existing_file(self, server, sftp, scratch):
        (server.root / "g").write_text("old")
        assert sftp("rename f g").exit_code == 0
        assert same(server.root / "g", scratch / "original")

    def test_renaming_over_an_existing_file_the_old_way(self, server, sftp):
        (server.root / "g").write_text("old")
        assert sftp("rename -l f g").exit_code == 1
        assert (server.root / "g").read_text() == "old"

    def test_hard_link(self, server, sftp):
        assert sftp("ln f g").exit_code == 0
        assert os.path.samefile(server.root / "f", server.root / "g")

    def test_free_space(self, sftp):
        finished = sftp("df")
        assert finished.exit_code == 0 and "Capacity" in finished.stdout, finished

    def test_flushing_to_disk(self, server, sftp, scratch):
        assert sftp(f"put -f {scratch}/original h").exit_code == 0
        assert same(server.root / "h", scratch / "original")

    def test_copying_on_the_server(self, server, sftp, scratch):
        finished = sftp("copy f copy")
        assert finished.exit_code == 0, finished
        assert same(server.root / "copy", scratch / "original")

    def test_permissions_of_a_link_itself(self, server, sftp):
        """Linux has none: whatever the server answers, the file behind the link keeps its own."""
        before = mode_of(server.root / "f")
        sftp("ln -s f link", "chmod -h 600 link")
        assert mode_of(server.root / "f") == before

    def test_owners_by_name(self, sftp, served_by):
        finished = sftp("ls -l")
        assert finished.exit_code == 0, finished
        assert " f" in finished.stdout

    def test_scp_expands_the_home_folder(self, server, make_client, sftp, scratch):
        client = make_client(OpenSshScp, server, base="~")
        result = client.get("f", scratch / "copy")
        if server.name == "sftpd-lite":  # its home folder is its root
            assert succeeded(result) and same(scratch / "copy", scratch / "original")
