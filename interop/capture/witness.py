"""What a capture says about a session, for comparison with what the server says."""

from interop.capture import kexinit, pcap
from interop.servers.record import NEGOTIATED

# Both KEXINITs lie well within this many bytes of a stream.
_HEAD = 1 << 18


def witness(path):
    """The negotiated values that follow from a capture's KEXINITs, by the names of SessionRecord.

    With them `client_offer` and `server_offer`: the lists by the names of Settings (those for server
    to client have `_out` behind the name), `client_version`, `server_version`. None when the first
    connection did not get as far as a KEXINIT of each side that can be read.
    """
    connections = pcap.read(path, limit=_HEAD)
    return from_streams(connections[0].up.data, connections[0].down.data) if connections else None


def from_streams(up, down):
    """As witness(), from the bytes of both directions."""
    try:
        client, server = kexinit.first_kexinit(up), kexinit.first_kexinit(down)
    except kexinit.KexError:
        return None
    if client is None or server is None:
        return None
    return {
        **kexinit.negotiate(client, server),
        "client_offer": client.lists,
        "server_offer": server.lists,
        "client_version": kexinit.identification(up).line,
        "server_version": kexinit.identification(down).line,
    }


def agree(server, capture):
    """Where the server's negotiated values and the capture's differ, as sentences.

    Values that the server does not tell are left out.
    """
    return [
        f"{key}: the server says {server[key]!r}, the capture {capture.get(key)!r}"
        for key in NEGOTIATED
        if key in server and server[key] != capture.get(key)
    ]
