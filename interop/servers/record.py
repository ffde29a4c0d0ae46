"""What a server itself says of its sessions, in the same words for every server.

The functions here and in sshd_log.py and proftpd_log.py are pure: text in, records out.
"""

from dataclasses import dataclass, field

NEGOTIATED = (
    "kex",
    "host_key",
    "cipher_in",
    "cipher_out",
    "mac_in",
    "mac_out",
    "compression_in",
    "compression_out",
    "strict_kex",
)
# Ciphers that authenticate by themselves: the MAC that was negotiated beside them is not used.
AEAD_CIPHERS = frozenset(
    {
        "chacha20-poly1305@openssh.com",
        "chacha20-poly1305",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "AEAD_AES_128_GCM",
        "AEAD_AES_256_GCM",
    }
)


@dataclass
class SessionRecord:
    """One connection that got as far as a KEXINIT.

    `negotiated` has those of NEGOTIATED that the server tells, as on the wire; "in" is client to
    server, and the MAC of an AEAD cipher is "". `auth` has {user, method, result}, the result being
    success, partial, failure or query (a key without a signature, or a challenge). `files` has {op,
    path, bytes, status, aborted}, and path2 where there are two; the ops are those of sftpd-lite's
    events, the status is SFTP's number.
    """

    peer: str = ""  # the client's address and port, ADDRESS:PORT
    negotiated: dict = field(default_factory=dict)
    auth: list = field(default_factory=list)
    sftp_version: int | None = None
    rekeys: int = 0  # key exchanges after the first
    files: list = field(default_factory=list)
    close_reason: str | None = None  # None while the session lasts
    client_version: str | None = None  # the client's identification line
    # True where parts of the log could belong to another session of the same time.
    ambiguous: bool = False


def without_implied_macs(negotiated):
    """The values with the MACs of AEAD ciphers made ""."""
    values = dict(negotiated)
    for way in ("in", "out"):
        mac = f"mac_{way}"
        if mac in values and (
            values.get(f"cipher_{way}") in AEAD_CIPHERS or values[mac] == "<implicit>"
        ):
            values[mac] = ""
    return values


def from_events(events, whole=True):
    """The SessionRecords of sftpd-lite's events (dicts), in the order of the connections.

    With whole=False also sessions that are SFTP alone, of a process that is somebody's subsystem.
    """
    found = {}
    for event in events:
        if "session" not in event:
            continue
        record = found.setdefault(event["session"], SessionRecord())
        _take_event(record, event)
    return [one for one in found.values() if not whole or one.negotiated or one.client_version]


_AUTH_RESULTS = {"accepted": "success", "partial": "partial", "query": "query"}
_FILE_FIELDS = ("op", "path", "path2", "bytes", "status", "aborted")


def _take_event(record, event):
    kind = event["event"]
    if kind == "session_open":
        record.peer = event["peer"]
        record.client_version = event.get("banner") or None
    elif kind == "negotiated" and not record.negotiated:
        values = {key: event[key] for key in NEGOTIATED if key in event}
        record.negotiated = without_implied_macs(values)
    elif kind == "auth":
        result = _AUTH_RESULTS.get(event["result"], "failure")
        record.auth.append({"user": event["user"], "method": event["method"], "result": result})
    elif kind == "sftp":
        record.sftp_version = event["version"]
    elif kind == "rekey":
        record.rekeys += 1
    elif kind == "file":
        record.files.append({key: event[key] for key in _FILE_FIELDS if key in event})
    elif kind == "session_close":
        record.close_reason = event["reason"]
