"""A bare SFTP 3 client over the pipes of another program (ssh -s, sftpd-lite --subsystem).

It sends what it is told, paths and all, keeps any number of requests outstanding and leaves the
judging to the caller. Packets: draft-ietf-secsh-filexfer-02.
"""

import os
import struct
import subprocess
from dataclasses import dataclass

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT = 1, 2, 3, 4, 5, 6, 7, 8, 9
FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME = 10, 11, 12, 13, 14, 15, 16, 17, 18
READLINK, SYMLINK = 19, 20
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
EXTENDED, EXTENDED_REPLY = 200, 201
FLAG_READ, FLAG_WRITE, FLAG_APPEND, FLAG_CREATE, FLAG_TRUNCATE, FLAG_EXCLUSIVE = 1, 2, 4, 8, 16, 32
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, BAD_MESSAGE = 0, 1, 2, 3, 4, 5
NO_ATTRIBUTES = struct.pack(">I", 0)


def string(text):
    """A string of the wire: its length, then its bytes."""
    data = os.fsencode(text) if isinstance(text, (str, os.PathLike)) else bytes(text)
    return struct.pack(">I", len(data)) + data


@dataclass(frozen=True)
class Reply:
    """One answer of the server; `body` is what follows the request id."""

    kind: int
    request: int
    body: bytes

    @property
    def status(self):
        """The status code, None when the answer is another message."""
        return struct.unpack_from(">I", self.body)[0] if self.kind == STATUS else None

    @property
    def handle(self):
        if self.kind != HANDLE:
            raise RawSftpError(f"no handle but status {self.status}")
        return self.body[4:]

    @property
    def data(self):
        return self.body[4:]

    def names(self):
        """The file names of a NAME answer, as bytes."""
        count = struct.unpack_from(">I", self.body)[0]
        at, found = 4, []
        for _ in range(count):
            size = struct.unpack_from(">I", self.body, at)[0]
            found.append(self.body[at + 4 : at + 4 + size])
            at += 4 + size
            at += 4 + struct.unpack_from(">I", self.body, at)[0]  # longname
            at = _skip_attributes(self.body, at)
        return found


def _skip_attributes(body, at):
    flags = struct.unpack_from(">I", body, at)[0]
    at += 4
    at += 8 if flags & 1 else 0  # size
    at += 8 if flags & 2 else 0  # uid, gid
    at += 4 if flags & 4 else 0  # permissions
    at += 8 if flags & 8 else 0  # atime, mtime
    if flags & 0x80000000:
        count = struct.unpack_from(">I", body, at)[0]
        at += 4
        for _ in range(2 * count):
            at += 4 + struct.unpack_from(">I", body, at)[0]
    return at


class RawSftpError(Exception):
    """The server closed the stream or answered something that makes no sense."""


class RawSftp:
    """One session. Use it as a context manager: the program is ended on leaving."""

    def __init__(self, argv, **options):
        self.process = subprocess.Popen(
            [os.fspath(word) for word in argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            **options,
        )
        self._in = self.process.stdin.fileno()
        self._out = self.process.stdout.fileno()
        self._buffer = bytearray()
        self._at = 0
        self._next = 0
        self.version = None
        self.extensions = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def hello(self, version=3):
        """INIT, and the server's VERSION with its extensions."""
        self.write_all(struct.pack(">IBI", 5, INIT, version))
        packet = self.packet()
        if packet[0] != VERSION:
            raise RawSftpError(f"VERSION expected, message {packet[0]} came")
        self.version = struct.unpack_from(">I", packet, 1)[0]
        at = 5
        while at < len(packet):
            pair = []
            for _ in range(2):
                size = struct.unpack_from(">I", packet, at)[0]
                pair.append(bytes(packet[at + 4 : at + 4 + size]))
                at += 4 + size
            self.extensions[pair[0].decode()] = pair[1]
        return self

    def write_all(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self._in, view) :]

    def encode(self, kind, body):
        """A request with the next id, as bytes, and that id."""
        self._next = (self._next + 1) & 0xFFFFFFFF
        head = struct.pack(">IBI", 5 + len(body), kind, self._next)
        return head + body, self._next

    def send(self, kind, body):
        data, request = self.encode(kind, body)
        self.write_all(data)
        return request

    def _fill(self, count):
        while len(self._buffer) - self._at < count:
            if self._at > 1 << 20:
                del self._buffer[: self._at]
                self._at = 0
            piece = os.read(self._out, 1 << 18)
            if not piece:
                raise RawSftpError("the server closed the stream")
            self._buffer += piece

    def packet(self):
        """The next packet, without its length."""
        self._fill(4)
        size = struct.unpack_from(">I", self._buffer, self._at)[0]
        self._fill(4 + size)
        packet = self._buffer[self._at + 4 : self._at + 4 + size]
        self._at += 4 + size
        if self._at == len(self._buffer):
            self._buffer.clear()
            self._at = 0
        return packet

    def receive(self):
        packet = self.packet()
        return Reply(packet[0], struct.unpack_from(">I", packet, 1)[0], bytes(packet[5:]))

    def request(self, kind, *parts):
        """Sends one request and returns its answer."""
        request = self.send(kind, b"".join(parts))
        reply = self.receive()
        if reply.request != request:
            raise RawSftpError(f"answer to {reply.request}, {request} was asked")
        return reply

    def open(self, path, flags=FLAG_READ):
        return self.request(OPEN, string(path), struct.pack(">I", flags), NO_ATTRIBUTES)

    def pipeline(self, requests, outstanding):
        """Sends (kind, body) pairs, so many unanswered at a time; yields the answers as they come."""
        requests = iter(requests)
        waiting = 0
        ended = False
        while True:
            batch = []
            while not ended and waiting < outstanding:
                item = next(requests, None)
                if item is None:
                    ended = True
                    break
                batch.append(self.encode(*item)[0])
                waiting += 1
            if batch:
                self.write_all(b"".join(batch))
            if not waiting:
                return
            yield self.receive()
            waiting -= 1
            while waiting and self._whole_packet_waits():
                yield self.receive()
                waiting -= 1

    def _whole_packet_waits(self):
        there = len(self._buffer) - self._at
        return there >= 4 and there >= 4 + struct.unpack_from(">I", self._buffer, self._at)[0]

    def read_whole(self, path, size, block=32768, outstanding=64):
        """Reads a file of a known size; returns how many bytes came."""
        handle = string(self.open(path).handle)
        reads = ((READ, handle + struct.pack(">QI", at, block)) for at in range(0, size, block))
        replies = self.pipeline(reads, outstanding)
        total = sum(len(reply.data) for reply in replies if reply.kind == DATA)
        self.request(CLOSE, handle)
        return total

    def list_whole(self, path, outstanding=4):
        """All names of a folder, several READDIR under way."""
        handle = string(self.request(OPENDIR, string(path)).handle)
        found, ended = [], False

        def asks():
            while not ended:
                yield READDIR, handle

        for reply in self.pipeline(asks(), outstanding):
            if reply.kind == NAME:
                found += reply.names()
            else:
                ended = True
        self.request(CLOSE, handle)
        return found
