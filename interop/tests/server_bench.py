"""What the tests of servers stand on: running servers with settings, and ways to speak to them."""

import contextlib
import os
import socket

import paramiko
import pytest

from interop.capture import kexinit
from interop.clients import OpenSshSftp
from interop.programs import give
from interop.servers import InetdMode, Proftpd, SftpdLite, Sshd, SubsystemMode
from interop.servers.settings import Settings, UnsupportedSetting

KINDS = (SftpdLite, Sshd, Proftpd)
ALL = (*KINDS, InetdMode, SubsystemMode)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request, pytestconfig):
    only = pytestconfig.getoption("--server")
    if only and request.param.name not in only:
        pytest.skip("skipped: not asked for")
    need(request.param)
    return request.param


def need(kind):
    missing = kind.detect().missing
    if missing:
        pytest.skip(f"skipped: {missing}")


@pytest.fixture
def made(scratch, store):
    """made(kind, ciphers=...) starts a server with these settings; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def make(kind, **settings):
            folder = scratch / f"server-{len(os.listdir(scratch))}"
            server = kind(folder, settings=Settings(**settings), keys=store)
            give(server.root)
            stack.callback(server.stop)
            server.start()
            return server

        yield make


@pytest.fixture
def served(kind, made):
    """served(ciphers=...): a running server of each kind; skips the test where it has no such setting."""

    def make(**settings):
        try:
            return made(kind, **settings)
        except UnsupportedSetting as reason:
            assert kind.name in str(reason)
            pytest.skip(f"skipped: {reason}")

    return make


@contextlib.contextmanager
def paramiko_transport(server, host=None, **options):
    """A paramiko connection after its key exchange, not logged in."""
    connection = socket.create_connection((host or server.host, server.port), timeout=10)
    transport = paramiko.Transport(connection, **options)
    try:
        transport.start_client(timeout=10)
        yield transport
    finally:
        transport.close()


def paramiko_key(server):
    return paramiko.Ed25519Key.from_private_key_file(str(server.key.private))


@contextlib.contextmanager
def paramiko_sftp(server):
    with paramiko_transport(server) as transport:
        transport.auth_publickey(server.target().user, paramiko_key(server))
        yield paramiko.SFTPClient.from_transport(transport)


def hello(server):
    """The server's identification and KexInit, told before any login."""
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(b"SSH-2.0-test\r\n")
        got = b""
        while (found := kexinit.first_kexinit(got)) is None:
            piece = connection.recv(65536)
            assert piece, got
            got += piece
    return kexinit.identification(got), found.lists


def sftp(server, scratch, steps, **target):
    return OpenSshSftp(server.target(**target), scratch / "home").run_steps(steps)
