"""Every adapter does what it claims, with the real program against three servers.

    pytest interop/tests/test_adapters.py --client psftp --server sshd

Each verb is judged by what lies on the server's or the client's disk afterwards, never by what the
program says; each class of errors by an error of that kind; each feature by a use of it.
"""

import functools
import os
import shutil
import socket
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from interop import clients
from interop.clients import Algorithms, Unsupported
from interop.keys import KEY_TYPES, make_key
from interop.programs import give, new_folder
from interop.servers import Proftpd, SftpdLite, Sshd
from interop.servers.base import free_port
from interop.servers.settings import Settings
from interop.servers.settings import Settings

SERVERS = {"sftpd-lite": SftpdLite, "sshd": Sshd, "proftpd": Proftpd}
# What a server offers to clients. proftpd has no shell, only an scp of its own.
SERVICES = {
    "sftpd-lite": {"sftp"},
    "sshd": {"sftp", "scp", "exec"},
    "proftpd": {"sftp", "scp"},
}
MORE = {"sshd": {"lines": ("MaxStartups 100",)}, "proftpd": {"lines": ("AllowStoreRestart on",)}}
PASSWORD = "correct horse battery"
PASSWORD_USER = "bob"
# What a server has no request for, in the version that its clients speak.
SERVER_LACKS = {"proftpd": {"copy", "chmod_link"}}
# What fails and is no fault of the adapter: {(test, client, server): reason}, None for all.
KNOWN = {
    ("test_symlink_holds_the_text_given", "asyncssh", "proftpd"): (
        "asyncssh 2.10.1 gives the arguments in the draft's order to every server but OpenSSH's; "
        "mod_sftp 1.1.1 takes them as OpenSSH does"
    ),
    ("test_symlink_holds_the_text_given", "lftp", "proftpd"): (
        "lftp 4.9.2 speaks SFTP 6, in which mod_sftp 1.1.1 makes a link to the whole path"
    ),
    ("test_keys_are_renewed_when_asked_for", "asyncssh", "proftpd"): (
        "asyncssh 2.10.1 sends IGNORE while keys are renewed; mod_sftp 1.1.1 takes that for a breach of "
        "strict key exchange, which is about the first exchange only"
    ),
    ("test_readlink", None, "proftpd"): "mod_sftp 1.1.1 answers with the whole path",
    **{
        ("test_put_tree", client, "proftpd"): (
            "OpenSSH 9.2p1 asks for the REALPATH of the folder that it is about to make; "
            "mod_sftp 1.1.1 answers that there is no such file"
        )
        for client in ("openssh-sftp", "openssh-scp", "dbclient")
    },
    **{
        (f"test_names_{test}", client, "proftpd"): (
            "mod_sftp 1.1.1 hands the command to no shell, so that quoted names stay quoted"
        )
        for test in ("with_spaces", "with_newline", "that_look_like_patterns")
        for client in ("openssh-scp-legacy", "pscp-scp", "curl-scp")
    },
    **{
        ("test_names_that_are_no_utf8_are_listed_as_they_are", client, None): (
            "PuTTY 0.78 leaves out of a listing what its own character set cannot show"
        )
        for client in ("psftp", "pscp")
    },
    **{
        ("test_names_with_newline_are_listed", client, None): (
            "names of a listing are lines, pscp 0.78 and curl 7.88.1 escape nothing"
        )
        for client in ("pscp", "curl")
    },
    **{
        ("test_symlink_holds_the_text_given", client, server): (
            f"{client} gives the arguments in the draft's order to every server but OpenSSH's; "
            f"{server} takes them as OpenSSH does"
        )
        for client in ("phpseclib2", "phpseclib3")
        for server in ("sftpd-lite", "proftpd")
    },
    **{
        (test, "net-sftp", "proftpd"): (
            "mod_sftp 1.1.1 makes the text of a link absolute, of a new one in SFTP 6 too"
        )
        for test in ("test_symlink_holds_the_text_given", "test_readlink")
    },
    ("test_readlink", "winscp-profile", "proftpd"): "mod_sftp 1.1.1 makes the text of a link absolute",
    **{
        ("test_hardlink", "net-sftp", server): "net-sftp 4.0.0 has hard links in SFTP 6 only"
        for server in ("sftpd-lite", "sshd")
    },
    **{
        ("test_symlink_holds_the_text_given", "libssh", server): (
            "libssh 0.10.6 gives the arguments in the draft's order to every server but OpenSSH's"
        )
        for server in ("sftpd-lite", "proftpd")
    },
    ("test_every_key_type_claimed_logs_in", "libssh", "proftpd"): (
        "libssh 0.10.6 signs with an RSA key and SHA-2 only where the server says that it can; "
        "mod_sftp 1.1.1 does not announce server-sig-algs"
    ),
    ("test_a_missing_folder_is_a_remote_error", "rclone", None): "rclone 1.60.1 makes the folder first",
    **{
        (test, "sshfs", "proftpd"): (
            "mod_sftp 1.1.1 answers LSTAT of a link with what it points to, so that Linux sees no link"
        )
        for test in ("test_symlink_holds_the_text_given", "test_readlink")
    },
    **{
        ("test_symlink_holds_the_text_given", "ssh2-sftp-client", server): (
            "ssh2 1.17.0 gives the arguments in the draft's order to every server but OpenSSH's"
        )
        for server in ("sftpd-lite", "proftpd")
    },
}
# What to ask of clients that are older than the algorithms that the others are asked for.
OLDER = {
    "phpseclib2": Algorithms(
        kex="curve25519-sha256@libssh.org",
        host_key="rsa-sha2-512",
        cipher="aes192-ctr",
        mac="hmac-sha2-256",
    ),
    "jsch": Algorithms(
        kex="ecdh-sha2-nistp384",
        host_key="ecdsa-sha2-nistp256",
        cipher="aes192-ctr",
        mac="hmac-sha2-256",
    ),
}
NAMES = {
    "space": ["one two", " around "],
    "utf8": ["Grüße_東京_🙂"],
    "newline": ["line\nbreak"],
    "bytes": [os.fsdecode(b"raw\xfe\xff\x80")],
    "glob": ["star*", "quest?", "set[ab]", "back\\slash", 'quo"te', "it's"],
}


