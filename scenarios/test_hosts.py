"""Several hosts in one configuration, classes of clients in a host, and what a reload makes of both."""

import json
import os
import signal
import subprocess

import pytest
from conftest import need

from interop.clients import OpenSshSftp
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.servers import SftpdLite
from interop.servers.base import free_port
from interop.servers.sftpd_lite import binary

AS_ROOT = ["--run-as", "nobody", "--user", "alice"] if os.geteuid() == 0 else []
LOOK = ["ssh", "-vv", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-F", "none"]  # fmt: skip


def seen(port):
    """What ssh says of a connection that ends at the login."""
    words = [*LOOK, "-p", str(port), "alice@127.0.0.1"]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False).stderr


def host_key(port):
    return next(line.split("SHA256:")[1] for line in seen(port).splitlines() if "Server host key" in line)


@pytest.fixture
def started(scratch):
    """started(text, ...) runs a server with this configuration and gives process, path and log."""
    need(SftpdLite)
    processes = []

    def start(text, *words):
        path, log = scratch / "hosts.conf", scratch / "log"
        path.write_text(text)
        log.touch()
        log.chmod(0o666)
        words = [binary(), "--json", "--log", log, "--config", path, *AS_ROOT, *words]
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, cwd="/")
        processes.append(process)
        assert json.loads(process.stdout.readline())["event"] == "listening"
        return process, path, log

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def reload(process, log):
    before = log.read_text().count("reload") if log.exists() else 0
    process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: log.read_text().count("reload") > before)
    return log.read_text()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_each_host_has_its_settings(started, scratch, address):
    """However its address is written: as it is, by name, as all of the machine."""
    first, second = free_port("127.0.0.1"), free_port("127.0.0.1")
    _, path, _ = started(
        f"<VirtualHost 127.0.0.1>\nSFTPEngine on\nPort {first}\nSFTPCiphers aes128-ctr\n</VirtualHost>\n"
        f"<VirtualHost {address}>\nSFTPEngine on\nPort {second}\nSFTPCiphers aes256-ctr\n</VirtualHost>\n"
    )
    said = run([binary(), "--print-config", "--json", "--config", path, *AS_ROOT], seconds=10).stdout
    settings = json.loads(said)["settings"]
    assert settings["listen"] == [f"127.0.0.1:{first}"] and settings["ciphers"] == ["aes128-ctr"]
    assert settings["other_hosts"][0]["listen"] == [f"{address}:{second}"]
    for port, cipher in ((first, "aes128-ctr"), (second, "aes256-ctr")):
        assert f"server->client cipher: {cipher}" in seen(port)


NEAR = "<Class near>\nFrom 127.0.0.0/8\n</Class>\n"


def test_a_class_is_checked_before_anybody_comes(check):
    code, findings = check(f"SFTPEngine on\nPort 2022\n{NEAR}<IfClass near>\nSFTPDHParamFile /proc/missing\n"
                           "SFTPAuthMethods hostbased\n</IfClass>\n")  # fmt: skip
    assert code == 2 and any("<IfClass near>" in what and "hostbased" in what for _, what in findings), findings


def test_a_class_repeats_nothing_for_each_client(started, scratch):
    """Encrypted host keys are opened once, whatever the sections say."""
    key = KeyPair(scratch / "locked")
    changed = run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", key.private], seconds=20)
    assert changed.exit_code == 0
    program = scratch / "provider"
    program.write_text(f"#!/bin/sh\necho x >> {scratch}/asked\necho open sesame\n")
    program.chmod(0o755)
    port = free_port("127.0.0.1")
    started(f"SFTPEngine on\nPort {port}\nDefaultAddress 127.0.0.1\nSFTPPassPhraseProvider {program}\n"
            f"SFTPHostKey {key.private}\n{NEAR}<IfClass near>\nSFTPCiphers aes192-ctr\n</IfClass>\n")  # fmt: skip
    for _ in range(2):
        assert "server->client cipher: aes192-ctr" in seen(port)
    assert (scratch / "asked").read_text() == "x\n"


def test_a_reload_keeps_what_was_made_up(started):
    """No client is warned of another host key, in no host."""
    first, second = free_port("127.0.0.1"), free_port("127.0.0.1")
    text = (f"SFTPEngine on\nPort {first}\nDefaultAddress 127.0.0.1\n"
            f"<VirtualHost 127.0.0.1>\nSFTPEngine on\nPort {second}\n</VirtualHost>\n")  # fmt: skip
    process, path, log = started(text)
    keys = [host_key(first), host_key(second)]
    assert keys[0] != keys[1]
    path.write_text(text + "Umask 077\n")
    assert "settings reloaded" in reload(process, log)
    assert [host_key(first), host_key(second)] == keys


def test_a_reload_that_leaves_no_login_is_refused(started, tmp_path):
    """Or the old keys would go on, and nobody would see the password that is made up instead."""
    key = KeyPair(tmp_path / "key")
    port = free_port("127.0.0.1")
    text = f"SFTPEngine on\nPort {port}\nDefaultAddress 127.0.0.1\nAuthOrder mod_auth_file.c\n"
    process, path, log = started(f"{text}SFTPAuthorizedUserKeys file:{key.public}\n")
    path.write_text(text)
    said = reload(process, log)
    assert "reload refused" in said and "neither keys nor passwords" in said


def test_a_host_key_that_is_taken_out_is_out(started, scratch):
    key = KeyPair(scratch / "key")
    port = free_port("127.0.0.1")
    text = f"SFTPEngine on\nPort {port}\nDefaultAddress 127.0.0.1\n"
    process, path, log = started(f"{text}SFTPHostKey {key.private}\n")
    before = host_key(port)
    path.write_text(text)
    assert "settings reloaded" in reload(process, log)
    assert host_key(port) != before


def test_rules_in_a_folder_that_cannot_be_read_are_not_left_out(scratch):
    need(SftpdLite)
    scratch.chmod(0o755)
    folder = scratch / "conf.d"
    folder.mkdir()
    (folder / "rules.conf").write_text("<Limit LOGIN>\nDenyAll\n</Limit>\n")
    path = scratch / "proftpd.conf"
    path.write_text(f"SFTPEngine on\nPort 2022\nInclude {folder}/*.conf\n")
    path.chmod(0o644)
    words = [str(binary()), "--check", "--config", str(path)]
    drop = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    folder.chmod(0o000)
    try:
        said = subprocess.run([*drop, *words], capture_output=True, text=True, timeout=20, check=False)
    finally:
        folder.chmod(0o755)
    assert said.returncode == 2 and "Permission denied" in said.stdout, said


def test_a_name_cannot_hold_up_a_login_for_ever(configured_rule):
    """An expression that takes long with some names ends with TimeoutLogin."""
    server, connect = configured_rule("<Limit LOGIN>\nDenyUser regex ^(([a-z])+.)+[A-Z]([a-z])+$\n</Limit>\nTimeoutLogin 2")
    connect("a" * 60 + "!")
    assert wait_until(lambda: not server.sessions(), 15)


@pytest.fixture
def configured_rule(make_server, make_client, scratch):
    def make(text):
        path = scratch / "proftpd.conf"
        path.write_text(f"SFTPEngine on\n{text}\n")
        path.chmod(0o644)
        server = make_server(options=["--config", path])
        return server, lambda name: make_client(OpenSshSftp, server, user=name).ls("")

    return make
