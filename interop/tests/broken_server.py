"""An SFTP server that is wrong on purpose, for the tests of the matrix's honesty.

usage: broken_server.py FAULT ROOT HOST_KEY EVENTS
FAULT: none, upload (stores a wrong byte), download (sends a wrong byte), dropped (takes a file and
keeps none), listing (leaves a name out), cipher (reports another cipher than it uses), silent
(reports nothing), extra (lists a name that is not there), truncated (loses the last byte).
Writes the same events as sftpd-lite; the first line names the port.
"""

import json
import os
import socket
import sys
import threading
import time

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface


class Events:
    """Lines of events, one writer at a time."""

    def __init__(self, path, fault):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.fault = fault

    def write(self, event, **fields):
        if self.fault == "silent" and event != "listening":
            return
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self.lock:
            self.file.write(json.dumps({"event": event, "time": now, **fields}) + "\n")
            self.file.flush()


class Transport(paramiko.Transport):
    """Remembers the key exchange's name, which paramiko forgets."""

    kex_name = ""

    def _set_K_H(self, k, h):  # noqa: N802 - paramiko's name
        kind = type(self.kex_engine)
        self.kex_name = next(name for name, known in self._kex_info.items() if known is kind)
        super()._set_K_H(k, h)


class Login(paramiko.ServerInterface):
    def __init__(self, events, session):
        self.events, self.session = events, session

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Handle(SFTPHandle):
    """A file, wrong as asked for."""

    def __init__(self, path, flags, fault):
        super().__init__(flags)
        self.fault, self.path = fault, path
        if fault == "dropped" and flags & os.O_CREAT:
            path = "/dev/null"
        self.file = os.fdopen(os.open(path, flags, 0o644), "r+b" if flags & os.O_RDWR else
                              "wb" if flags & os.O_WRONLY else "rb", buffering=0)  # fmt: skip

    def read(self, offset, length):
        data = os.pread(self.file.fileno(), length, offset)
        if self.fault == "download" and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        return data if data else paramiko.SFTP_EOF

    def write(self, offset, data):
        if self.fault == "upload":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.fault != "dropped":
            os.pwrite(self.file.fileno(), data, offset)
        return paramiko.SFTP_OK

    def stat(self):
        return SFTPAttributes.from_stat(os.fstat(self.file.fileno()))

    def close(self):
        if self.fault == "truncated" and self.file.writable():
            size = os.fstat(self.file.fileno()).st_size
            os.ftruncate(self.file.fileno(), max(0, size - 1))
        self.file.close()


class Files(SFTPServerInterface):
    """Files below the root, wrong as asked for."""

    root, fault, sizes = "/", "none", {}

    def place(self, path):
        return self.root + self.canonicalize(path)

    def list_folder(self, path):
        try:
            names = sorted(os.listdir(self.place(path)))
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)
        if self.fault == "listing":
            names = names[1:]
        found = []
        for name in names:
            entry = SFTPAttributes.from_stat(os.lstat(os.path.join(self.place(path), name)))
            entry.filename = name
            found.append(entry)
        if self.fault == "extra" and found:
            entry = SFTPAttributes.from_stat(os.lstat(self.place(path)))
            entry.filename = "invented"
            found.append(entry)
        return found

    def stat(self, path):
        try:
            return SFTPAttributes.from_stat(os.stat(self.place(path)))
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        try:
            return Handle(self.place(path), flags, self.fault)
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)

    def _try(self, act, *words):
        try:
            act(*words)
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

    def remove(self, path):
        return self._try(os.remove, self.place(path))

    def rename(self, oldpath, newpath):
        return self._try(os.rename, self.place(oldpath), self.place(newpath))

    posix_rename = rename

    def mkdir(self, path, attr):
        return self._try(os.mkdir, self.place(path))

    def rmdir(self, path):
        return self._try(os.rmdir, self.place(path))

    def chattr(self, path, attr):
        return paramiko.SFTP_OK


def serve(connection, key, events, session, fault):
    """One connection, to its end."""
    transport = Transport(connection)
    transport.add_server_key(key)
    transport.set_subsystem_handler("sftp", SFTPServer, Files)
    events.write("session_open", session=session, id=session, peer="127.0.0.1", banner="")
    try:
        transport.start_server(server=Login(events, session))
        channel = transport.accept(20)
        report(transport, events, session, fault)
        while channel is not None and transport.is_active():
            time.sleep(0.01)
    except (paramiko.SSHException, EOFError, OSError) as error:
        events.write("error", session=session, reason=str(error))
    finally:
        transport.close()
        events.write("session_close", session=session, reason="closed", bytes_in=0, bytes_out=0, seconds=0)


def report(transport, events, session, fault):
    """The values of the key exchange, or a lie about the cipher."""
    into, out = transport.remote_cipher, transport.local_cipher
    if fault == "cipher":
        into = out = "chacha20-poly1305@openssh.com"
    events.write(
        "negotiated",
        session=session,
        kex=transport.kex_name,
        host_key=transport.host_key_type,
        cipher_in=into,
        cipher_out=out,
        mac_in=transport.remote_mac,
        mac_out=transport.local_mac,
        compression_in="none",
        compression_out="none",
        strict_kex=False,
    )
    events.write("auth", session=session, user=transport.get_username(), method="publickey", result="accepted")
    events.write("sftp", session=session, version=3)


def main():
    fault, root, host_key, path = sys.argv[1:5]
    Files.root, Files.fault = root, fault
    events = Events(path, fault)
    key = paramiko.Ed25519Key.from_private_key_file(host_key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        events.write("listening", host="127.0.0.1", port=listener.getsockname()[1], host_keys=[])
        for session in range(1, 100):
            connection, _ = listener.accept()
            words = (connection, key, events, str(session), fault)
            threading.Thread(target=serve, args=words, daemon=True).start()


main()