def pytest_generate_tests(metafunc):
    """One test for each client with the verbs and features asked for, and each server."""
    if "client_kind" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("needs")
    wanted = marker.args if marker else ()
    only = metafunc.config.getoption("--client") or [kind.name for kind in clients.ALL]
    kinds = [
        kind
        for kind in clients.ALL
        if kind.name in only and {*kind.verbs, *kind.features}.issuperset(wanted)
    ]
    servers = metafunc.config.getoption("--server") or SERVERS
    test = metafunc.function.__name__
    cases = [
        pytest.param(kind, name, id=f"{kind.name}-{name}", marks=known(test, kind.name, name))
        for kind in kinds
        for name in servers
        if service_of(kind, wanted) in SERVICES[name] and not SERVER_LACKS.get(name, set()) & {*wanted}
    ]
    metafunc.parametrize(("client_kind", "server_name"), cases)


def known(test, client, server):
    """The expected failure, if it is one."""
    ways = ((test, client, server), (test, client, None), (test, None, server))
    reason = next((KNOWN[way] for way in ways if way in KNOWN), None)
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def service_of(kind, wanted):
    """What the server must offer: the client's own protocol, or a command's execution."""
    return "exec" if "exec" in wanted else kind.service


def needs(*wanted):
    """The test is for clients that have all these verbs and features."""
    return pytest.mark.needs(*wanted)


@functools.cache
def detection(kind):
    return kind.detect()


