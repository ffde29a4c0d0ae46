"""sftpd-lite as a login shell: SFTP under a real sshd, and for everything else a sentence."""

import pytest
from conftest import need
from helpers import same, succeeded

from interop.clients import OpenSshSftp
from interop.clients.openssh import ssh_options
from interop.process import run
from interop.servers import SftpdLite, Sshd
from interop.servers.sftpd_lite import binary

SERVER = "/usr/lib/openssh/sftp-server"


@pytest.fixture
def shelled(make_server, scratch):
    """An sshd that runs what a user wants by the login shell, as it does with a shell of /etc/passwd."""
    need(SftpdLite)
    command = f'{binary()} --login-shell --deny-message "Files only." -c "$SSH_ORIGINAL_COMMAND"'
    return make_server(Sshd, subsystem=SERVER, lines=[f"ForceCommand {command}"])


def test_sftp_works(shelled, make_client, random_file, scratch):
    original, copy = random_file(300_000), scratch / "copy"
    client = make_client(OpenSshSftp, shelled)
    place = shelled.root
    succeeded(client.run_steps([("put", original, f"{place}/f"), ("get", f"{place}/f", copy)]))
    assert same(copy, original)


@pytest.mark.parametrize("command", [[], ["id"], ["rsync", "--server"], [f"{SERVER}; id"],
                                     ["sh", "-c", SERVER]])
def test_everything_else_is_denied(shelled, command):
    need(OpenSshSftp)
    target = shelled.target()
    words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port)]
    said = run([*words, f"{target.user}@{target.host}", *command], stdin=b"id\n", seconds=30)
    assert said.exit_code == 1
    assert "Files only." in said.stderr and "uid=" not in said.stdout


@pytest.mark.parametrize("name", ["-sftpsh", "sftpsh", "/usr/bin/sftpsh"])
def test_the_name_makes_it_a_shell(name, scratch):
    need(SftpdLite)
    batch = ["bash", "-c", 'exec -a "$0" "$@"', name, binary()]
    said = run([*batch, "-c", "id"], seconds=10)
    assert (said.exit_code, said.stdout) == (1, "") and "SFTP and SCP only" in said.stderr
    assert run(batch, seconds=10).exit_code == 1
    init = bytes([0, 0, 0, 5, 1, 0, 0, 0, 3])
    finished = run([*batch, "-c", SERVER], stdin=init, seconds=10)
    assert finished.exit_code == 0 and "posix-rename@openssh.com" in finished.stdout


def test_more_commands_can_mean_sftp():
    need(SftpdLite)
    words = [binary(), "--login-shell", "--sftp-command", "/opt/files", "-c", "/opt/files"]
    init = bytes([0, 0, 0, 5, 1, 0, 0, 0, 3])
    assert "fsync@openssh.com" in run(words, stdin=init, seconds=10).stdout
    assert run([binary(), "-c", "id"], seconds=10).exit_code == 2


def test_the_message_also_answers_shells_over_our_own_ssh(make_server):
    server = make_server(options=["--deny-message", "Nothing to see here."])
    target = server.target()
    words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port)]
    said = run([*words, f"{target.user}@{target.host}", "id"], seconds=30)
    assert said.exit_code == 1 and "Nothing to see here." in said.stderr
