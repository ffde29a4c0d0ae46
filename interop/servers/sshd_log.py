"""What OpenSSH's sshd and sftp-server write in their logs, as SessionRecords.

sshd puts no process id into lines on stderr. Lines chosen by LogVerbose carry one, so VERBOSE makes
sshd tag all that it says; sftp-server writes a file for each connection, named by the client's port.
"""

import re

from interop.servers.record import SessionRecord, without_implied_macs

# Value of LogVerbose: everything but what comes for each packet or request.
VERBOSE = ",".join(
    [
        "*",
        *(f"!{name}*" for name in ("channels.c", "nchan.c", "monitor", "servconf.c", "misc.c", "msg.c")),
        "!packet.c:ssh_packet_read_poll2*",
        "!packet.c:ssh_packet_send2*",
    ]
)

_LINE = re.compile(
    r"(?:(?:debug[123]|error|fatal): )?(?P<place>[\w.-]+\.c:\w+\(\)):\d+ \((?:bin=\S+, )?pid=(?P<pid>\d+)\): "
    r"(?P<text>.*?)(?: \[(?:pre|post)auth\])?$"
)
_CONNECTION = re.compile(r"Connection from (\S+) port (\d+) on ")
_CHILD = re.compile(r"(?:Network|User) child is on pid (\d+)$")
_REMOTE = re.compile(r"Remote protocol version (\S+), remote software version (.*)$")
_KEX = re.compile(r"kex: algorithm: (\S+)$")
_HOST_KEY = re.compile(r"kex: host key algorithm: (\S+)$")
_WAY = re.compile(
    r"kex: (client->server|server->client) cipher: (\S+) MAC: (\S+) compression: (\S+)$"
)
_AUTH = re.compile(
    r"(Accepted|Failed|Partial|Postponed) ([\w.@-]+)(?:/\S+)? for (?:invalid user )?(.*?) from \S+ port \d+"
)
_RESULTS = {"Accepted": "success", "Failed": "failure", "Partial": "partial", "Postponed": "query"}
_ENDS = tuple(
    re.compile(pattern)
    for pattern in (
        r"Received disconnect from \S+ port \d+:\d+: (.*)$",
        r"(Disconnecting .*)$",
        r"(Unable to negotiate .*)$",
        r"(Timeout before authentication .*)$",
        r"(?:\w+: )?(Connection (?:closed|reset|corrupted|timed out).*)$",
        r"ssh_dispatch_run_fatal: (.*)$",
        r"(ssh_packet_\w+: .*)$",
        r"(Bad packet length .*)$",
        r"(Corrupted MAC .*)$",
        r"(terminating inactive .*)$",
        r"(Disconnected from .*)$",
    )
)


def from_log(text):
    """The SessionRecords of sshd's log, in the order of the connections."""
    owners, sessions = {}, {}
    for raw in text.splitlines():
        match = _LINE.match(raw.rstrip("\r"))
        if not match:
            continue
        pid, said = int(match["pid"]), match["text"]
        started = _CONNECTION.match(said)
        if started:
            owners[pid] = sessions[pid] = _Session(f"{started[1]}:{started[2]}")
            continue
        session = owners.get(pid)
        if session is None:
            continue
        child = _CHILD.search(said)
        if child:
            owners[int(child[1])] = session
        else:
            session.take(match["place"], said)
    return [session.record() for session in sessions.values() if session.kexinit]


class _Session:
    def __init__(self, peer):
        self.kexinit = False
        self.exchanges = 0
        self._record = SessionRecord(peer=peer)

    def record(self):
        self._record.rekeys = max(0, self.exchanges - 1)
        if "kex" in self._record.negotiated:
            self._record.negotiated.setdefault("strict_kex", False)
        self._record.negotiated = without_implied_macs(self._record.negotiated)
        return self._record

    def take(self, place, said):
        record = self._record
        if said == "SSH2_MSG_KEXINIT received":
            self.kexinit = True
        elif place.startswith("kex.c:"):
            self._take_exchange(said)
        elif match := _AUTH.match(said):
            result, method, user = match.groups()
            record.auth.append({"user": user, "method": method, "result": _RESULTS[result]})
        if record.close_reason is None:
            for pattern in _ENDS:
                if match := pattern.match(said):
                    record.close_reason = match[1]
                    break

    def _take_exchange(self, said):
        values = self._record.negotiated
        if match := _REMOTE.match(said):
            self._record.client_version = f"SSH-{match[1]}-{match[2]}"
        elif said.endswith("will use strict KEX ordering"):
            values["strict_kex"] = True
        elif match := _KEX.match(said):
            self.exchanges += 1
            values.setdefault("kex", match[1])
        elif match := _HOST_KEY.match(said):
            values.setdefault("host_key", match[1])
        elif match := _WAY.match(said):
            way = "in" if match[1] == "client->server" else "out"
            for name, value in zip(("cipher", "mac", "compression"), match.groups()[1:]):
                values.setdefault(f"{name}_{way}", value)


