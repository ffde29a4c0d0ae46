"""SFTP 1 to 6 over the subsystem, on real files: every request, whole and cut, with handles that are stale."""

import os
import struct

import pytest
from conftest import need
from helpers import snapshot, succeeded

from interop import raw_sftp as sftp
from interop.clients import OpenSshSftp
from interop.programs import give
from interop.raw_sftp import RawSftp, string
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

LINK, BLOCK, UNBLOCK = 21, 22, 23
OP_UNSUPPORTED, INVALID_HANDLE, FILE_ALREADY_EXISTS, LOCK_CONFLICT = 8, 9, 11, 17
LINK_LOOP, RANGE_REFUSED, NO_MATCHING_LOCK = 21, 26, 31
READ_DATA, WRITE_DATA = 1, 2
CREATE_NEW, CREATE_TRUNCATE, OPEN_EXISTING = 0, 1, 2
TEXT_MODE, LOCK_READ, LOCK_WRITE, ADVISORY, NOFOLLOW, DELETE_ON_CLOSE = 0x20, 0x40, 0x80, 0x200, 0x400, 0x800
VERSIONS = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def root(scratch):
    folder = scratch / "root"
    folder.mkdir()
    (folder / "a").write_bytes(b"0123456789")
    (scratch / "secret").write_bytes(b"outside")
    os.symlink("../secret", folder / "out")
    give(folder)
    before = snapshot_outside(scratch)
    yield folder
    assert snapshot_outside(scratch) == before, "something outside the root was changed"


def snapshot_outside(scratch):
    """What lies beside the root; the folder itself has other times when the root has another name."""
    return (scratch / "secret").read_bytes(), sorted(os.listdir(scratch))


@pytest.fixture
def speak(root):
    """speak(version): a session that speaks it."""
    need(SftpdLite)
    sessions = []

    def go(version):
        sessions.append(RawSftp([binary(), "--subsystem", "--root", root]).hello(version))
        assert sessions[-1].version == version
        return sessions[-1]

    yield go
    for session in sessions:
        session.close()


def attributes(version, mode=None):
    """ATTRS with at most a mode."""
    head = struct.pack(">I", 0 if mode is None else 4)
    kind = b"\1" if version >= 4 else b""
    return head + kind + (b"" if mode is None else struct.pack(">I", mode))


def how(version, access=READ_DATA, flags=OPEN_EXISTING, pflags=1):
    """What stands between path and attributes of OPEN."""
    return struct.pack(">II", access, flags) if version >= 5 else struct.pack(">I", pflags)


def open_file(session, path="/a", access=READ_DATA | WRITE_DATA, flags=OPEN_EXISTING, pflags=3):
    version = session.version
    return session.request(sftp.OPEN, string(path), how(version, access, flags, pflags), attributes(version))


def all_requests(version, handle):
    """(type, body, lengths at which it may end early) of each request that the version has."""
    flags = struct.pack(">I", 1) if version >= 4 else b""
    early = {4} if version >= 4 else set()
    whole = attributes(version, 0o600)
    requests = [
        (sftp.OPEN, string("/a") + how(version) + whole, set()),
        (sftp.READ, string(handle) + struct.pack(">QI", 0, 5), set()),
        (sftp.WRITE, string(handle) + struct.pack(">Q", 0) + string(b"0123"), set()),
        (sftp.LSTAT, string("/a") + flags, early),
        (sftp.FSTAT, string(handle) + flags, early),
        (sftp.STAT, string("/a") + flags, early),
        (sftp.SETSTAT, string("/a") + whole, set()),
        (sftp.FSETSTAT, string(handle) + whole, set()),
        (sftp.OPENDIR, string("/"), set()),
        (sftp.READDIR, string(handle), set()),
        (sftp.REMOVE, string("/none"), set()),
        (sftp.MKDIR, string("/d/none") + whole, set()),
        (sftp.RMDIR, string("/none"), set()),
        (sftp.REALPATH, string("/a/..") + (b"\1" + string("x") if version == 6 else b""), {6, 5} if version == 6 else set()),
        (sftp.CLOSE, string(handle), set()),
    ]
    if version >= 2:
        rename = struct.pack(">I", 0) if version >= 5 else b""
        requests.append((sftp.RENAME, string("/none") + string("/other") + rename, {4} if version >= 5 else set()))
    if version >= 3:
        requests.append((sftp.READLINK, string("/out"), set()))
        requests.append((sftp.EXTENDED, string("fsync@openssh.com") + string(handle), set()))
        requests.append((sftp.EXTENDED, string("statvfs@openssh.com") + string("/"), set()))
    if 3 <= version <= 5:
        requests.append((sftp.SYMLINK, string("x") + string("/d/l"), set()))
    if version == 6:
        lock = struct.pack(">QQ", 0, 5)
        requests.append((LINK, string("/d/l") + string("x") + b"\1", set()))
        requests.append((BLOCK, string(handle) + lock + struct.pack(">I", ADVISORY | LOCK_WRITE), set()))
        requests.append((UNBLOCK, string(handle) + lock, set()))
    return requests


@pytest.mark.parametrize("version", VERSIONS)
def test_each_request_cut_at_each_byte(speak, root, version):
    """Surplus and cut packets get an answer each; what is not whole does nothing."""
    session = speak(version)
    before = snapshot(root)
    handle = open_file(session).handle
    asked = 0
    for kind, body, early in all_requests(version, handle):
        for size in range(len(body)):
            asked += 1
            status = session.request(kind, body[:size]).status
            if len(body) - size not in early:
                assert status == sftp.BAD_MESSAGE, (kind, size, len(body), status)
    assert asked > 200
    assert {path: about[4] for path, about in snapshot(root).items()} == {
        path: about[4] for path, about in before.items()
    }
    assert session.request(sftp.REALPATH, string("/")).kind == sftp.NAME