class KeyRing:
    """The public keys of one user, one of each type; what servers take for a key."""

    def __init__(self, folder):
        self.pairs = {kind: make_key(folder, f"user-{kind}", kind) for kind in KEY_TYPES}
        self.public = folder / "user.pub"
        self.public.write_text("".join(pair.public.read_text() for pair in self.pairs.values()))
        self.private = self.pairs["ed25519"].private
        self.ppk = self.pairs["ed25519"].ppk

    @property
    def rfc4716(self):
        return "".join(pair.rfc4716 for pair in self.pairs.values())


@pytest.fixture(scope="session")
def keys():
    """A ring of keys that every server accepts, and one of keys that none accepts."""
    folder = new_folder("ssh2core-keys-")
    rings = []
    for name in ("right", "wrong"):
        (folder / name).mkdir()
        rings.append(KeyRing(folder / name))
    yield rings
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(keys):
    """servers(name) is the running server of that name; each is started once."""
    folder = new_folder()
    running = {}

    def get(name, host="127.0.0.1"):
        kind = SERVERS[name]
        if detection(kind).missing:
            pytest.skip(f"skipped: {detection(kind).missing}")
        if (name, host) not in running:
            settings = Settings(
                host=host,
                passwords=None if name == "sshd" else {PASSWORD_USER: PASSWORD},
                compression=None if name == "sftpd-lite" else ("none", "zlib@openssh.com"),
            )
            place = folder / f"{name}{len(running)}"
            server = kind(place, key=keys[0], settings=settings, **MORE.get(name, {}))
            give(server.root)
            server.start()
            running[name, host] = server
        return running[name, host]

    yield get
    for server in running.values():
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Place:
    """A client, a server, a folder that both see and one that only the client sees."""

    kind: type
    server: object
    keys: list
    local: Path
    area: Path  # on the server's disk; remote names are below it

    def client(self, seconds=30, **changes):
        """The client in a HOME of its own; changes are Target's fields."""
        if changes.get("password") is None:
            changes.setdefault("key", self.keys[0].pairs[self.kind.key_types[0]])
        target = self.server.target(**changes)
        base = os.path.join(target.base, self.area.name)
        target = type(target)(**{**vars(target), "base": base})
        return self.kind(target, self.local / f"home-{uuid.uuid4().hex[:6]}", seconds=seconds)

    def file(self, content, name=None):
        """A local file with these bytes, or with so many random ones."""
        path = self.local / (name or f"file-{uuid.uuid4().hex[:6]}")
        path.write_bytes(os.urandom(content) if isinstance(content, int) else content)
        return path

    def remote(self, name, content=b"", mode=0o644):
        """A file on the server's disk."""
        path = self.area / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(os.urandom(content) if isinstance(content, int) else content)
        path.chmod(mode)
        self.own()
        return path

    def own(self):
        """The account that the server works under owns all that was made so far."""
        if not isinstance(self.server, Sshd):
            give(self.area)

    def do(self, *steps, **changes):
        """Carries the steps out with success."""
        result = self.client(**changes).run_steps(list(steps))
        assert result.ok, str(result)
        return result


@pytest.fixture
def place(client_kind, server_name, servers, keys):
    if detection(client_kind).missing:
        pytest.skip(f"skipped: {detection(client_kind).missing}")
    server = servers(server_name)
    local = new_folder("ssh2core-client-")
    area = server.root / uuid.uuid4().hex[:8]
    area.mkdir()
    here = Place(client_kind, server, keys, local, area)
    here.own()
    yield here
    shutil.rmtree(local, ignore_errors=True)
    shutil.rmtree(area, ignore_errors=True)


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
        place.do(any_step(place), key=place.keys[0].pairs[kind])


def negotiated(place, **changes):
    """The server's record of the session of one step."""
    before = len(place.server.records())
    place.do(any_step(place), **changes)
    return place.server.records()[before:][-1]


@needs("algorithms")
def test_algorithms_are_those_asked_for(place):
    wanted = Algorithms(
        kex="ecdh-sha2-nistp384", host_key="ecdsa-sha2-nistp256", cipher="aes192-ctr", mac="hmac-sha2-512"
    )
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