# What sftp-server says at log level DEBUG before it answers with a status.
_REQUESTS = (
    (re.compile(r'open "(?P<path>.*)" flags (?P<flags>\S*) mode \d+$'), "open"),
    (re.compile(r'opendir "(?P<path>.*)"$'), "open_directory"),
    (re.compile(r'(?P<forced>forced )?closedir "(?P<path>.*)"$'), "list"),
    (re.compile(r'mkdir name "(?P<path>.*)" mode \d+$'), "make_directory"),
    (re.compile(r'rmdir name "(?P<path>.*)"$'), "remove_directory"),
    (re.compile(r'remove name "(?P<path>.*)"$'), "remove"),
    (re.compile(r'(?:posix-)?rename old "(?P<path>.*)" new "(?P<path2>.*)"$'), "rename"),
    (re.compile(r'symlink old "(?P<path>.*)" new "(?P<path2>.*)"$'), "symlink"),
    (re.compile(r'hardlink old "(?P<path>.*)" new "(?P<path2>.*)"$'), "hard_link"),
    (re.compile(r'fsync "(?P<path>.*)"$'), "sync"),
    (re.compile(r'set "(?P<path>.*)" (?:mode|modtime|owner|size) .*$'), "set_attributes"),
)
_CLOSE = re.compile(r'(?P<forced>forced )?close "(?P<path>.*)" bytes read (\d+) written (\d+)$')
_STATUS = {
    "Success": 0,
    "End of file": 1,
    "No such file": 2,
    "Permission denied": 3,
    "Failure": 4,
    "Bad message": 5,
    "No connection": 6,
    "Connection lost": 7,
    "Operation unsupported": 8,
}
_ANSWER = re.compile(r"debug\d: request \d+: sent (?:handle|attrib|name|names|data)\b")
_OCTAL = re.compile(r"\\([0-7]{3}|\\)")


def take_sftp_log(record, text):
    """Adds to a record what sftp-server logged for its connection."""
    pending = None  # what the next status answers
    writing = set()
    for raw in text.splitlines():
        said = raw.rstrip("\r")
        if match := re.match(r"received client version (\d+)$", said):
            record.sftp_version = min(3, int(match[1]))
        elif match := re.match(r"sent status (.*)$", said):
            if pending:
                pending["status"] = _STATUS.get(match[1], 4)
                _keep(record, pending)
            pending = None
        elif match := _CLOSE.match(said):
            got, written = int(match[3]), int(match[4])
            op = "write" if written or match["path"] in writing else "read"
            writing.discard(match["path"])
            pending = _file(op, match, max(got, written))
            if match["forced"]:
                pending |= {"aborted": True, "status": 0}
                record.files.append(pending)
                pending = None
        elif _ANSWER.match(said):  # it went well; what comes of an open is told by its close
            pending = None
        else:
            pending = _request(said, writing) or pending


def _request(said, writing):
    for pattern, op in _REQUESTS:
        if match := pattern.match(said):
            if op == "open" and "WRITE" in match["flags"]:
                writing.add(match["path"])
            return _file(op, match, 0)
    return None


def _keep(record, entry):
    """An open that went well is told by its close."""
    if entry["op"] in ("open", "open_directory") and entry["status"] == 0:
        return
    record.files.append(entry)


def _file(op, match, count):
    found = {name: _plain(value) for name, value in match.groupdict().items() if name.startswith("path")}
    return {"op": op, **found, "bytes": count, "status": None}


def _plain(text):
    """Undoes the log's octal escapes."""

    def byte(match):
        return "\\" if match[1] == "\\" else chr(int(match[1], 8))

    shown = _OCTAL.sub(byte, text)
    try:
        return shown.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # it was no escaped text
        return shown
