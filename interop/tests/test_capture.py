"""The tap and its captures: bytes go through unchanged, captures hold them, faults do what they say."""

import itertools
import socket
import struct
import threading
import time

import pytest

from interop.capture import kexinit, pcap
from interop.capture.faults import Harm
from interop.capture.tap import Fault, Tap
from interop.capture.witness import agree, from_streams, witness

CLIENT, SERVER = ("127.0.0.1", 1111), ("127.0.0.1", 22)


def packet(payload, padding=None):
    """An unencrypted packet (RFC 4253 section 6)."""
    padding = padding or 4 + (-(len(payload) + 9)) % 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def kexinit_payload(**lists):
    names = {"kex": "k1", "host_key_algorithms": "h1", "ciphers": "c1", "macs": "m1", "compression": "none"}
    names |= lists
    for one in ("ciphers", "macs", "compression"):
        names.setdefault(f"{one}_out", names[one])
    order = "kex host_key_algorithms ciphers ciphers_out macs macs_out compression compression_out".split()
    texts = [names[one].encode() for one in order] + [b"", b""]
    return bytes([20]) + bytes(16) + b"".join(struct.pack(">I", len(t)) + t for t in texts) + bytes(5)


def stream(line=b"SSH-2.0-x\r\n", **lists):
    return line + packet(kexinit_payload(**lists)) + packet(bytes([30]) + bytes(36)) + packet(bytes([21]))


# pcap


@pytest.mark.parametrize("addresses", [("127.0.0.1", "127.0.0.1"), ("::1", "::1")], ids=["ipv4", "ipv6"])
def test_a_capture_gives_back_both_streams(scratch, addresses):
    path = scratch / "one.pcap"
    writer = pcap.PcapWriter(path, (addresses[0], 40000), (addresses[1], 22))
    up, down = bytes(range(256)) * 400, b"answer" * 20000
    writer.data("up", up[:70000])
    writer.data("down", down)
    writer.data("up", up[70000:])
    writer.finish("up")
    writer.finish("down")
    writer.close()
    (found,) = pcap.read(path)
    assert (found.client, found.server) == ((addresses[0], 40000), (addresses[1], 22))
    assert bytes(found.up.data) == up
    assert bytes(found.down.data) == down
    assert found.up.finished and found.down.finished


def test_every_checksum_is_right(scratch):
    path = scratch / "one.pcap"
    writer = pcap.PcapWriter(path, CLIENT, SERVER)
    for size in (0, 1, 2, 3, 40000):
        writer.data("up", b"\xff" * size)
    writer.reset("down")
    writer.close()
    data, at, count = path.read_bytes(), 24, 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        ip = data[at + 16 : at + 16 + size]
        assert pcap.checksum(ip[:20]) in (0, 0xFFFF)
        tcp = ip[20:]
        assert pcap.checksum(ip[12:20] + struct.pack(">HH", 6, len(tcp)) + tcp) in (0, 0xFFFF)
        at += 16 + size
        count += 1
    assert count == 3 + 1 + 1 + 1 + 2 + 1  # opening, four pieces of which one is halved, RST


def test_checksum_of_the_rfc():
    """The example of RFC 1071 section 3: the sum is ddf2."""
    assert pcap.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_segments_are_put_in_order():
    one = pcap.Stream(bytearray())
    one.take(0xFFFFFFFA, 2, b"", None)  # SYN; the numbers wrap
    one.take(0x00000000, 16, b"fgh", None)
    one.take(0xFFFFFFFB, 16, b"abcde", None)
    one.take(0xFFFFFFFB, 16, b"abcdefghij", None)  # sent again, and more
    assert bytes(one.data) == b"abcdefghij"


def test_what_is_no_capture_is_refused(scratch):
    path = scratch / "x"
    for content in (b"", b"hello", bytes(100)):
        path.write_bytes(content)
        with pytest.raises(pcap.PcapError):
            pcap.read(path)


def test_a_capture_cut_anywhere_is_read_as_far_as_it_goes(scratch):
    path = scratch / "x"
    writer = pcap.PcapWriter(path, CLIENT, SERVER)
    writer.data("up", b"hello")
    writer.close()
    whole = path.read_bytes()
    for size in range(24, len(whole)):
        path.write_bytes(whole[:size])
        found = pcap.read(path)
        assert not found or bytes(found[0].up.data) in (b"", b"hello")


