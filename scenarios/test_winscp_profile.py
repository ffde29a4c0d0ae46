"""The WinSCP profile sends what it is meant to send, seen by servers that write everything down.

The facts are those of docs/interop-winscp.md. Two observers: a socket that sees the part in the
clear, and a server that keeps every message (sftp_observer.py).
"""

import os
import socket
import threading
import time

import paramiko
import pytest
from conftest import SERVERS
from helpers import same, snapshot, succeeded
from sftp_observer import Observer, read_packet

from interop.clients import Target
from interop.clients.winscp_profile import WinScpProfile
from interop.keys import KeyPair, make_key
from interop.process import run
from interop.programs import give
from interop.servers.sftpd_lite import binary

OPEN, CLOSE, READ, WRITE, LSTAT, SETSTAT, OPENDIR, READDIR = 3, 4, 5, 6, 7, 9, 11, 12
REMOVE, REALPATH, STAT, RENAME, READLINK, SYMLINK, LINK, EXTENDED = 13, 16, 17, 18, 19, 20, 21, 200
SUBSYSTEM = [str(binary()), "--subsystem"]
KEXINIT, USERAUTH_REQUEST, CHANNEL_OPEN, CHANNEL_REQUEST = 20, 50, 90, 98


@pytest.fixture
def observe(scratch):
    """observe(steps, **settings) plays the steps against a new Observer and returns it, the Result
    and the SFTP packets of the last channel behind INIT."""

    def go(steps, changes=None, **settings):
        (folder := scratch / f"observer{len(os.listdir(scratch))}").mkdir()
        observer = Observer(folder, **settings)
        client = WinScpProfile(observer.target(base(scratch), **(changes or {})), folder / "home")
        result = succeeded(client.run_steps(steps))
        return observer, result, observer.channels[-1][1:]

    binary = WinScpProfile.detect()
    if binary.missing:
        pytest.skip(f"skipped: {binary.missing}")
    return go


def base(scratch):
    (folder := scratch / "base").mkdir(exist_ok=True)
    return folder


def kinds(packets):
    """The types in order, those in a row once."""
    found = []
    for packet in packets:
        if found[-1:] != [packet.kind]:
            found.append(packet.kind)
    return found


def work(packets):
    """The packets behind the start of a session, which ends with REALPATH and LSTAT of the base."""
    at = [packet.kind for packet in packets].index(LSTAT) + 1
    return packets[at:]


def offered():
    """WinSCP's lists: {list: [(name, whether it is sent)]}."""
    lists = {}
    for line in run([WinScpProfile.binary(), "--offer"]).stdout.splitlines():
        kind, name, what = line.split()
        lists.setdefault(kind, []).append((name, what == "sent"))
    return lists


def sent(kind):
    return [name for name, is_sent in offered()[kind] if is_sent]


# --- the part in the clear ---


