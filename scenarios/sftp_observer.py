"""An SSH server of any name that writes down everything a client sends.

It is paramiko's, with OpenSSH's sftp-server behind it. Messages: RFC 4250 section 4.1; SFTP packets:
draft-ietf-secsh-filexfer-02.
"""

import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass

import paramiko

from interop.clients import Target
from interop.keys import KeyPair
from interop.process import wait_until

SFTP_SERVER = "/usr/lib/openssh/sftp-server"
INIT, VERSION = 1, 2


@dataclass(frozen=True)
class Packet:
    """One SFTP packet; `answered` is how many answers had gone out when it came."""

    kind: int
    body: paramiko.Message  # behind the id
    request: int | None
    answered: int


class Observer(paramiko.ServerInterface):
    """An SSH server of any name that keeps what the client sends.

    With `patience`, SFTP answers wait until the client has been silent for so long, which shows how
    many requests it keeps under way. `sftp_version` and `extensions` are what VERSION says; with
    `server`, the command line of another SFTP server, that one says it itself.
    """

    def __init__(self, folder, software="Observer_1.0", sftp_version=3, extensions=(), methods="publickey",
                 patience=0.0, server=None):
        self.software, self.methods, self.patience = software, methods, patience
        self.sftp_version, self.extensions = sftp_version, extensions
        self.user_key, self.host_key = KeyPair(folder / "user"), KeyPair(folder / "host")
        self.server = server
        self.messages = []  # (number, what follows it) of the client, in order
        self.channels = []  # the SFTP packets of each channel
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def target(self, base, **changes):
        port = self.listener.getsockname()[1]
        given = {"key": self.user_key, "host_keys": (self.host_key.public_line,), **changes}
        return Target("127.0.0.1", port, "ann", base=str(base), **given)

    def serve(self):
        connection, _ = self.listener.accept()
        transport = paramiko.Transport(connection)
        transport.local_version = f"SSH-2.0-{self.software}"
        transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(str(self.host_key.private)))
        read = transport.packetizer.read_message

        def read_message():
            number, message = read()
            self.messages.append((number, message.asbytes()))
            return number, message

        transport.packetizer.read_message = read_message
        transport.start_server(server=self)
        transport.join(60)
        self.ended.set()

    def of(self, number):
        """The client's messages with this number, behind it."""
        wait_until(self.ended.is_set, 10)
        return [paramiko.Message(body) for kind, body in self.messages if kind == number]

    # paramiko.ServerInterface
    def get_allowed_auths(self, username):
        return self.methods

    def check_auth_publickey(self, username, key):
        right = key.get_base64() == self.user_key.public_line.split()[1]
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == "secret" else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel, name):
        threading.Thread(target=self.relay, args=(channel,), daemon=True).start()
        return True

    def relay(self, channel):
        """SFTP between the client and a sftp-server, but with a VERSION of ours."""
        packets, lock = [], threading.Lock()
        self.channels.append(packets)
        answers, answered, last = [], 0, time.monotonic()
        server = subprocess.Popen(self.server or [SFTP_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")

        def answer():
            while data := read_packet(server.stdout.read):
                with lock:
                    ours = data[4] == VERSION and not self.server
                    answers.append(self.version_packet(packets[0]) if ours else data)

        def release():
            nonlocal answered
            with lock:
                if answers and time.monotonic() - last >= self.patience:
                    answered += len(answers)
                    channel.sendall(b"".join(answers))
                    answers.clear()

        threading.Thread(target=answer, daemon=True).start()
        threading.Thread(target=tick, args=(release, channel), daemon=True).start()
        while data := read_packet(lambda size: receive(channel, size)):
            last = time.monotonic()
            kind, request = data[4], None if data[4] == INIT else struct.unpack_from(">I", data, 5)[0]
            body = paramiko.Message(data[5 if request is None else 9 :])
            packets.append(Packet(kind, body, request, answered))
            server.stdin.write(data)
            server.stdin.flush()
        server.stdin.close()
        server.wait(10)
        channel.close()

    def version_packet(self, init):
        asked = struct.unpack(">I", init.body.asbytes()[:4])[0]
        body = struct.pack(">BI", VERSION, min(asked, self.sftp_version))
        for text in (part.encode() for pair in self.extensions for part in pair):
            body += struct.pack(">I", len(text)) + text
        return struct.pack(">I", len(body)) + body


def tick(action, channel):
    try:
        while not channel.closed:
            action()
            time.sleep(0.002)
    except OSError:
        pass  # the client left while answers were waiting


def receive(channel, size):
    data = b""
    while len(data) < size and (piece := channel.recv(size - len(data))):
        data += piece
    return data


def read_packet(read):
    """A packet with its length; empty at the end."""
    head = read(4)
    return head + read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
