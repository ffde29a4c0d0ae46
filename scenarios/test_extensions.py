"""Extensions of SFTP on real files: digests as coreutils and mod_sftp have them, copies, space, extended
attributes, and the directive that switches them. The requests byte by byte are in libssh2core/tests/sftp."""

import hashlib
import os
import struct
import threading
import time
import zlib

import paramiko
import pytest
from conftest import need

from interop import raw_sftp as sftp
from interop.programs import give
from interop.raw_sftp import RawSftp, string
from interop.servers import Proftpd, SftpdLite
from interop.servers.sftpd_lite import binary, events_in

OP_UNSUPPORTED, FILE_ALREADY_EXISTS, INVALID_PARAMETER = 8, 11, 23
NAMES = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")


@pytest.fixture
def root(scratch):
    folder = scratch / "root"
    folder.mkdir()
    (folder / "a").write_bytes(os.urandom(700_000))
    (folder / "empty").write_bytes(b"")
    give(folder)
    return folder


@pytest.fixture
def speak(root):
    """speak(version, word, ...): a session of the subsystem."""
    need(SftpdLite)
    sessions = []

    def go(version=3, *words):
        sessions.append(RawSftp([binary(), "--subsystem", "--root", root, *words]).hello(version))
        return sessions[-1]

    yield go
    for session in sessions:
        session.close()


def extended(session, name, *parts):
    return session.request(sftp.EXTENDED, string(name), *parts)


def check(session, path, names, start=0, length=0, block=0):
    """The algorithm and the digests of check-file-name, or a status."""
    reply = extended(session, "check-file-name", string(path), string(names), struct.pack(">QQI", start, length, block))
    if reply.kind == sftp.STATUS:
        return reply.status
    size = struct.unpack_from(">I", reply.body)[0]
    return reply.body[4 : 4 + size].decode(), reply.body[4 + size :]


def digests(name, data, block=0):
    block = block or max(len(data), 1)
    pieces = [data[at : at + block] for at in range(0, max(len(data), 1), block)]
    if name == "crc32":
        return b"".join(struct.pack(">I", zlib.crc32(piece)) for piece in pieces)
    return b"".join(hashlib.new(name, piece).digest() for piece in pieces)


@pytest.mark.parametrize("name", [*NAMES, "crc32"])
def test_digests(speak, root, name):
    session = speak()
    data = (root / "a").read_bytes()
    assert check(session, "/a", name) == (name, digests(name, data))
    assert check(session, "/empty", name) == (name, digests(name, b""))
    for start, length, block in ((1000, 0, 0), (3, 500_000, 0), (600_000, 200_000, 65536), (0, 0, 262_145), (5, 601, 300)):
        part = data[start : start + length] if length else data[start:]
        assert check(session, "/a", name, start, length, block) == (name, digests(name, part, block))


def test_digests_like_mod_sftp(make_server, root, speak, scratch):
    """Where mod_sftp 1.3.8 is right: ranges that end before the file does, and blocks, come out wrong there."""
    server = make_server(Proftpd, root=root, lines=["SFTPExtensions +checkFile"])
    os.chmod(root / "a", 0o644)
    argv = ["ssh", "-F", "none", "-p", server.port, "-i", server.key.private, "-l", server.user]
    argv += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={scratch}/hosts", "-o", "IdentitiesOnly=yes"]
    ours = speak()
    with RawSftp([*map(str, argv), server.host, "-s", "sftp"]).hello(3) as theirs:
        for names in ("sha256", "md5", "none,sha1,md5"):
            for rest in ((), (7, 0), (699_990, 0)):
                assert check(ours, "/a", names, *rest) == check(theirs, root / "a", names, *rest), (names, rest)


def login(server):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    key = paramiko.Ed25519Key.from_private_key_file(str(server.key.private))
    client.connect(server.host, server.port, server.users[0], pkey=key, allow_agent=False, look_for_keys=False)
    return client


