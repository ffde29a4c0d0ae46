"""The part of an SSH stream that is in the clear: identification line, packets up to NEWKEYS.

RFC 4253: identification 4.2, packets 6, KEXINIT and how the values follow from two of them 7.1.
"""

import struct
from dataclasses import dataclass

from interop.servers.record import AEAD_CIPHERS

KEXINIT, NEWKEYS = 20, 21
_LARGEST_PACKET = 1 << 18  # in the clear; RFC 4253 section 6.1 asks for 35000
_MOST_LINES = 1024  # before the server's identification
_LISTS = (
    "kex",
    "host_key_algorithms",
    "ciphers",
    "ciphers_out",
    "macs",
    "macs_out",
    "compression",
    "compression_out",
    "languages",
    "languages_out",
)
# Names in the list of key exchange methods that are none (RFC 8308, strict KEX of OpenSSH 9.6).
STRICT_CLIENT, STRICT_SERVER = "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"
MARKERS = frozenset({"ext-info-c", "ext-info-s", STRICT_CLIENT, STRICT_SERVER})


class KexError(Exception):
    """The bytes are no SSH in the clear."""


@dataclass(frozen=True)
class Identification:
    """Where the identification line is; `lines` came before it, `end` is the offset behind it."""

    line: str
    lines: tuple
    end: int


def identification(stream):
    """The Identification at the head of a stream; None when it is not complete yet."""
    lines, at = [], 0
    while len(lines) < _MOST_LINES:
        end = stream.find(b"\n", at)
        if end < 0:
            return None
        text = bytes(stream[at:end]).rstrip(b"\r").decode("utf-8", "replace")
        at = end + 1
        if text.startswith("SSH-"):
            return Identification(text, tuple(lines), at)
        lines.append(text)
    raise KexError("no identification line")


def next_packet(stream, at):
    """(payload, offset behind it) of the unencrypted packet at an offset; None when incomplete."""
    if len(stream) < at + 5:
        return None
    size, padding = struct.unpack_from(">IB", stream, at)
    if size > _LARGEST_PACKET or size < padding + 2:
        raise KexError(f"a packet of {size} bytes with {padding} of padding")
    if len(stream) < at + 4 + size:
        return None
    return bytes(stream[at + 5 : at + 4 + size - padding]), at + 4 + size


def packets(stream):
    """(payload, offset behind it) of each packet up to NEWKEYS, as far as they are complete."""
    head = identification(stream)
    at = head.end if head else len(stream)
    while (found := next_packet(stream, at)) is not None:
        payload, at = found
        yield payload, at
        if payload[0] == NEWKEYS:
            return


@dataclass(frozen=True)
class KexInit:
    """A KEXINIT's lists, by the names of Settings; `..._out` is server to client."""

    lists: dict
    first_kex_packet_follows: bool


def parse(payload):
    """The KexInit of a packet's payload."""
    if not payload or payload[0] != KEXINIT:
        raise KexError("no KEXINIT")
    at, lists = 17, {}
    for name in _LISTS:
        if len(payload) < at + 4:
            raise KexError("KEXINIT is cut short")
        size = struct.unpack_from(">I", payload, at)[0]
        text = payload[at + 4 : at + 4 + size]
        if len(text) != size:
            raise KexError("KEXINIT is cut short")
        lists[name] = tuple(text.decode("ascii", "replace").split(",")) if text else ()
        at += 4 + size
    if len(payload) != at + 5:
        raise KexError("KEXINIT has bytes behind its end or lacks some")
    return KexInit(lists, payload[at] != 0)


def first_kexinit(stream):
    """The first KexInit of a stream; None when none came."""
    for payload, _ in packets(stream):
        if payload[:1] == bytes([KEXINIT]):
            return parse(payload)
    return None


def negotiate(client, server):
    """The values that follow from both KexInits, by the names of SessionRecord.negotiated.

    None where the sides have nothing in common.
    """
    ours, theirs = client.lists, server.lists

    def chosen(name):
        return next((one for one in ours[name] if one in theirs[name] and one not in MARKERS), None)

    values = {"kex": chosen("kex"), "host_key": chosen("host_key_algorithms")}
    for way, suffix in (("in", ""), ("out", "_out")):
        cipher = chosen(f"ciphers{suffix}")
        values[f"cipher_{way}"] = cipher
        values[f"mac_{way}"] = "" if cipher in AEAD_CIPHERS else chosen(f"macs{suffix}")
        values[f"compression_{way}"] = chosen(f"compression{suffix}")
    values["strict_kex"] = STRICT_CLIENT in ours["kex"] and STRICT_SERVER in theirs["kex"]
    return values