# KEXINIT


def test_negotiation_takes_the_clients_first_that_the_server_has():
    seen = from_streams(
        stream(
            kex="ext-info-c,kA,kB",
            ciphers="c1,c2",
            ciphers_out="c2,c1",
            macs="m3,m2",
            compression="zlib,none",
        ),
        stream(kex="kB,kA,ext-info-c", ciphers="c2,c1", ciphers_out="c1", macs="m1,m2,m3"),
    )
    assert seen["kex"] == "kA"
    assert (seen["cipher_in"], seen["cipher_out"]) == ("c1", "c1")
    assert (seen["mac_in"], seen["compression_in"]) == ("m3", "none")
    assert seen["strict_kex"] is False
    assert seen["client_offer"]["kex"] == ("ext-info-c", "kA", "kB")


def test_an_aead_cipher_has_no_mac():
    name = "aes256-gcm@openssh.com"
    seen = from_streams(stream(ciphers=f"{name},c1", ciphers_out="c1"), stream(ciphers=f"{name},c1"))
    assert (seen["mac_in"], seen["mac_out"]) == ("", "m1")


def test_strict_kex_needs_both_sides():
    ours, theirs = f"k1,{kexinit.STRICT_CLIENT}", f"k1,{kexinit.STRICT_SERVER}"
    assert from_streams(stream(kex=ours), stream(kex=theirs))["strict_kex"] is True
    assert from_streams(stream(kex=ours), stream())["strict_kex"] is False
    assert from_streams(stream(kex=theirs), stream(kex=ours))["strict_kex"] is False


def test_nothing_in_common_is_none():
    seen = from_streams(stream(ciphers="c1"), stream(ciphers="c2"))
    assert seen["cipher_in"] is None and seen["kex"] == "k1"


def test_lines_before_the_identification_are_read_over():
    seen = from_streams(stream(), stream(line=b"Welcome\r\n" * 3 + b"SSH-2.0-y\n"))
    assert seen["server_version"] == "SSH-2.0-y"


def test_no_truncation_or_flip_upsets_the_witness():
    whole = stream()
    for size in range(len(whole)):
        from_streams(whole[:size], whole)
    for at in range(len(whole)):
        from_streams(whole, whole[:at] + bytes([whole[at] ^ 0x81]) + whole[at + 1 :])


def test_agree_tells_each_difference():
    capture = from_streams(stream(ciphers="c1"), stream(ciphers="c1"))
    said = {"kex": "k1", "cipher_in": "c1", "mac_in": "m1"}
    assert agree(said, capture) == []
    differences = agree({**said, "cipher_in": "c9", "strict_kex": True}, capture)
    assert len(differences) == 2 and "'c9'" in differences[0] and "'c1'" in differences[0]


# Faults, as functions of the bytes


def through(fault, data, sizes):
    """What becomes of data that comes in pieces of these sizes, and how often the fault fired."""
    fired = []
    harm = Harm(fault, lambda: fired.append(1))
    out, at, cut = b"", 0, None
    for size in itertools.cycle(sizes):
        if at >= len(data) or cut:
            break
        done = harm.take(data[at : at + size])
        out += b"".join(done.pieces)
        cut = done.cut
        at += size
    return out, len(fired), cut


DATA = bytes(range(100))


@pytest.mark.parametrize("sizes", [(100,), (1,), (7, 3)], ids=str)
@pytest.mark.parametrize(
    "fault, expected",
    [
        (Fault("flip", at=0), bytes([1]) + DATA[1:]),
        (Fault("flip", at=50), DATA[:50] + bytes([51]) + DATA[51:]),
        (Fault("flip", at=99), DATA[:99] + bytes([98])),
        (Fault("insert", at=0, bytes="xy"), b"xy" + DATA),
        (Fault("insert", at=14, bytes=b"xy"), DATA[:14] + b"xy" + DATA[14:]),
        (Fault("drop", at=5, size=20), DATA[:5] + DATA[25:]),
        (Fault("cut", at=10), DATA[:10]),
        (Fault("cut", at=0), b""),
        (Fault("segments", at=0, size=30), DATA),
        (Fault("stall", at=3, seconds=0), DATA),
    ],
    ids=lambda one: f"{one.kind}-{one.at}" if isinstance(one, Fault) else "",
)
def test_a_fault_does_the_same_however_the_bytes_come(fault, expected, sizes):
    out, fired, cut = through(fault, DATA, sizes)
    assert out == expected and fired == 1
    assert cut == ("fin" if fault.kind == "cut" else None)


