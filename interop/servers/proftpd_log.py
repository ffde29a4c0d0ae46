"""What ProFTPD's mod_sftp writes in SFTPLog and an ExtendedLog, as SessionRecords.

Both logs have the pid of the process that served the connection. Whether key exchange was strict is
told nowhere cheaply, so the records leave that out.
"""

import re

from interop.servers.record import SessionRecord, without_implied_macs

# LogFormat of the ExtendedLog (class ALL) that from_logs() reads.
FORMAT = "%P|%m|%b|%s|%u|%r"

_LINE = re.compile(r"\S+ \S+ mod_sftp/\S+\[(\d+)\]: (.*)$")
_PEER = re.compile(r"client \((\S+):(\d+)\) connected to server ")
_CLIENT = re.compile(r"received client version '(.*)'$")
_NEGOTIATED = re.compile(r" \+ Session (.*?): (\S+)$")
_NAMES = {
    "key exchange": "kex",
    "host key algorithm": "host_key",
    "client-to-server encryption": "cipher_in",
    "server-to-client encryption": "cipher_out",
    "client-to-server MAC": "mac_in",
    "server-to-client MAC": "mac_out",
    "client-to-server compression": "compression_in",
    "server-to-client compression": "compression_out",
}
_VERSION = re.compile(r"using SFTP protocol version (\d+) ")
_OUTCOMES = (
    # The answer to "none", and to a step of a chain that went well.
    (re.compile(r"sending acceptable userauth methods"), "partial"),
    (re.compile(r"sending publickey OK"), "query"),
    (re.compile(r"sending userauth success"), "success"),
    (re.compile(r"sending userauth failure"), "failure"),
)
_ENDS = (
    re.compile(r"client at \S+ sent SSH_DISCONNECT message: (.*)$"),
    re.compile(r"disconnecting client \((.*)\)$"),
    re.compile(r"(.*disconnecting.*)$"),
    re.compile(r"(no shared .*)$"),
)


def from_logs(sftp_log, extended_log):
    """The SessionRecords of the two logs, in the order of the connections."""
    sessions, order = {}, []
    for line in sftp_log.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        pid, said = int(match[1]), match[2]
        connected = _PEER.match(said)
        if connected:
            sessions[pid] = _Session(f"{connected[1]}:{connected[2]}")
            order.append(sessions[pid])
        elif pid in sessions:
            sessions[pid].take(said)
    for line in extended_log.splitlines():
        words = line.split("|", 5)
        if len(words) == 6 and words[0].isdigit() and int(words[0]) in sessions:
            sessions[int(words[0])].take_request(*words[1:])
    return [session.finish() for session in order if session.record.client_version]


class _Session:
    def __init__(self, peer):
        self.record = SessionRecord(peer=peer)
        self._exchanges = 0
        self._outcomes, self._asked, self._names = [], [], {}

    def take(self, said):
        record = self.record
        if match := _CLIENT.match(said):
            record.client_version = match[1]
        elif match := _NEGOTIATED.match(said):
            name = _NAMES.get(match[1])
            self._exchanges += name == "kex"
            if name:
                record.negotiated.setdefault(name, match[2])
        elif match := _VERSION.match(said):
            record.sftp_version = int(match[1])
        else:
            self._outcomes += [word for pattern, word in _OUTCOMES if pattern.match(said)]
            self._take_end(said)

    def _take_end(self, said):
        if self.record.close_reason is None:
            for pattern in _ENDS:
                if match := pattern.match(said):
                    self.record.close_reason = match[1]
                    return

    def take_request(self, command, count, code, user, request):
        if command == "USERAUTH_REQUEST":
            words = request.split(" ")
            self._asked.append((" ".join(words[1:-1]), words[-1]))
        elif command in ("RNFR", "RNTO"):  # RENAME itself has both names in one text
            self._names[command] = request.partition(" ")[2]
        elif (entry := _file(command, count, code, request)) is not None:
            if command == "RENAME" and len(self._names) == 2:
                entry["path"], entry["path2"] = self._names.pop("RNFR"), self._names.pop("RNTO")
            self.record.files.append(entry)

    def finish(self):
        """The record, with each request to log in paired with its answer."""
        record = self.record
        record.rekeys = max(0, self._exchanges - 1)
        record.negotiated = without_implied_macs(record.negotiated)
        # A request without an answer is one that ended the connection.
        answers = self._outcomes + ["failure"] * (len(self._asked) - len(self._outcomes))
        record.ambiguous = len(answers) > len(self._asked)
        for (user, method), result in zip(self._asked, answers):
            if (method, result) != ("none", "partial"):
                record.auth.append({"user": user, "method": method, "result": result})
        return record


_OPS = {
    "STOR": "write",
    "APPE": "write",
    "RETR": "read",
    "MLSD": "list",
    "MKDIR": "make_directory",
    "RMDIR": "remove_directory",
    "REMOVE": "remove",
    "RENAME": "rename",
    "SYMLINK": "symlink",
    "LINK": "hard_link",
    "HARDLINK": "hard_link",
    "SETSTAT": "set_attributes",
    "OPEN": "open",
    "OPENDIR": "open_directory",
}


def _file(command, count, code, request):
    """An entry for `files`; None for requests that are none of them, and opens that went well."""
    op = _OPS.get(command)
    if op is None:
        return None
    path = request.partition(" ")[2]
    size = int(count) if count.isdigit() else 0
    if op in ("write", "read"):  # ProFTPD's own commands have FTP's codes
        if code.startswith(("4", "5")) and not size:
            return None  # told by OPEN
        whole = code == "226"
        return {"op": op, "path": path, "bytes": size, "status": 0, **({} if whole else {"aborted": True})}
    status = int(code) if code.isdigit() and int(code) < 100 else None
    if op in ("open", "open_directory"):
        return {"op": op, "path": path, "bytes": 0, "status": status} if status else None
    if op == "list":
        return {"op": op, "path": path, "bytes": 0, "status": 0}
    if op == "make_directory" and code == "257":
        status = 0
    return {"op": op, "path": path, "bytes": 0, "status": status}
