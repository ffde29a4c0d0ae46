"""Captures in the classic pcap format: written with TCP segments of our own making, read as streams.

Only raw IP packets (LINKTYPE_RAW) are read, as our tap and sftpd-lite write them.
"""

import ipaddress
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_MAGIC, _MAGIC_NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
_LINKTYPE_RAW = 101
_FIN, _SYN, _RST, _PUSH, _ACK = 1, 2, 4, 8, 16
_TCP = 6
_LARGEST_SEGMENT = 32768  # an IPv4 packet holds 65535 bytes


class PcapError(Exception):
    """The file is no capture that we read."""


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = int.from_bytes(data, "big") % 0xFFFF  # a sum of 16-bit words with the carries added again
    return 0xFFFF - total


class PcapWriter:
    """Writes one connection to a file. Up is from the client to the server, down the other way.

    Ends are (address, port). The opening is written at once, from the client.
    """

    def __init__(self, path, client, server):
        self.path = Path(path)
        self._file = open(self.path, "wb")
        self._file.write(struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, 65535 + 40, _LINKTYPE_RAW))
        self._ends = {"up": (client, server), "down": (server, client)}
        self._next = {"up": 1000, "down": 2000}
        self._closed = set()
        self._segment("up", _SYN)
        self._segment("down", _SYN | _ACK)
        self._segment("up", _ACK)

    def data(self, direction, data):
        """Bytes that went in a direction."""
        for at in range(0, len(data), _LARGEST_SEGMENT):
            self._segment(direction, _PUSH | _ACK, bytes(data[at : at + _LARGEST_SEGMENT]))

    def finish(self, direction):
        """The sender of a direction has no more to say."""
        if direction not in self._closed:
            self._closed.add(direction)
            self._segment(direction, _FIN | _ACK)

    def reset(self, direction):
        """The sender of a direction broke the connection off."""
        self._closed |= {"up", "down"}
        self._segment(direction, _RST | _ACK)

    def flush(self):
        """Makes the file readable as far as it is written."""
        try:
            self._file.flush()
        except ValueError:  # closed, and so complete
            pass

    def close(self):
        self._file.close()

    def _segment(self, direction, flags, data=b""):
        back = "down" if direction == "up" else "up"
        (source, from_port), (target, to_port) = self._ends[direction]
        sequence = self._next[direction]
        acknowledged = self._next[back] if flags & _ACK else 0
        self._next[direction] = (sequence + len(data) + bool(flags & (_SYN | _FIN))) & 0xFFFFFFFF
        packet = _packet(source, target, (from_port, to_port, sequence, acknowledged, flags), data)
        now = time.time_ns() // 1000
        self._file.write(struct.pack("<IIII", now // 1000000, now % 1000000, len(packet), len(packet)))
        self._file.write(packet)


def _packet(source, target, tcp, data):
    """An IP packet with one TCP segment."""
    addresses = _packed(source) + _packed(target)
    from_port, to_port, sequence, acknowledged, flags = tcp
    head = struct.pack(
        ">HHIIBBHHH", from_port, to_port, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0
    )
    size = len(head) + len(data)
    pseudo = addresses + struct.pack(">IHBB", size, 0, 0, _TCP)
    head = head[:16] + struct.pack(">H", checksum(pseudo + head + data)) + head[18:]
    if len(addresses) == 32:
        return struct.pack(">IHBB", 6 << 28, size, _TCP, 64) + addresses + head + data
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, _TCP, 0) + addresses
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + head + data


def _packed(address):
    return ipaddress.ip_address(address).packed


@dataclass
class Stream:
    """The bytes of one direction, put in order; `whole` is False where some were left out."""

    data: bytearray
    expected: int | None = None  # the next sequence number
    finished: bool = False
    waiting: dict | None = None  # sequence number -> bytes that came too early

    def take(self, sequence, flags, payload, limit):
        """Adds a segment. What lies beyond the limit is dropped."""
        if flags & _SYN:
            self.expected = (sequence + 1) & 0xFFFFFFFF
        if self.expected is None:
            self.expected = sequence
        self.finished = self.finished or bool(flags & (_FIN | _RST))
        if not payload:
            return
        ahead = (sequence - self.expected) & 0xFFFFFFFF
        if ahead >= 1 << 31:  # seen before, at least its beginning
            payload = payload[(1 << 32) - ahead :]
            ahead = 0
        if ahead:
            self.waiting = self.waiting or {}
            self.waiting[sequence] = payload
            return
        self._append(payload, limit)
        while self.waiting and self.expected in self.waiting:
            self._append(self.waiting.pop(self.expected), limit)

    def _append(self, payload, limit):
        self.expected = (self.expected + len(payload)) & 0xFFFFFFFF
        room = len(payload) if limit is None else max(0, limit - len(self.data))
        self.data += payload[:room]


@dataclass
class Connection:
    """One TCP connection of a capture. The client is who sent the first SYN, or spoke first."""

    client: tuple  # (address, port)
    server: tuple
    up: Stream
    down: Stream


def read(path, limit=None):
    """The Connections of a capture, in order; of each direction at most `limit` bytes."""
    found = {}
    for source, target, sequence, flags, payload in _segments(Path(path).read_bytes()):
        connection = found.get((source, target)) or found.get((target, source))
        if connection is None:
            ends = (target, source) if flags & _SYN and flags & _ACK else (source, target)
            connection = found[ends] = Connection(*ends, Stream(bytearray()), Stream(bytearray()))
        stream = connection.up if source == connection.client else connection.down
        stream.take(sequence, flags, payload, limit)
    return list(found.values())


def _segments(data):
    """(source, target, sequence number, flags, payload) of each TCP segment."""
    signs = {struct.pack(f"{sign}I", magic): sign for sign in "<>" for magic in (_MAGIC, _MAGIC_NANOSECONDS)}
    sign = signs.get(data[:4])
    if sign is None or len(data) < 24:
        raise PcapError("no pcap file")
    if struct.unpack_from(f"{sign}I", data, 20)[0] & 0xFFFF != _LINKTYPE_RAW:
        raise PcapError("not a capture of raw IP packets")
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(f"{sign}I", data, at + 8)[0]
        packet = data[at + 16 : at + 16 + size]
        at += 16 + size
        if len(packet) == size:  # a last packet still being written is left out
            segment = _segment_of(packet)
            if segment:
                yield segment


def _segment_of(packet):
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20 and packet[9] == _TCP:
        start, addresses = 4 * (packet[0] & 15), (packet[12:16], packet[16:20])
        end = struct.unpack_from(">H", packet, 2)[0]
    elif version == 6 and len(packet) >= 40 and packet[6] == _TCP:
        start, addresses = 40, (packet[8:24], packet[24:40])
        end = 40 + struct.unpack_from(">H", packet, 4)[0]
    else:
        return None
    if len(packet) < start + 20:
        raise PcapError("a TCP segment is cut short")
    from_port, to_port, sequence = struct.unpack_from(">HHI", packet, start)
    head = 4 * (packet[start + 12] >> 4)
    source, target = (str(ipaddress.ip_address(one)) for one in addresses)
    return (source, from_port), (target, to_port), sequence, packet[start + 13], packet[start + head : end]