@pytest.mark.parametrize("kind", ["flip", "insert", "drop", "segments", "stall"])
def test_a_fault_beyond_the_end_never_fires(kind):
    out, fired, _ = through(Fault(kind, at=100, bytes=b"x"), DATA, (9,))
    assert out == DATA and fired == 0


def test_a_cut_at_the_very_end_fires():
    assert through(Fault("cut", at=100, reset=True), DATA, (9,)) == (DATA, 1, "rst")


@pytest.mark.parametrize("sizes", [(1000,), (1,), (13,)], ids=str)
def test_after_newkeys_counts_from_behind_that_packet(sizes):
    head = b"hello\r\n" + stream()
    out, fired, _ = through(Fault("flip", at=2, after_newkeys=True), head + DATA, sizes)
    assert out == head + DATA[:2] + bytes([3]) + DATA[3:] and fired == 1


def test_after_newkeys_never_fires_where_there_is_none():
    for data in (DATA * 30, stream()[:-1], b"SSH-2.0-x\n" + b"\xff" * 3000):
        assert through(Fault("flip", after_newkeys=True), data, (50,))[1] == 0


def test_segments_are_single_bytes():
    done = Harm(Fault("segments", at=2, size=3), lambda: None).take(b"abcdefg")
    assert done.pieces == [b"ab", b"c", b"d", b"e", b"fg"]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "melt"}, {"kind": "cut", "at": -1}, {"kind": "flip", "direction": "in"}, {"kind": "insert"}],
    ids=str,
)
def test_a_fault_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        Fault(**wrong)


# The tap, over sockets


class Peer:
    """A server that answers each connection with what `talk(socket)` says."""

    def __init__(self, talk, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.host, self.port = host, self._listener.getsockname()[1]
        self._talk = talk
        self.results = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with connection:
            try:
                self.results.append(self._talk(connection))
            except OSError as error:
                self.results.append(error)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read_all(connection):
    parts = []
    while piece := connection.recv(1 << 16):
        parts.append(piece)
    return b"".join(parts)


def echo_after_end(connection):
    """Reads until the client has no more to say, then sends it all back."""
    data = read_all(connection)
    connection.sendall(data)
    return data


def dial(tap):
    connection = socket.create_connection((tap.host, tap.port), timeout=10)
    return connection


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_bytes_and_half_close_go_through(scratch, host):
    data = bytes(range(256)) * 8192
    with Peer(echo_after_end, host) as peer, Tap(host, peer.port, scratch) as tap:
        with dial(tap) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == data
        (path,) = tap.captures()
        (found,) = pcap.read(path)
        assert bytes(found.up.data) == data and bytes(found.down.data) == data
        assert found.server == (host, peer.port)
        assert not tap.fired and tap.open_connections == 0


def test_each_connection_has_a_capture(scratch):
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch) as tap:
        clients = [dial(tap) for _ in range(8)]
        for number, client in enumerate(clients):
            client.sendall(b"number %d" % number)
        for client in reversed(clients):
            client.shutdown(socket.SHUT_WR)
            read_all(client)
            client.close()
        seen = [bytes(pcap.read(path)[0].up.data) for path in tap.captures()]
        assert seen == [b"number %d" % number for number in range(8)]


def test_a_mebibyte_takes_less_than_50_ms(scratch):
    data = bytes(1 << 20)
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch) as tap:
        times = []
        for _ in range(5):
            with dial(tap) as client:
                started = time.monotonic()
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                assert len(read_all(client)) == len(data)
                times.append(time.monotonic() - started)
        assert min(times) < 0.1, times  # both ways; the machine may be busy with other tests