def meet(scratch, **changes):
    """What comes before we say anything, and the payload of KEXINIT that comes behind our line."""
    if WinScpProfile.detect().missing:
        pytest.skip(f"skipped: {WinScpProfile.detect().missing}")
    key = KeyPair(scratch / f"key{time.monotonic_ns()}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target("127.0.0.1", listener.getsockname()[1], "ann", key=key, **changes)
        client = WinScpProfile(target, scratch / "home")
        thread = threading.Thread(target=client.ls, args=("",))
        thread.start()
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(0.5)
            line = connection.recv(4096)
            with pytest.raises(TimeoutError):
                connection.recv(4096)
            connection.settimeout(10)
            connection.sendall(b"SSH-2.0-Observer_1.0\r\n")
            with connection.makefile("rb") as stream:
                packet = read_packet(stream.read)
        thread.join(20)
    padding = packet[4]
    return line, packet[5 : len(packet) - padding]


def test_it_names_itself_at_once_and_sends_kexinit_behind_the_servers_name(scratch):
    line, payload = meet(scratch)
    assert line == b"SSH-2.0-WinSCP_release_6.6.3\r\n"
    message = paramiko.Message(payload)
    assert message.get_byte() == bytes([KEXINIT])
    message.get_bytes(16)
    lists = [message.get_list() for _ in range(10)]
    markers = ["ext-info-c", "kex-strict-c-v00@openssh.com"]
    assert lists[0] == sent("kex") + markers
    assert lists[1] == sent("host_key")
    assert lists[2] == lists[3] == sent("cipher")
    assert lists[4] == lists[5] == sent("mac")
    assert lists[6] == lists[7] == sent("compression")
    assert lists[8] == lists[9] == [""]
    assert not message.get_boolean() and message.get_int() == 0


def test_types_of_known_host_keys_come_first(scratch):
    rsa = make_key(scratch, "rsa", "rsa")
    _, payload = meet(scratch, host_keys=(rsa.public_line,))
    message = paramiko.Message(payload[17:])
    message.get_list()
    order = message.get_list()
    assert order[:2] == ["rsa-sha2-512", "rsa-sha2-256"]
    assert sorted(order) == sorted(sent("host_key"))


def test_the_lists_are_kept_whole_and_in_winscps_order():
    if WinScpProfile.detect().missing:
        pytest.skip(f"skipped: {WinScpProfile.detect().missing}")
    lists = {kind: [name for name, _ in names] for kind, names in offered().items()}
    assert {kind: len(names) for kind, names in lists.items()} == {
        "kex": 22, "host_key": 9, "cipher": 16, "mac": 10, "compression": 3,
    }  # fmt: skip
    assert lists["cipher"][0] == "aes256-ctr"
    assert lists["kex"][5:7] == ["curve448-sha512", "curve25519-sha256"]
    for kind, least in (("kex", 8), ("host_key", 6), ("cipher", 6), ("mac", 4), ("compression", 1)):
        assert len(sent(kind)) >= least


# --- login and channel ---


def auth_requests(observer):
    found = []
    for message in observer.of(USERAUTH_REQUEST):
        assert message.get_text() == "ann" and message.get_text() == "ssh-connection"
        method = message.get_text()
        found.append((method, message.get_boolean()) if method == "publickey" else method)
    return found


def test_none_then_the_key_without_and_with_a_signature(observe):
    observer, _, _ = observe([("ls", "")])
    assert auth_requests(observer) == ["none", ("publickey", False), ("publickey", True)]


def test_none_then_the_password(observe):
    observer, _, _ = observe([("ls", "")], {"key": None, "password": "secret"}, methods="password")
    assert auth_requests(observer) == ["none", "password"]


def test_a_key_that_nobody_asked_for_is_not_shown(scratch, observe):
    folder = scratch / "observer"
    folder.mkdir()
    observer = Observer(folder, methods="password")
    result = WinScpProfile(observer.target("/"), folder / "home").ls("")
    assert (result.state, auth_requests(observer)) == ("auth", ["none"])


def test_the_channel_is_a_simple_one_with_the_largest_window(observe):
    observer, _, _ = observe([("ls", "")])
    [opened] = observer.of(CHANNEL_OPEN)
    assert opened.get_text() == "session"
    opened.get_int()
    assert (opened.get_int(), opened.get_int()) == (0x7FFFFFFF, 0x4000)
    requests = []
    for message in observer.of(CHANNEL_REQUEST):
        message.get_int()
        requests.append((message.get_text(), message.get_boolean()))
    assert requests == [("simple@putty.projects.tartarus.org", False), ("subsystem", True)]


# --- SFTP ---


@pytest.mark.parametrize(
    ("software", "version"),
    [("Observer_1.0", 3), ("OpenSSH_9.2p1", 6), ("Sun_SSH_2.4", 6), ("mod_sftp", 6), ("x_FlowSsh: y", 6)],
)
def test_the_version_asked_for_goes_by_the_servers_name(observe, software, version):
    observer, _, _ = observe([("ls", "")], software=software)
    assert [packets[0].body.get_int() for packets in observer.channels] == [version]


def only(packets, kind):
    (packet,) = [packet for packet in packets if packet.kind == kind]
    return packet.body


@pytest.mark.parametrize(("software", "control"), [("OpenSSH_9.2p1", 3), ("mod_sftp/1.1.1", 2)])
def test_what_version_6_adds(observe, random_file, software, control):
    steps = [("put", random_file(3000), "f"), ("rename", "f", "g"), ("symlink", "g", "l")]
    _, _, packets = observe(steps, software=software, server=SUBSYSTEM)
    asked = [packet.body for packet in packets if packet.kind == REALPATH]
    assert [(body.get_string(), body.get_byte(), body.get_remainder())[1:] for body in asked] == [
        (bytes([control]), b"")
    ] * 2
    lstat = packets[[packet.kind for packet in packets].index(LSTAT)].body
    assert (lstat.get_string(), lstat.get_int())[1] == 0xAD  # size, mode, times, owner and group
    opened = only(packets, OPEN)
    # Access WRITE_DATA and APPEND_DATA; CREATE_TRUNCATE; the allocation size of a regular file.
    assert opened.get_string().endswith(b"/f")
    assert [opened.get_int() for _ in range(3)] == [6, 1, 0x400]
    assert (opened.get_byte(), opened.get_int64(), opened.get_remainder()) == (b"\x01", 3000, b"")
    renamed = only(work(packets), RENAME)
    assert (renamed.get_string(), renamed.get_string(), renamed.get_int())[2] == 0
    linked = only(packets, LINK)
    assert linked.get_string().endswith(b"/l") and linked.get_string() == b"g"
    assert linked.get_boolean()


@pytest.mark.parametrize("version", [4, 5, 6])
def test_later_versions_do_what_3_does(observe, scratch, random_file, version):
    back = scratch / "back"
    big = random_file(300_000)
    (base(scratch) / "tree" / "inner").mkdir(parents=True)
    (base(scratch) / "tree" / "inner" / "file").write_bytes(b"content")
    steps = [("put", big, "f"), ("get", "f", back), ("get_tree", "tree", scratch / "tree"),
             ("mkdir", "d"), ("chmod", "750", "d"), ("stat", "d"), ("ls", "")]
    observer, result, _ = observe(steps, {"sftp_version": version}, server=SUBSYSTEM)
    assert [packets[0].body.get_int() for packets in observer.channels] == [version]
    same(big, back)
    assert (scratch / "tree" / "inner" / "file").read_bytes() == b"content"
    assert result.attributes["type"] == "directory" and result.attributes["mode"] == 0o750
    assert sorted(result.names) == ["d", "f", "tree"]


def test_sftp_max_version_is_kept(observe):
    observer, _, _ = observe([("ls", "")], {"sftp_version": 3}, software="OpenSSH_9.2p1")
    assert [packets[0].body.get_int() for packets in observer.channels] == [3]


def test_what_is_left_out_is_said(observe):
    _, result, _ = observe([("ls", "")])
    missing = [name for names in offered().values() for name, is_sent in names if not is_sent]
    assert bool(missing) == any("left out of KEXINIT" in note for note in result.notes)
    assert all(name in result.notes[0] for name in missing)


def test_ids_are_a_counter_and_the_type(observe, random_file):
    _, _, packets = observe([("put", random_file(400_000), "f"), ("ls", "")])
    assert [packet.request & 0xFF for packet in packets] == [packet.kind for packet in packets]
    assert [packet.request >> 8 for packet in packets] == list(range(len(packets)))


def test_a_session_begins_with_what_the_server_announces_then_home_then_the_folder(observe, scratch):
    told = [("limits@openssh.com", "1"), ("vendor-id", "x")]
    for extensions in ((), told):
        _, _, packets = observe([], extensions=extensions)
        names = [packet.body.get_text() for packet in packets]
        ways = [EXTENDED, EXTENDED] if extensions else []
        assert [packet.kind for packet in packets] == [*ways, REALPATH, REALPATH, LSTAT]
        assert names == [name for name, _ in extensions] + [".", str(base(scratch)), str(base(scratch))]


def test_a_listing_reads_on_and_looks_behind_links(observe, scratch):
    (base(scratch) / "target").write_text("x")
    (base(scratch) / "link").symlink_to("target")
    _, result, packets = observe([("ls", "")])
    assert sorted(result.names) == ["link", "target"]
    assert kinds(work(packets)) == [OPENDIR, READDIR, CLOSE, READLINK, STAT]


def test_a_large_upload_goes_by_way_of_a_filepart(observe, scratch, random_file):
    original = random_file(4_000_000)
    os.utime(original, (1_100_000_000, 1_200_000_000))
    (base(scratch) / "f").write_text("old")
    _, _, packets = observe([("put", original, "f")], patience=0.05)
    packets = work(packets)
    assert kinds(packets) == [LSTAT, OPEN, WRITE, CLOSE, REMOVE, RENAME, SETSTAT]
    path = str(base(scratch) / "f")
    looked_at = [packet.body.get_text() for packet in packets if packet.kind == LSTAT]
    assert looked_at == [path, path + ".filepart"]
    [opened] = [packet.body for packet in packets if packet.kind == OPEN]
    assert opened.get_text() == path + ".filepart"
    assert (opened.get_int(), opened.get_int(), opened.get_int64()) == (0x1A, 1, 4_000_000)
    assert under_way(packets, WRITE) == 64
    assert same(original, base(scratch) / "f")
    assert int((base(scratch) / "f").stat().st_mtime) == 1_200_000_000


def test_nothing_is_removed_where_nothing_was(observe, random_file):
    _, _, packets = observe([("put", random_file(102_401), "f")])
    assert kinds(work(packets)) == [LSTAT, OPEN, WRITE, CLOSE, RENAME, SETSTAT]


def test_a_small_upload_does_not_wait_for_its_close(observe, scratch, random_file):
    _, _, packets = observe([("put", random_file(102_400), "f")], patience=0.05)
    packets = work(packets)
    assert kinds(packets) == [OPEN, WRITE, CLOSE, SETSTAT]
    close, setstat = packets[-2:]
    assert close.answered == setstat.answered
    assert packets[0].body.get_text() == str(base(scratch) / "f")


def test_a_download_keeps_32_reads_under_way_and_larger_ones_later(observe, scratch):
    (base(scratch) / "f").write_bytes(os.urandom(5_000_000))
    told = [("limits@openssh.com", "1")]
    copy = scratch / "copy"
    _, _, packets = observe([("get", "f", copy)], patience=0.05, extensions=told)
    assert same(copy, base(scratch) / "f")
    packets = work(packets)
    assert kinds(packets) == [LSTAT, OPEN, READ, CLOSE]
    sizes = []
    for packet in packets:
        if packet.kind == READ:
            packet.body.get_string(), packet.body.get_int64()
            sizes.append(packet.body.get_int())
    assert sizes[:32] == [32768] * 32 and max(sizes) > 32768
    assert under_way(packets, READ) == 32


def under_way(packets, kind):
    """The most packets of a kind that came without an answer going out between them."""
    rounds = [packet.answered for packet in packets if packet.kind == kind]
    return max(rounds.count(value) for value in rounds)


@pytest.mark.parametrize(
    ("software", "target_first"), [("Observer_1.0", False), ("OpenSSH_9", True), ("mod_sftp", True)]
)
def test_links_are_made_in_the_order_of_the_server(observe, scratch, software, target_first):
    """The sftp-server behind has OpenSSH's order: in the draft's the link and its text change places."""
    target, link = str(scratch / "target"), str(scratch / "link")
    _, _, packets = observe([("symlink", target, link)], software=software)
    [made] = [packet.body for packet in packets if packet.kind == SYMLINK]
    assert [made.get_text(), made.get_text()] == ([target, link] if target_first else [link, target])


# --- against real servers ---


@pytest.mark.parametrize("name", SERVERS)
def test_every_verb(make_server, make_client, scratch, random_file, name):
    server = make_server(SERVERS[name])
    if name != "sftpd-lite":
        os.chown(server.root, os.getuid(), os.getgid())  # these serve the caller
    small, large = random_file(5_000), random_file(300_000)
    tree = scratch / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner/f").write_bytes(b"in a folder")
    result = make_client(WinScpProfile, server).run_steps(
        [("mkdir", "d"), ("put", small, "d/small"), ("put", large, "d/large"), ("put", large, "d/large"),
         ("get", "d/small", scratch / "small2"), ("get", "d/large", scratch / "large2"),
         ("rename", "d/small", "d/other"), ("chmod", "600", "d/other"), ("symlink", "other", "d/link"),
         ("readlink", "d/link"), ("put_tree", tree, "d/tree"), ("get_tree", "d/tree", scratch / "tree2"),
         ("mkdir", "gone"), ("rmdir", "gone"), ("rm", "d/link"), ("stat", "d/other"), ("ls", "d")]
    )  # fmt: skip
    succeeded(result)
    assert same(small, scratch / "small2") and same(large, scratch / "large2")
    assert sorted(result.names) == ["large", "other", "tree"]
    assert result.attributes == {"size": 5_000, "mode": 0o600, "type": "file"}
    assert os.path.basename(result.link) == "other"
    assert (scratch / "tree2/inner/f").read_bytes() == b"in a folder"
    found = {os.path.relpath(path, server.root) for path in snapshot(server.root)}
    assert found == {".", "d", "d/large", "d/other", "d/tree", "d/tree/inner", "d/tree/inner/f"}


@pytest.fixture
def client(lite, make_client):
    return make_client(WinScpProfile, lite)


def test_the_server_sees_a_part_file_renamed(lite, client, random_file):
    succeeded(client.put(random_file(200_000), "f"))
    files = [(event["op"], event["path"]) for event in lite.wait_event("file", 3)]
    assert files == [("write", "/f.filepart"), ("rename", "/f.filepart"), ("set_attributes", "/f")]


def test_an_upload_goes_on_with_the_part_file_of_an_earlier_one(lite, client, random_file):
    original = random_file(300_000)
    lite.root.joinpath("f.filepart").write_bytes(b"A" * 100_000)
    give(lite.root)
    succeeded(client.resume_put(original, "f"))
    assert (lite.root / "f").read_bytes() == b"A" * 100_000 + original.read_bytes()[100_000:]
    assert lite.wait_event("file")[0]["bytes"] == 200_000
    assert not (lite.root / "f.filepart").exists()


def test_a_download_goes_on_with_the_part_file_of_an_earlier_one(lite, client, scratch):
    whole = os.urandom(300_000)
    lite.root.joinpath("f").write_bytes(whole)
    (scratch / "copy.filepart").write_bytes(b"A" * 100_000)
    succeeded(client.resume_get("f", scratch / "copy"))
    assert (scratch / "copy").read_bytes() == b"A" * 100_000 + whole[100_000:]
    assert lite.wait_event("file")[0]["bytes"] == 200_000
    assert not (scratch / "copy.filepart").exists()


def test_a_rekey_in_the_middle_harms_nothing(lite, make_client, random_file):
    original = random_file(3_000_000)
    succeeded(make_client(WinScpProfile, lite, rekey_bytes=500_000).put(original, "f"))
    assert same(original, lite.root / "f")
    assert len(lite.wait_event("rekey", 3)) >= 3


def test_a_host_key_that_is_not_known_is_refused(lite, make_client, scratch):
    other = make_key(scratch, "other")
    result = make_client(WinScpProfile, lite, host_keys=(other.public_line,)).ls("")
    assert result.state == "hostkey", str(result)
