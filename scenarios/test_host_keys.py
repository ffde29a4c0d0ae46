"""Host keys as administrators have them: encrypted, in an agent, several, of the wrong kind."""

import os
import shutil
import subprocess

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import Algorithms, OpenSshSftp
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.programs import give
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary


def lines(*texts):
    return [word for text in texts for word in ("-o", text)]


@pytest.fixture
def folder(scratch):
    made = scratch / "hostkeys"
    made.mkdir()
    return made


@pytest.fixture
def agent(folder):
    """agent(key, ...) starts an ssh-agent with these keys and gives its socket."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("skipped: ssh-agent is not here")
    running = []

    def start(*keys):
        socket = folder / f"agent{len(running)}"
        running.append(subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL))
        assert wait_until(socket.exists, 10)
        for key in keys:
            added = run(["ssh-add", "-q", key.private], seconds=10, env={"SSH_AUTH_SOCK": str(socket), "PATH": os.environ["PATH"]})
            assert added.exit_code == 0, added
        give(folder)
        return socket

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def look(make_client, server, algorithm):
    """OpenSSH comes, checks the host key and lists the root."""
    client = make_client(OpenSshSftp, server, algorithms=Algorithms(host_key=algorithm))
    return client.run_steps([("ls", ".")])


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"])
def test_an_agent_signs(agent, folder, make_server, make_client, algorithm):
    """Also in a rekey; ssh-agent lets only its own account and root come."""
    keys = [KeyPair(folder / "ed"), KeyPair(folder / "ec", "ecdsa", "256"), KeyPair(folder / "rsa", "rsa", "2048")]
    socket = agent(*keys)
    root = os.geteuid() == 0
    server = make_server(
        options=["--run-as", "nobody", *lines(f"SFTPHostKey agent:{socket}")] if root
        else lines(f"SFTPHostKey agent:{socket}"),
        host_keys=[KeyPair(folder / "other", "ecdsa", "521")],
        as_root=root,
    )
    assert len(server.all("listening")[0]["host_keys"]) == 4
    client = make_client(OpenSshSftp, server, algorithms=Algorithms(host_key=algorithm), host_keys=tuple(key.public_line for key in keys))
    succeeded(client.run_steps([("ls", ".")]))
    assert server.wait_event("negotiated")[0]["host_key"] == algorithm


def test_a_missing_agent_is_named(folder):
    need(SftpdLite)
    checked = run([binary(), "--check", *lines(f"SFTPHostKey agent:{folder}/none")], seconds=10)
    assert checked.exit_code == 2 and "is the agent running" in checked.stdout


PROVIDER = """#!/bin/sh
echo "$1 $2" >> {folder}/asked
echo "{answer}"
"""


def provider(folder, answer, name="provider"):
    path = folder / name
    path.write_text(PROVIDER.format(folder=folder, answer=answer))
    path.chmod(0o755)
    return path


def encrypted(folder):
    key = KeyPair(folder / "locked")
    changed = run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", key.private], seconds=20)
    assert changed.exit_code == 0, changed
    return key


def test_a_provider_opens_an_encrypted_key(folder, make_server, make_client):
    key = encrypted(folder)
    program = provider(folder, "open sesame")
    give(folder)
    server = make_server(host_keys=[key], options=lines(f"SFTPPassPhraseProvider {program}"))
    succeeded(look(make_client, server, "ssh-ed25519"))
    words = (folder / "asked").read_text().split()
    assert words[0].startswith("localhost:") and words[1] == str(key.private)


def test_a_provider_that_is_wrong_or_fails(folder):
    need(SftpdLite)
    key = encrypted(folder)

    def check(program):
        words = [binary(), "--check", "--host-key", key.private]
        return run([*words, *lines(f"SFTPPassPhraseProvider {program}")], seconds=20)

    said = check(provider(folder, "wrong"))
    assert said.exit_code == 2 and "the passphrase is wrong, 3 times" in said.stdout
    assert len((folder / "asked").read_text().splitlines()) == 3
    said = check("/bin/false")
    assert said.exit_code == 2 and "ends with status 1" in said.stdout
    said = check("relative")
    assert said.exit_code == 2 and "absolute path" in said.stderr
    assert "open sesame" not in said.stdout + said.stderr


def test_without_a_provider_the_cure_is_named(folder):
    need(SftpdLite)
    key = encrypted(folder)
    said = run([binary(), "--check", "--host-key", key.private], seconds=20)
    assert said.exit_code == 2
    assert "SFTPPassPhraseProvider" in said.stdout and "ssh-keygen -p" in said.stdout


@pytest.mark.parametrize("word, kept", [("NoRSA", ["ecdsa", "ed25519"]), ("NoECDSA", ["ed25519", "rsa"]),
                                        ("NoED25519", ["ecdsa", "rsa"])])
def test_types_can_be_left_out(folder, make_server, word, kept):
    keys = {"ed25519": KeyPair(folder / "ed"), "ecdsa": KeyPair(folder / "ec", "ecdsa", "256"),
            "rsa": KeyPair(folder / "rsa", "rsa", "2048")}
    give(folder)
    server = make_server(host_keys=list(keys.values()), options=lines(f"SFTPHostKey {word}"))
    def shown(name):
        said = run(["ssh-keygen", "-l", "-f", keys[name].public], seconds=10).stdout
        return said.split()[1]
    assert set(server.all("listening")[0]["host_keys"]) == {shown(name) for name in kept}


def test_nothing_is_left(folder):
    need(SftpdLite)
    key = KeyPair(folder / "only")
    said = run([binary(), "--check", *lines(f"SFTPHostKey {key.private}", "SFTPHostKey NoED25519")], seconds=10)
    assert said.exit_code == 2 and "leave no host key" in said.stdout


def test_modes_of_files(folder):
    need(SftpdLite)
    key = KeyPair(folder / "open")
    key.private.chmod(0o644)
    said = run([binary(), "--check", "--host-key", key.private], seconds=10)
    assert said.exit_code == 2 and "chmod 600" in said.stdout
    words = [binary(), "--check", "--host-key", key.private, *lines("SFTPOptions InsecureHostKeyPerms")]
    assert "chmod 600" not in run(words, seconds=10).stdout