def test_a_slow_reader_slows_the_sender_down(scratch):
    """What nobody reads stays with the sender: the tap keeps one piece of it."""
    go = threading.Event()

    def read_late(connection):
        go.wait(10)
        return len(read_all(connection))

    with Peer(read_late) as peer, Tap(peer.host, peer.port, scratch) as tap:
        with dial(tap) as client:
            client.settimeout(0.3)
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 1 << 28:
                    sent += client.send(bytes(1 << 16))
            go.set()
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
        assert peer.results == [sent]


def test_a_reset_reaches_the_other_side(scratch):
    with Peer(read_all) as peer, Tap(peer.host, peer.port, scratch) as tap:
        client = dial(tap)
        client.sendall(b"x")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        tap.captures()
        deadline = time.monotonic() + 5
        while not peer.results and time.monotonic() < deadline:
            time.sleep(0.005)
        assert isinstance(peer.results[0], ConnectionResetError)


@pytest.mark.parametrize("reset", [False, True])
def test_cut_ends_both_sides(scratch, reset):
    fault = Fault("cut", direction="down", at=5, reset=reset)

    def greet(connection):
        connection.sendall(b"hello world")
        return read_all(connection)

    with Peer(greet) as peer, Tap(peer.host, peer.port, scratch, fault) as tap:
        with dial(tap) as client:
            try:
                got = read_all(client)
            except ConnectionResetError:
                got = "reset"
        assert got in ((b"hello", "reset") if reset else (b"hello",))  # RST may overtake the bytes
        assert tap.fired


def test_a_stall_holds_back_for_that_long(scratch):
    fault = Fault("stall", direction="up", at=3, seconds=0.4)
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch, fault) as tap:
        with dial(tap) as client:
            started = time.monotonic()
            client.sendall(b"abcdef")
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == b"abcdef"
            assert 0.4 <= time.monotonic() - started < 5
        assert tap.fired


def test_single_bytes_arrive_one_by_one(scratch):
    """With TCP_NODELAY each send is a segment; the capture shows as many."""
    fault = Fault("segments", direction="up", size=20)
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch, fault) as tap:
        with dial(tap) as client:
            client.sendall(bytes(range(40)))
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == bytes(range(40))
        (path,) = tap.captures()
        segments = pcap._segments(path.read_bytes())
        sizes = [len(payload) for source, _, _, _, payload in segments if payload and source[1] != peer.port]
        assert sizes == [1] * 20 + [20]


def test_only_the_first_connections_are_harmed(scratch):
    fault = Fault("flip", at=0, connections=1)
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch, fault) as tap:
        calls = []
        tap.on_fire = lambda: calls.append(1)
        for expected in (b"c", b"b"):  # "b" with its lowest bit inverted is "c"
            with dial(tap) as client:
                client.sendall(b"b")
                client.shutdown(socket.SHUT_WR)
                assert read_all(client) == expected
        assert calls == [1] and tap.fired


def test_a_fault_that_never_happened_is_told(scratch):
    with Peer(echo_after_end) as peer, Tap(peer.host, peer.port, scratch, Fault("flip", at=1000)) as tap:
        with dial(tap) as client:
            client.sendall(b"short")
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == b"short"
        assert tap.captures() and not tap.fired


def test_nobody_behind_the_tap_ends_the_connection(scratch):
    with Peer(read_all) as peer:
        port = peer.port
    with Tap("127.0.0.1", port, scratch) as tap:
        with pytest.raises(ConnectionResetError), dial(tap) as client:
            client.recv(1)
        assert tap.captures() == []


def test_stop_ends_what_is_open(scratch):
    with Peer(read_all) as peer:
        tap = Tap(peer.host, peer.port, scratch)
        tap.start()
        client = dial(tap)
        client.sendall(b"x")
        tap.stop()
        tap.stop()
        with client, pytest.raises(OSError):
            client.settimeout(5)
            if not client.recv(1):
                raise OSError
        assert tap.error is None


def test_witness_of_a_capture_without_a_handshake_is_none(scratch):
    path = scratch / "x.pcap"
    writer = pcap.PcapWriter(path, CLIENT, SERVER)
    assert (writer.flush(), witness(path)) == (None, None)
    writer.data("up", stream())
    writer.flush()
    assert witness(path) is None
    writer.data("down", stream())
    writer.close()
    assert witness(path)["kex"] == "k1"
