"""SFTPAcceptEnv: which variables a client may set, asked with want_reply on a session channel."""

import socket

import pytest

from interop.servers.sftpd_lite import SftpdLite

paramiko = pytest.importorskip("paramiko")


@pytest.fixture
def is_taken(make_server):
    """is_taken(directives, NAME, value): the server's answer to an env request."""

    def ask(directives, name, value="x"):
        words = [word for text in directives for word in ("-o", text)]
        target = make_server(SftpdLite, options=words).target()
        transport = paramiko.Transport(socket.create_connection((target.host, target.port), 10))
        try:
            transport.start_client(timeout=20)
            key = paramiko.Ed25519Key.from_private_key_file(str(target.key.private))
            transport.auth_publickey(target.user, key)
            channel = transport.open_session(timeout=20)
            request = paramiko.Message()
            request.add_byte(bytes([98]))
            request.add_int(channel.remote_chanid)
            request.add_string("env")
            request.add_boolean(True)
            request.add_string(name)
            request.add_string(value)
            channel._event_pending()
            transport._send_user_message(request)
            try:
                channel._wait_for_event()
            except paramiko.SSHException:
                return False
            return True
        finally:
            transport.close()

    return ask


@pytest.mark.parametrize(
    "directives, name, taken",
    [
        ([], "LANG", True),
        ([], "LC_ALL", False),
        (["SFTPAcceptEnv LC_* X?"], "LC_ALL", True),
        (["SFTPAcceptEnv LC_* X?"], "LANG", False),
        (["SFTPAcceptEnv LC_* X?"], "XY", True),
        (["SFTPAcceptEnv A", "SFTPAcceptEnv B"], "A", True),
        (["SFTPAcceptEnv *"], "ld_preload", False),
        (["SFTPAcceptEnv *"], "SFTP_CLIENT_BANNER", False),
        (["SFTPAcceptEnv *"], "SSH_CONNECTION", False),
    ],
)
def test_variables(is_taken, directives, name, taken):
    assert is_taken(directives, name) == taken
