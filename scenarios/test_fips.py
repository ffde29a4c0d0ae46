"""FIPS mode: UseFIPS and --fips. Debian ships no FIPS provider for OpenSSL, so mostly what happens without."""

import subprocess

import pytest

from interop.keys import make_key


def has_provider():
    """Whether this machine's OpenSSL can load the provider."""
    done = subprocess.run(["openssl", "list", "-providers", "-provider", "fips"], capture_output=True)
    return done.returncode == 0


@pytest.mark.main
@pytest.mark.parametrize("words", [["--fips"], ["-o", "UseFIPS on"]])
def test_without_a_provider_it_does_not_start(lite_command, words):
    if has_provider():
        pytest.skip("skipped: this OpenSSL has a FIPS provider")
    finished = lite_command("--listen", "127.0.0.1:0", *words)
    assert not finished.timed_out and finished.exit_code == 2, finished
    assert "cannot load its FIPS provider" in finished.stderr


def test_what_was_named_must_be_approved(lite_command):
    named = ["-o", "SFTPCiphers aes256-ctr chacha20-poly1305@openssh.com", "-o", "SFTPDigests hmac-sha2-256"]
    finished = lite_command("--check", "--fips", *named)
    assert "SFTPCiphers chacha20-poly1305@openssh.com: not in FIPS mode" in finished.said
    assert "aes256-ctr: not" not in finished.said and "hmac-sha2-256: not" not in finished.said


def test_the_defaults_lose_what_is_not_approved(lite_command, scratch):
    if not has_provider():
        pytest.skip("skipped: this OpenSSL has no FIPS provider")
    key = make_key(scratch, "host", "ecdsa-256")
    finished = lite_command("--print-config", "--json", "--fips", "--host-key", key.private)
    assert finished.exit_code == 0 and "curve25519" not in finished.stdout and "ecdh-sha2-nistp256" in finished.stdout


def test_off_is_off(lite_command):
    finished = lite_command("--print-config", "-o", "UseFIPS on", "-o", "UseFIPS off")
    assert finished.exit_code == 0 and "curve25519" in finished.stdout
