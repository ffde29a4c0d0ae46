"""Every adapter does what it claims, with the real program against three servers.

    pytest interop/tests/test_adapters.py --client psftp --server sshd

Each verb is judged by what lies on the server's or the client's disk afterwards, never by what the
program says; each class of errors by an error of that kind; each feature by a use of it.
"""

import os
import shutil
import socket
import stat
from pathlib import Path

import pytest
from adapter_bench import (  # noqa: F401 - fixtures and a hook are found by their names
    NAMES,
    OLDER,
    PASSWORD,
    PASSWORD_USER,
    Place,
    keys,
    needs,
    place,
    pytest_generate_tests,
    servers,
)

from interop.clients import Algorithms, Unsupported
from interop.keys import COMMON_TYPES
from interop.programs import give
from interop.servers.base import free_port


def tree_of(folder):
    """Relative path to content (None for folders) of all that is below a folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in Path(folder).rglob("*")
    }


def make_tree(folder):
    """A folder with files and folders, one of them empty."""
    for name, content in (("a", 0), ("b.bin", 70_000), ("inner/c", 1), ("inner/deep/d", 33)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(content))
    (folder / "empty").mkdir()
    return tree_of(folder)


# --- verbs ---


@needs("put", "get")
def test_bytes_arrive_both_ways(place):
    sizes = (0, 1, 100_000)
    originals = [place.file(size) for size in sizes]
    copies = [place.local / f"copy{size}" for size in sizes]
    steps = [("put", path, f"f{size}") for path, size in zip(originals, sizes)]
    steps += [("get", f"f{size}", copy) for size, copy in zip(sizes, copies)]
    place.do(*steps)
    for size, original, copy in zip(sizes, originals, copies):
        assert (place.area / f"f{size}").read_bytes() == original.read_bytes()
        assert copy.read_bytes() == original.read_bytes()


@needs("put")
def test_put_replaces_a_longer_file(place):
    path = place.remote("old", 5000)
    place.do(("put", place.file(b"short"), "old"))
    assert path.read_bytes() == b"short"


@needs("ls")
def test_ls_names_all_and_nothing_else(place):
    wanted = {f"name{number}.txt" for number in range(120)} | {".hidden", "folder", "empty"}
    for name in wanted - {"folder", "empty"}:
        place.remote(f"d/{name}")
    (place.area / "d/folder").mkdir()
    (place.area / "empty").mkdir()
    place.own()
    assert sorted(place.do(("ls", "d")).names) == sorted(wanted - {"empty"})
    assert place.do(("ls", "empty")).names == []


@needs("stat")
def test_stat_tells_size_mode_and_type(place):
    place.remote("file", 12_345, mode=0o640)
    (place.area / "folder").mkdir(mode=0o751)
    place.own()
    assert place.do(("stat", "file")).attributes == {"size": 12_345, "mode": 0o640, "type": "file"}
    found = place.do(("stat", "folder")).attributes
    assert (found["mode"], found["type"]) == (0o751, "directory")


@needs("rename")
def test_rename(place):
    place.remote("old", b"content")
    place.do(("rename", "old", "new"))
    assert tree_of(place.area) == {"new": b"content"}


@needs("mkdir", "rmdir")
def test_folders_come_and_go(place):
    place.do(("mkdir", "one"), ("mkdir", "two"), ("mkdir", "one/inner"))
    assert tree_of(place.area) == {"one": None, "one/inner": None, "two": None}
    place.do(("rmdir", "two"), ("rmdir", "one/inner"))
    assert tree_of(place.area) == {"one": None}


@needs("rm")
def test_rm(place):
    place.remote("one")
    place.remote("two")
    place.do(("rm", "one"))
    assert tree_of(place.area) == {"two": b""}


@needs("chmod")
def test_chmod(place):
    path = place.remote("file")
    for mode in ("600", "755"):
        place.do(("chmod", mode, "file"))
        assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)


@needs("symlink")
def test_symlink_holds_the_text_given(place):
    place.remote("file", b"behind")
    place.do(("symlink", "file", "link"))
    assert os.readlink(place.area / "link") == "file"


@needs("readlink")
def test_readlink(place):
    place.remote("sub/file")
    (place.area / "link").symlink_to("sub/file")
    place.own()
    assert place.do(("readlink", "link")).link == "sub/file"


@needs("hardlink")
def test_hardlink(place):
    path = place.remote("old", b"content")
    place.do(("hardlink", "old", "new"))
    assert path.stat().st_ino == (place.area / "new").stat().st_ino


@needs("copy")
def test_copy_within_the_server(place):
    path = place.remote("old", 70_000)
    place.do(("copy", "old", "new"))
    assert (place.area / "new").read_bytes() == path.read_bytes()
    assert path.stat().st_ino != (place.area / "new").stat().st_ino


@needs("statvfs")
def test_statvfs_prints_figures(place):
    place.remote("file")
    assert any(letter.isdigit() for letter in place.do(("statvfs", "file")).output)


@needs("put_fsync")
def test_put_with_fsync(place):
    path = place.file(70_000)
    place.do(("put_fsync", path, "file"))
    assert (place.area / "file").read_bytes() == path.read_bytes()


@needs("put_times")
def test_put_keeps_times_and_permissions(place):
    path = place.file(500)
    os.utime(path, (1_000_000_000, 1_100_000_000))
    path.chmod(0o640)
    place.do(("put_times", path, "file"))
    found = (place.area / "file").stat()
    assert (place.area / "file").read_bytes() == path.read_bytes()
    assert (int(found.st_mtime), stat.S_IMODE(found.st_mode)) == (1_100_000_000, 0o640)


@needs("get_times")
def test_get_keeps_times_and_permissions(place):
    path, copy = place.remote("file", 500, mode=0o640), place.local / "copy"
    os.utime(path, (1_000_000_000, 1_100_000_000))
    place.do(("get_times", "file", copy))
    assert copy.read_bytes() == path.read_bytes()
    found = copy.stat()
    assert (int(found.st_mtime), stat.S_IMODE(found.st_mode)) == (1_100_000_000, 0o640)


@needs("chmod_link")
def test_chmod_of_a_link_leaves_its_target_alone(place):
    """Linux keeps no permissions of links: a server may refuse, but must not follow."""
    path = place.remote("file", mode=0o644)
    (place.area / "link").symlink_to("file")
    place.own()
    assert place.client().run_steps([("chmod_link", "600", "link")]).state in ("ok", "remote-error")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@needs("exec")
def test_exec_returns_what_the_command_prints(place):
    assert place.do(("exec", "echo one; echo two")).output == "one\ntwo\n"
    assert place.client().run_steps([("exec", "exit 3")]).state == "remote-error"


@needs("put_tree")
def test_put_tree(place):
    wanted = make_tree(place.local / "tree")
    place.do(("put_tree", place.local / "tree", "copy"))
    assert tree_of(place.area / "copy") == wanted


@needs("get_tree")
def test_get_tree(place):
    wanted = make_tree(place.area / "tree")
    place.own()
    place.do(("get_tree", "tree", place.local / "copy"))
    assert tree_of(place.local / "copy") == wanted


@needs("resume_put")
def test_resumed_put_sends_only_the_rest(place):
    """What is there already differs from the original, so that a resend would show."""
    path = place.file(100_000)
    place.remote("file", b"A" * 40_000)
    place.do(("resume_put", path, "file"))
    assert (place.area / "file").read_bytes() == b"A" * 40_000 + path.read_bytes()[40_000:]


@needs("resume_get")
def test_resumed_get_fetches_only_the_rest(place):
    path, copy = place.remote("file", 100_000), place.file(b"A" * 40_000)
    place.do(("resume_get", "file", copy))
    assert copy.read_bytes() == b"A" * 40_000 + path.read_bytes()[40_000:]


# --- names ---


def check_names(place, names, listing=True):
    """Puts, lists, gets, and deletes below names that a careless client would take for patterns."""
    path, verbs = place.file(b"content"), place.kind.verbs
    decoys = {"starX": b"x", "questX": b"x", "seta": b"x"}
    for name, content in decoys.items():
        place.remote(name, content)
    wanted = {**decoys, **{name: b"content" for name in names}}
    if "put" in verbs:
        place.do(*[("put", path, name) for name in names])
        assert tree_of(place.area) == wanted
    for name in names:
        place.remote(name, b"content")
    if "ls" in verbs and listing:
        assert sorted(place.do(("ls", "")).names) == sorted(wanted)
    if "get" in verbs:
        copies = [place.local / f"copy{number}" for number in range(len(names))]
        place.do(*[("get", name, copy) for name, copy in zip(names, copies)])
        assert [copy.read_bytes() for copy in copies] == [b"content"] * len(names)
    if "rm" in verbs:
        place.do(*[("rm", name) for name in names])
        assert tree_of(place.area) == decoys


@needs("space")
def test_names_with_spaces(place):
    check_names(place, NAMES["space"])


@needs("utf8")
def test_names_in_utf8(place):
    check_names(place, NAMES["utf8"])


@needs("newline")
def test_names_with_newline(place):
    check_names(place, NAMES["newline"], listing=False)


@needs("newline", "ls")
def test_names_with_newline_are_listed(place):
    for name in NAMES["newline"]:
        place.remote(name)
    assert place.do(("ls", "")).names == NAMES["newline"]


@needs("bytes")
def test_names_that_are_no_utf8(place):
    check_names(place, NAMES["bytes"], listing=False)


@needs("bytes", "ls")
def test_names_that_are_no_utf8_are_listed_as_they_are(place):
    for name in NAMES["bytes"]:
        place.remote(name)
    assert place.do(("ls", "")).names == NAMES["bytes"]


@needs("glob")
def test_names_that_look_like_patterns(place):
    check_names(place, NAMES["glob"])


# --- errors ---


def any_step(place):
    """A step that succeeds, with the first verb that the client has."""
    if "exec" in place.kind.verbs and place.kind.service == "exec":
        return ("exec", "true")
    place.remote("there", b"content")
    if "get" in place.kind.verbs:
        return ("get", "there", place.local / "any")
    return ("ls", "")


def state_of(place, step, **changes):
    result = place.client(**changes).run_steps([step])
    print(result)
    assert result.reason or result.ok
    return result.state


@needs("get")
def test_a_missing_file_is_a_remote_error(place):
    assert state_of(place, ("get", "nowhere", place.local / "x")) == "remote-error"
    assert not (place.local / "x").exists() or (place.local / "x").stat().st_size == 0


@needs("put")
def test_a_missing_folder_is_a_remote_error(place):
    assert state_of(place, ("put", place.file(10), "nowhere/x")) == "remote-error"


@needs("rm")
def test_rm_of_a_missing_file_is_a_remote_error(place):
    assert state_of(place, ("rm", "nowhere")) == "remote-error"


@needs("ls")
def test_ls_of_a_missing_folder_is_a_remote_error(place):
    assert state_of(place, ("ls", "nowhere")) == "remote-error"


@needs("key")
def test_a_wrong_key_is_an_auth_error(place):
    wrong = place.keys[1].pairs[place.kind.key_types[0]]
    assert state_of(place, any_step(place), key=wrong) == "auth"


def test_a_closed_port_is_a_connect_error(place):
    assert state_of(place, any_step(place), port=free_port()) == "connect"


@needs("hostkey")
def test_a_wrong_host_key_is_a_hostkey_error(place):
    wrong = tuple(pair.public_line for pair in place.keys[1].pairs.values())
    assert state_of(place, any_step(place), host_keys=wrong) == "hostkey"


def test_an_unknown_verb_is_unsupported(place):
    with pytest.raises(Unsupported):
        place.client().perform([("frobnicate", "x")])
    with pytest.raises(Unsupported):
        place.client().run_steps([("frobnicate", "x")])


# --- other features ---


@needs("key")
def test_every_key_type_claimed_logs_in(place):
    for kind in place.kind.key_types:
        if kind in COMMON_TYPES:  # the others have scenarios, with servers that are told to take them
            place.do(any_step(place), key=place.keys[0].pairs[kind])


def negotiated(place, **changes):
    """The server's record of the session of one step."""
    before = len(place.server.records())
    place.do(any_step(place), **changes)
    return place.server.records()[before:][-1]