def test_paramiko_checks(make_server, root):
    """SFTPFile.check() asks for `check-file`, which nobody else serves in its shape."""
    server = make_server(root=root)
    data = (root / "a").read_bytes()
    with login(server) as client, client.open_sftp() as files, files.open("a") as file:
        assert file.check("sha1") == hashlib.sha1(data).digest()
        assert file.check("md5", 1000, 5000) == hashlib.md5(data[1000:6000]).digest()
        assert file.check("sha256", block_size=65536) == digests("sha256", data, 65536)
        with pytest.raises(OSError, match="256"):
            file.check("md5", block_size=100)


def test_a_long_digest_holds_nobody_up(make_server, root):
    """While a file that seems huge is hashed, another channel of the connection is served."""
    with open(root / "huge", "wb") as file:
        file.truncate(1 << 40)  # half an hour of sha512
    server = make_server(root=root, options=["-o", "TimeoutIdle 3"])
    with login(server) as client:
        slow, quick = client.open_sftp(), client.open_sftp()

        def hash_it():
            try:
                with slow.open("huge") as file:
                    file.check("sha512")
            except (OSError, EOFError, paramiko.SSHException):
                pass  # the connection ends before

        thread = threading.Thread(target=hash_it, daemon=True)
        thread.start()
        time.sleep(1)
        began = time.monotonic()
        for _ in range(5):
            assert quick.stat("huge").st_size == 1 << 40
        assert time.monotonic() - began < 5
        time.sleep(4)  # more than TimeoutIdle: a session that works is not idle
        assert quick.stat("a").st_size == 700_000
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()


def test_copies(speak, root):
    def copy(source, target, overwrite):
        return extended(session, "copy-file", string(source), string(target), struct.pack(">B", overwrite)).status

    session = speak(6)
    os.chmod(root / "a", 0o640)
    assert copy("/a", "/b", 0) == 0
    assert (root / "b").read_bytes() == (root / "a").read_bytes()
    assert os.stat(root / "b").st_mode & 0o777 == 0o640
    assert copy("/empty", "/b", 0) == FILE_ALREADY_EXISTS
    assert copy("/b", "/b", 1) == INVALID_PARAMETER
    os.symlink("b", root / "link")
    assert copy("/b", "/link", 1) == INVALID_PARAMETER
    assert copy("/empty", "/link", 1) == 0
    assert (root / "b").read_bytes() == b""
    assert (root / "link").is_symlink()
    os.symlink("../outside", root / "out")
    assert copy("/a", "/out", 1) == 0  # `/` is its own parent
    assert copy("/a", "/../../b", 1) == 0
    assert sorted(os.listdir(root)) == ["a", "b", "empty", "link", "out", "outside"]
    assert sorted(os.listdir(root.parent)) == ["root"]
    assert copy("/a", "/none/b", 0) == sftp.NO_SUCH_FILE


def test_space(speak, root):
    reply = extended(speak(), "space-available", string("/"))
    device, unused, for_user, unused_for_user, unit = struct.unpack(">QQQQI", reply.body)
    about = os.statvfs(root)
    assert device == about.f_blocks * about.f_frsize
    assert unit == about.f_frsize
    assert unused_for_user <= unused <= device
    assert for_user <= device


def takes_xattrs(path):
    try:
        os.setxattr(path, "user.probe", b"x")
        os.removexattr(path, "user.probe")
    except OSError as problem:
        pytest.skip(f"skipped: no extended attributes here: {problem}")