@pytest.mark.parametrize("version", VERSIONS)
def test_each_number_wrong(speak, version):
    session = speak(version)
    handle = open_file(session).handle
    for kind, body, _ in all_requests(version, handle):
        if kind == sftp.CLOSE:
            continue
        for at in range(len(body) - 3):
            for value in (0, 0x7FFFFFFF, 0xFFFFFFFF):
                session.request(kind, body[:at] + struct.pack(">I", value) + body[at + 4 :])
    assert session.request(sftp.CLOSE, string(handle)).status == 0
    assert session.request(sftp.REALPATH, string("/")).kind == sftp.NAME
    assert len(os.listdir(f"/proc/{session.process.pid}/fd")) < 200


@pytest.mark.parametrize("version", VERSIONS)
def test_handles_that_are_stale(speak, root, version):
    session = speak(version)
    handle = open_file(session).handle
    assert session.request(sftp.CLOSE, string(handle)).status == 0
    expected = INVALID_HANDLE if version >= 4 else sftp.FAILURE
    of_handles = (sftp.READ, sftp.WRITE, sftp.FSTAT, sftp.FSETSTAT, sftp.READDIR, sftp.CLOSE, BLOCK, UNBLOCK)
    for kind, body, _ in all_requests(version, handle):
        if kind in of_handles:
            assert session.request(kind, body).status == expected, kind
    assert (root / "a").read_bytes() == b"0123456789"


@pytest.mark.parametrize("version", (5, 6))
def test_what_open_can_do(speak, root, version):
    session = speak(version)
    assert open_file(session, flags=CREATE_NEW).status == FILE_ALREADY_EXISTS
    handle = open_file(session, "/new", flags=CREATE_NEW | TEXT_MODE).handle
    for piece in (b"one\n", b"two\n"):  # offsets mean nothing
        assert session.request(sftp.WRITE, string(handle), struct.pack(">Q", 99), string(piece)).status == 0
    assert (root / "new").read_bytes() == b"one\ntwo\n"
    assert session.request(sftp.EXTENDED, string("text-seek"), string(handle), struct.pack(">Q", 1)).status == 0
    assert session.request(sftp.READ, string(handle), struct.pack(">QI", 0, 100)).data == b"two\n"
    assert open_file(session, flags=OPEN_EXISTING | LOCK_READ).status == OP_UNSUPPORTED
    if version == 6:
        assert open_file(session, "/out", flags=OPEN_EXISTING | NOFOLLOW).status == LINK_LOOP
        once = open_file(session, "/once", flags=CREATE_TRUNCATE | DELETE_ON_CLOSE).handle
        assert (root / "once").exists()
        session.request(sftp.CLOSE, string(once))
        assert not (root / "once").exists()


def test_locks_bind_other_sessions(speak):
    """Record locks of the system: another process that asks is refused."""
    one, two = speak(6), speak(6)
    mine, theirs = open_file(one).handle, open_file(two).handle
    alone = struct.pack(">I", ADVISORY | LOCK_READ | LOCK_WRITE)

    def block(session, handle, start, length):
        return session.request(BLOCK, string(handle), struct.pack(">QQ", start, length), alone).status

    assert block(one, mine, 0, 5) == 0
    assert block(two, theirs, 4, 1) == RANGE_REFUSED
    assert block(two, theirs, 5, 5) == 0
    assert one.request(UNBLOCK, string(mine), struct.pack(">QQ", 0, 4)).status == NO_MATCHING_LOCK
    assert one.request(UNBLOCK, string(mine), struct.pack(">QQ", 0, 5)).status == 0
    assert block(two, theirs, 0, 5) == 0
    one.request(sftp.CLOSE, string(mine))
    locked = OPEN_EXISTING | ADVISORY | LOCK_READ | LOCK_WRITE
    assert open_file(one, flags=locked).status == LOCK_CONFLICT
    two.close()  # locks die with the handle
    assert open_file(one, flags=locked).kind == sftp.HANDLE


def test_another_version_is_selected(speak):
    session = speak(3)
    assert session.extensions["versions"] == b"2,3,4,5,6"
    both = session.encode(sftp.EXTENDED, string("version-select") + string("6"))[0]
    both += session.encode(LINK, string("/l") + string("a") + b"\1")[0]
    session.write_all(both)
    assert session.receive().status == 0
    assert session.receive().status == 0
    session.request(sftp.EXTENDED, string("version-select"), string("3"))  # too late
    with pytest.raises((sftp.RawSftpError, BrokenPipeError)):
        session.request(sftp.REALPATH, string("/"))


def test_names_in_another_encoding(make_server, make_client, random_file):
    """What clients write in UTF-8 lies here in Latin-1; what that cannot say is refused."""
    server = make_server(options=["-o", "UseEncoding ISO-8859-1 UTF-8"])
    client = make_client(OpenSshSftp, server)
    succeeded(client.put(random_file(10), "caf\u00e9"))
    assert os.listdir(os.fsencode(server.root)) == [b"caf\xe9"]
    assert not client.put(random_file(10), "\u20ac").ok
    assert os.listdir(os.fsencode(server.root)) == [b"caf\xe9"]