@needs("algorithms")
def test_algorithms_are_those_asked_for(place):
    usual = Algorithms(
        kex="ecdh-sha2-nistp384", host_key="ecdsa-sha2-nistp256", cipher="aes192-ctr", mac="hmac-sha2-512"
    )
    wanted = OLDER.get(place.kind.name, usual)
    found = negotiated(place, algorithms=wanted).negotiated
    names = [found.get(name) for name in ("kex", "host_key", "cipher_in", "mac_in")]
    assert names == [wanted.kex, wanted.host_key, wanted.cipher, wanted.mac]


@needs("compression")
def test_compression_is_spoken_when_asked_for(place):
    if place.server.name == "sftpd-lite":
        pytest.skip("skipped: sftpd-lite offers no compression")
    assert "zlib" in negotiated(place, algorithms=Algorithms(compression=True)).negotiated["compression_in"]
    assert negotiated(place, algorithms=Algorithms(compression=False)).negotiated["compression_in"] == "none"


@needs("rekey", "put")
def test_keys_are_renewed_when_asked_for(place):
    before = len(place.server.records())
    place.do(("put", place.file(400_000), "file"), rekey_bytes=100_000)
    assert place.server.records()[before:][-1].rekeys > 0


@needs("version")
def test_the_sftp_version_is_the_one_asked_for(place):
    highest = 6 if place.server.name == "proftpd" else 3
    for version in (3, 4):
        found = negotiated(place, sftp_version=version)
        assert found.sftp_version == min(version, highest)


@needs("password")
def test_a_password_logs_in_and_a_wrong_one_does_not(place):
    if place.server.name == "sshd":
        pytest.skip("skipped: sshd knows the passwords of system accounts only")
    place.do(any_step(place), user=PASSWORD_USER, password=PASSWORD)
    wrong = state_of(place, any_step(place), user=PASSWORD_USER, password="wrong")
    assert wrong == "auth"


@needs("ipv6")
def test_ipv6(place, servers):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError as error:
            pytest.skip(f"skipped: no ::1 here: {error}")
    other = servers(place.server.name, "::1")
    there = other.root / place.area.name
    step = any_step(place)
    shutil.copytree(place.area, there, dirs_exist_ok=True)
    give(*([] if other.name == "sshd" else [there]))
    Place(place.kind, other, place.keys, place.local, there).do(step)


def test_a_silent_server_is_a_timeout(place):
    """Nothing may wait for ever, neither the program nor the driver."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = place.client(seconds=1.5, port=silent.getsockname()[1])
        assert client.run_steps([any_step(place)]).state == "timeout"
