"""What test_adapters.py stands on: servers, keys, a place to work in, and the failures that are known."""

import functools
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from interop import clients
from interop.clients import Algorithms
from interop.keys import COMMON_TYPES, make_key
from interop.programs import give, new_folder
from interop.servers import Proftpd, SftpdLite, Sshd
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
        ("test_symlink_holds_the_text_given", client, "proftpd"): (
            f"{client} gives the arguments in the draft's order to every server but OpenSSH's; "
            "mod_sftp takes them as OpenSSH does"
        )
        for client in ("phpseclib2", "phpseclib3")
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
    ("test_symlink_holds_the_text_given", "libssh", "proftpd"): (
        "libssh 0.10.6 gives the arguments in the draft's order to every server but OpenSSH's"
    ),
    ("test_a_missing_folder_is_a_remote_error", "rclone", None): "rclone 1.60.1 makes the folder first",
    **{
        (test, "sshfs", "proftpd"): (
            "mod_sftp 1.1.1 answers LSTAT of a link with what it points to, so that Linux sees no link"
        )
        for test in ("test_symlink_holds_the_text_given", "test_readlink")
    },
    ("test_symlink_holds_the_text_given", "ssh2-sftp-client", "proftpd"): (
        "ssh2 1.17.0 gives the arguments in the draft's order to every server but OpenSSH's"
    ),
}
KNOWN |= {
    (test, "erlang", "proftpd"): (
        "ssh_sftp of ssh 4.15.2 in SFTP 6: list_dir waits for ever after mod_sftp 1.1.1's first names"
    )
    for test in (
        "test_ls_names_all_and_nothing_else",
        "test_names_with_spaces",
        "test_names_with_newline_are_listed",
        "test_names_in_utf8",
        "test_names_that_look_like_patterns",
    )
}
KNOWN |= {
    ("test_the_sftp_version_is_the_one_asked_for", client, "proftpd"): (
        f"{client} leaves the type byte out of OPEN in SFTP 4; mod_sftp 1.1.1 ends the connection"
    )
    for client in ("erlang", "phpseclib2", "phpseclib3")
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
        self.pairs = {kind: make_key(folder, f"user-{kind}", kind) for kind in COMMON_TYPES}
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
