"""What the program says to the person who starts it."""

import json
import re

import pytest

from interop.keys import KeyPair
from interop.programs import give


@pytest.fixture
def key(scratch):
    pair = KeyPair(scratch / "host")
    give(scratch)
    return pair.private


def one_line(text):
    return len(text.strip().splitlines()) == 1


@pytest.mark.main
def test_help(lite_command):
    finished = lite_command("--help")
    assert finished.exit_code == 0 and finished.stderr == ""
    assert "--listen" in finished.stdout and "--inetd" in finished.stdout
    assert finished.stdout.index("sftpd-lite") < 300, "examples come first"


@pytest.mark.main
def test_version(lite_command):
    finished = lite_command("--version")
    assert finished.exit_code == 0 and finished.stderr == ""
    assert re.search(r"sftpd-lite.*\d+\.\d+", finished.stdout)
    assert "OpenSSL" in finished.stdout and "zlib" in finished.stdout.lower()


@pytest.mark.main
@pytest.mark.parametrize(
    "words",
    [
        ["--no-such-option"],
        ["--listen"],
        ["--listen", "127.0.0.1:99999"],
        ["--listen", "127.0.0.1:0", "--max-sessions", "many"],
        ["--listen", "127.0.0.1:0", "--log-level", "loudest"],
        ["--inetd", "--subsystem"],
        ["--listen", "127.0.0.1:0", "stray"],
        ["--listen", "127.0.0.1:0", "--root", "/proc/missing"],
        ["--listen", "127.0.0.1:0", "--root", "/etc/passwd"],
        ["--listen", "127.0.0.1:0", "--host-key", "/proc/missing"],
        ["--listen", "127.0.0.1:0", "--host-key", "/etc/passwd"],
        ["--listen", "127.0.0.1:0", "--authorized-keys", "/proc/missing"],
        ["--listen", "127.0.0.1:0", "--password-file", "/proc/missing"],
        ["--listen", "127.0.0.1:0", "--password-file", "/etc/services"],
        ["--listen", "127.0.0.1:0", "--umask", "999"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_named_in_one_line(lite_command, words):
    finished = lite_command(*words)
    assert not finished.timed_out, "it went on to serve"
    assert finished.exit_code == 2, finished
    assert finished.stdout == ""
    assert finished.stderr.strip(), "no message"
    assert one_line(finished.stderr), finished.stderr
    assert words[-1] in finished.stderr or words[-2] in finished.stderr, finished.stderr


def test_a_host_key_that_others_can_read(lite_command, key):
    key.chmod(0o640)
    finished = lite_command("--listen", "127.0.0.1:0", "--host-key", key)
    assert finished.exit_code == 2, finished
    assert one_line(finished.stderr) and str(key) in finished.stderr


def test_a_public_key_as_host_key(lite_command, key):
    public = key.with_suffix(".pub")
    public.chmod(0o600)
    finished = lite_command("--listen", "127.0.0.1:0", "--host-key", public)
    assert finished.exit_code == 2 and str(public) in finished.stderr, finished


def test_an_address_that_does_not_exist(lite_command):
    finished = lite_command("--listen", "no such host:22")
    assert finished.exit_code in (2, 3), finished
    assert one_line(finished.stderr) and "no such host" in finished.stderr


def test_a_port_that_is_taken(lite_command, lite):
    finished = lite_command("--listen", f"127.0.0.1:{lite.port}")
    assert finished.exit_code == 3, finished
    assert one_line(finished.stderr) and str(lite.port) in finished.stderr


@pytest.mark.main
def test_check_finds_nothing(lite_command, key, scratch):
    finished = lite_command(
        "--check", "--host-key", key, "--authorized-keys", f"{key}.pub", "--root", scratch
    )
    assert finished.exit_code == 0, finished


def test_check_lists_all_problems(lite_command, key):
    key.chmod(0o644)
    finished = lite_command(
        "--check", "--host-key", key, "--root", "/proc/missing", "--password-file", "/proc/missing-too"
    )
    assert finished.exit_code == 2, finished
    for place in (str(key), "/proc/missing", "/proc/missing-too"):
        assert place in finished.said, finished


def test_inetd_without_a_connection(lite_command, key):
    """Started by hand from a shell with nothing behind its input: it ends, and does not hang."""
    finished = lite_command("--inetd", "--host-key", key, stdin=b"")
    assert not finished.timed_out and finished.exit_code != 0


@pytest.mark.main
def test_nothing_but_ssh_on_the_connection(lite_command, key, scratch):
    """In inetd mode even a warning must not appear on descriptor 0 or 1."""
    words = ["--host-key", key, "--authorized-keys", f"{key}.pub", "--root", scratch]
    finished = lite_command("--inetd", *words, "--log", scratch / "log", stdin=b"\0" * 99)
    assert finished.stdout.startswith("SSH-2.0-"), finished


def test_the_json_lines_begin_with_who_speaks(lite):
    first = lite.events[0]
    assert first["event"] == "listening"
    assert first["schema"].startswith("ssh2core/sftpd-lite/")
    assert first["tool_version"] and first["started"].endswith("Z")
    assert first["host"] == "127.0.0.1" and first["port"] == lite.port
    assert len(first["host_keys"]) == 1
    assert lite.host_keys[0].fingerprint in json.dumps(first["host_keys"])