def test_extended_attributes(speak, root):
    takes_xattrs(root / "a")
    session = speak(3, "-o", "SFTPExtensions +xattr")
    path = string("/a")
    assert session.extensions["xattr@proftpd.org"] == b"1"
    flags = struct.pack(">I", 0)
    assert extended(session, "setxattr@proftpd.org", path, string("user.n"), string(b"v\0w"), flags).status == 0
    assert os.getxattr(root / "a", "user.n") == b"v\0w"
    most = struct.pack(">I", 65536)
    assert extended(session, "getxattr@proftpd.org", path, string("user.n"), most).body == string(b"v\0w")
    assert extended(session, "getxattr@proftpd.org", path, string("user.n"), struct.pack(">I", 2)).status == sftp.FAILURE
    assert extended(session, "getxattr@proftpd.org", path, string("user.n"), struct.pack(">I", 0)).status == sftp.FAILURE
    assert extended(session, "listxattr@proftpd.org", path).body == struct.pack(">I", 1) + string("user.n")
    for name in ("system.posix_acl_access", "security.capability", "trusted.x", "n"):
        assert extended(session, "setxattr@proftpd.org", path, string(name), string("x"), flags).status == OP_UNSUPPORTED
        assert extended(session, "getxattr@proftpd.org", path, string(name), most).status == OP_UNSUPPORTED
        assert extended(session, "removexattr@proftpd.org", path, string(name)).status == OP_UNSUPPORTED
    assert os.listxattr(root / "a") == ["user.n"]
    assert extended(session, "removexattr@proftpd.org", path, string("user.n")).status == 0
    assert os.listxattr(root / "a") == []
    plain = speak()
    assert "xattr@proftpd.org" not in plain.extensions
    assert extended(plain, "listxattr@proftpd.org", path).status == OP_UNSUPPORTED
    # A read-only session tells and changes nothing.
    reading = speak(3, "-o", "SFTPExtensions +xattr", "-R")
    assert extended(reading, "listxattr@proftpd.org", path).body == struct.pack(">I", 0)
    assert extended(reading, "setxattr@proftpd.org", path, string("user.n"), string("x"), flags).status != 0
    assert os.listxattr(root / "a") == []


def test_switched_off(speak):
    session = speak(3, "-o", "SFTPExtensions -CHECKFILE -copyFile +vendorID")
    assert not {"check-file", "copy-file"} & set(session.extensions)
    assert session.extensions["vendor-id"].startswith(string("ssh2core") + string("sftpd-lite"))
    assert check(session, "/a", "md5") == OP_UNSUPPORTED
    assert extended(session, "check-file", string("x")).status == OP_UNSUPPORTED
    assert extended(session, "copy-file", string("/a"), string("/b"), b"\0").status == OP_UNSUPPORTED
    assert extended(session, "nonsense@example.com").status == OP_UNSUPPORTED
    assert extended(session, "copy-data").status == sftp.BAD_MESSAGE  # that is served
    assert session.request(sftp.REALPATH, string(".")).kind == sftp.NAME


def test_switched_by_user(make_server, root, scratch):
    """The directive is looked up after the login; a narrower section begins anew."""
    path = scratch / "conf"
    lines = ["SFTPEngine on", "SFTPExtensions -checkFile -versionSelect"]
    path.write_text("\n".join([*lines, "<IfUser bob>", "SFTPExtensions -copyFile", "</IfUser>"]) + "\n")
    path.chmod(0o644)
    server = make_server(root=root, options=["--config", path], users=("alice", "bob"))

    def announced(user):
        argv = ["ssh", "-F", "none", "-p", server.port, "-i", server.key.private, "-l", user]
        argv += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={scratch}/hosts"]
        with RawSftp([*map(str, argv), server.host, "-s", "sftp"]).hello(3) as session:
            return {"check-file", "copy-file", "versions"} & set(session.extensions)

    assert announced("alice") == {"copy-file"}
    assert announced("bob") == {"check-file", "versions"}


def test_what_a_client_says_of_itself(root):
    need(SftpdLite)
    argv = [binary(), "--subsystem", "--root", root, "-e", "--json", "--log-level", "debug"]
    log = root.parent / "events"
    with open(log, "wb") as out, RawSftp(argv, stderr=out).hello(3) as session:
        parts = [string(text) for text in ("Martin Prikryl", "WinSCP", "5.21")]
        assert extended(session, "vendor-id", *parts, struct.pack(">Q", 12345)).status == 0
    told = [one for one in events_in(log.read_text()) if one.get("event") == "vendor_id"]
    assert told, log.read_text()
    assert (told[0]["product"], told[0]["version"], told[0]["build"]) == ("WinSCP", "5.21", 12345)
