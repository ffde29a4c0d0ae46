"""`sftpd-lite --config FILE`: what a ProFTPD configuration says is taken, warned about or refused, and
what it sets is what real clients meet."""

import json
import os
import signal
import subprocess

import pytest
from conftest import need
from helpers import host, mode_of, succeeded

from interop.clients import OpenSshSftp
from interop.process import run, wait_until
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary


ACCEPTED = {
    "chain": "SFTPCiphers aes256-ctr aes192-ctr \\\n  aes128-ctr # continued",
    "case": "sftpRekey REQUIRED 1800 4096 300",
    "compression": "SFTPCompression off",
    "global": "<Global>\nSFTPRekey required\n</Global>\nSFTPHostKey NoRSA",
    "module": "<IfModule mod_cap.c>\nCapabilitiesEngine off\nNoSuchThing\n</IfModule>\nRootRevoke off",
    "silent": "Unsetenv LANG\nLoadModule mod_sftp.c\nServerName \"x y\"\nUseIPv6 off",
    "trace": "TraceLog none\nTrace scp:20 sftp:20 ssh2:20",
    "ident": 'ServerIdent on "OpenSSH_5.6p1"',
    "ident off": "ServerIdent off",
    "limit": "<Limit LOGIN>\nOrder deny,allow\nAllow from 10.0.0.0/8, 127.\nDenyUser OR !bob\n</Limit>",
    "class": "<Class near>\nFrom 127.0.0.1 ::1\nSatisfy any\n</Class>\n<IfClass near>\nMaxLoginAttempts 9\n</IfClass>",
    "user": "<IfUser regex ^b>\nUmask 077\n</IfUser>\n<IfGroup AND a,!b>\nTimeoutIdle 5min\n</IfGroup>",
    "define": "Define A\n<IfDefine A>\nUmask 022\n</IfDefine>\n<IfDefine SFTP_USE_FIPS>\nNoSuchThing\n</IfDefine>",
    "device": "SFTPCryptoDevice all",
    "directory": "<Directory /x>\n<Limit WRITE>\nDenyAll\n</Limit>\nUmask 077 022\n</Directory>",
    "defaults": "AllowOverwrite on\nAllowStoreRestart on\nTimesGMT on\nUseEncoding UTF-8",
}
WARNED = {
    "list options": ("ListOptions -la", "FTP"),
    "tls": ("TLSRSACertificateFile /x", "FTP"),
    "passive": ("PassivePorts 1000 2000\nMasqueradeAddress 1.2.3.4", "FTP"),
    "anonymous": ("<Anonymous ~ftp>\nUser ftp\n</Anonymous>", "FTP"),
    "device": ("SFTPCryptoDevice chil", "providers"),
    "ftp host": ("<VirtualHost 127.0.0.9>\nNoSuchThing\n</VirtualHost>", "left out"),
}
REFUSED = {
    "misspelt": ("SFTPCipher aes128-ctr", ":3: no directive is called 'SFTPCipher'; the nearest is SFTPCiphers"),
    "method prefix": ("SFTPAuthMethods pub", "publickey"),
    "store word": ("SFTPAuthorizedUserKeys /etc/keys", "file:/etc/keys"),
    "sql": ("SFTPAuthorizedUserKeys sql:/get-user-authorized-keys", "exec:"),
    "ident": ('ServerIdent on "bad-name"', "minus"),
    "tls": ("TLSEngine on", "TLSEngine"),
    "in user": ("<IfUser bob>\nSFTPCiphers aes128-ctr\n</IfUser>", ":4: SFTPCiphers cannot stand"),
    "unclosed": ("<Global>\nUmask 022", ":3: <Global> is never closed"),
    "quote": ('ServerIdent on "x', ":3: a double quote"),
    "environment": ("SFTPHostKey agent:%{env:NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE"),
    "directory": ("<Directory x>\n</Directory>", "wants a path"),
    "limit": ("<Limit WRIT>\nDenyAll\n</Limit>", ":3: <Limit WRIT>: no command is called so; the nearest is WRITE"),
    "quotas of a module": ("QuotaEngine on", "QuotaDirectory"),
    "rule": ("<Limit LOGIN>\nAllowUsers bob\n</Limit>", "the nearest is AllowUser"),
    "root": ("DefaultRoot %x", "only %u, %h and %% are expanded"),
    "include": ("Include /no/such/file", "/no/such/file"),
    "section": ("<IfUsers bob>\n</IfUsers>", "no section"),
    "port": ("Port 70000", "65535"),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted_without_a_word(check, text):
    code, findings = check(host(text))
    assert [one for one in findings if "proftpd.conf" in one[1]] == []
    assert code != 2, findings


@pytest.mark.parametrize("text, said", WARNED.values(), ids=WARNED)
def test_accepted_with_a_warning(check, text, said):
    code, findings = check(host(text))
    ours = [one for one in findings if "proftpd.conf:" in one[1]]
    assert ours and all(severity == "warning" and said in what for severity, what in ours), findings
    assert code == 1


@pytest.mark.parametrize("text, said", REFUSED.values(), ids=REFUSED)
def test_refused_with_place_and_cure(check, text, said):
    code, findings = check(host(text))
    assert code == 2 and any(
        severity == "fatal" and "proftpd.conf:" in what and said in what for severity, what in findings
    ), findings


def test_all_mistakes_are_told_at_once(check):
    code, findings = check(host("SFTPCiphers x", "Umask 9", "NoSuchThing", "ListOptions -a"))
    assert code == 2
    assert [what.split("proftpd.conf:")[1].split(":")[0] for _, what in findings] == ["3", "4", "5", "6"]


def test_the_form_of_the_manual(check):
    """An SFTP host in a server of FTP, as the manual's examples have it."""
    code, findings = check(
        "<Limit LOGIN>\nDenyAll\n</Limit>\nMaxInstances 30\n<IfModule mod_sftp.c>\n<VirtualHost 127.0.0.1>\n"
        "SFTPEngine on\nPort 2022\nMaxLoginAttempts 6\n<Limit LOGIN>\nAllowAll\n</Limit>\n</VirtualHost>\n"
        "</IfModule>\n<VirtualHost 127.0.0.1>\nPort 2121\n</VirtualHost>\n"
    )
    assert code == 1 and len(findings) == 1 and "left out" in findings[0][1], findings


def test_global_may_stand_behind_a_host(check):
    host = "<VirtualHost 127.0.0.1>\nSFTPEngine on\nPort 2022\n{}</VirtualHost>\n"
    behind = "<Global>\nMaxInstances 30\n</Global>\n"
    assert check(host.format("") + behind)[0] == 0
    code, findings = check(host.format("MaxInstances 30\n"))
    assert code == 2 and "MaxInstances cannot stand in <VirtualHost>" in findings[0][1], findings


def test_variables_and_defines(check):
    text = host("<IfDefine SFTP_USE_FIPS>\nNoSuchThing\n</IfDefine>\nServerIdent on %{env:IDENT}")
    assert check(text, environment={"IDENT": "mine"})[0] == 0
    assert check(text, environment={"IDENT": "bad-name"})[0] == 2
    assert check(text, "-DSFTP_USE_FIPS", environment={"IDENT": "mine"})[0] == 2


def test_a_configuration_of_sshd_is_recognised(check):
    code, findings = check("Port 22\nMatch Group sftponly\n  ChrootDirectory /srv\n  ForceCommand internal-sftp\n")
    assert code == 2 and "sshd" in findings[0][1], findings


def test_flags_stand_above_the_file(tmp_path):
    need(SftpdLite)
    path = tmp_path / "c"
    path.write_text(host("Umask 022", "MaxLoginAttempts 3", "TimeoutIdle 7"))
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    words = [binary(), "--print-config", "--json", "--config", path, "-u", "077", "-o", "MaxLoginAttempts 4", *who]
    settings = json.loads(run(words, seconds=10).stdout)["settings"]
    assert (settings["umask"], settings["max_auth_failures"], settings["idle_timeout"]) == ("077", 4, 7)
    assert settings["listen"] == ["*:2022"]


# What clients meet


@pytest.fixture
def configured(make_server, scratch):
    """configured("Umask 077", ...) starts a server on loopback with such a file."""

    def make(*lines, **settings):
        path = scratch / "proftpd.conf"
        path.write_text("\n".join(["SFTPEngine on", *lines]) + "\n")
        path.chmod(0o644)
        options = [*settings.pop("options", []), "--config", path]
        server = make_server(options=options, **settings)
        server.configuration = path
        return server

    return make


def put(make_client, server, file, name="f", **changes):
    return make_client(OpenSshSftp, server, **changes).put(file, name)


@pytest.mark.main
def test_settings_of_one_user(configured, make_client, random_file):
    server = configured(
        "Umask 022", "<IfUser alice>", "Umask 077", "</IfUser>", users=("alice", "bob")
    )
    succeeded(put(make_client, server, random_file(10), "a"))
    succeeded(put(make_client, server, random_file(10), "b", user="bob"))
    assert mode_of(server.root / "a") & 0o077 == 0
    assert mode_of(server.root / "b") & 0o044 == 0o044


def test_settings_of_a_class(configured, make_client):
    near = "<Class near>\nFrom 127.0.0.0/8\n</Class>\n<Class far>\nFrom 10.0.0.0/8\n</Class>"
    server = configured(near, "<IfClass near>\nSFTPCiphers aes192-ctr\n</IfClass>",
                        "<IfClass far>\nSFTPCiphers aes128-ctr\n</IfClass>")
    succeeded(make_client(OpenSshSftp, server).ls(""))
    assert server.wait_event("negotiated")[-1]["cipher_in"] == "aes192-ctr"


@pytest.mark.main
@pytest.mark.parametrize(
    "rules, allowed",
    [
        ("DenyUser alice", ["bob"]),
        ("AllowUser alice\nDenyAll", ["alice"]),
        ("Order deny,allow\nAllow from 127.0.0.1", ["alice", "bob"]),
        ("Deny from 127.0.0.0/8", []),
        ("Order deny,allow", []),
    ],
)
def test_limit_login(configured, make_client, rules, allowed):
    server = configured("<Limit LOGIN>", rules, "</Limit>", users=("alice", "bob"))
    for user in ("alice", "bob"):
        result = make_client(OpenSshSftp, server, user=user).ls("")
        assert result.ok == (user in allowed), (user, str(result))
        assert result.ok or result.state == "auth"


def test_display_login_and_protocols(configured, make_client, scratch):
    text = scratch / "welcome"
    text.write_text("Mind the gap\n")
    text.chmod(0o644)
    server = configured(f"DisplayLogin {text}", "<IfUser bob>\nProtocols scp\n</IfUser>", users=("alice", "bob"))
    finished = make_client(OpenSshSftp, server).batch(["ls"])
    assert finished.exit_code == 0 and "Mind the gap" in finished.stderr + finished.stdout, finished
    assert not make_client(OpenSshSftp, server, user="bob").ls("").ok
    assert server.all("channel")[-1]["what"] in ("refused", "close")


@pytest.fixture
def held(make_client):
    """held(server) logs in and stays until the test ends."""
    open_ones = []

    def hold(server, **changes):
        client = make_client(OpenSshSftp, server, **changes)
        user = changes.get("user", "alice")
        words = ["ssh", *client.options(), "-p", str(server.port), f"{user}@{server.host}", "-s", "sftp"]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env=client.environment())
        open_ones.append(process)
        wait_until(lambda: any(one["what"] == "subsystem" for one in server.all("channel")))
        return process

    yield hold
    for process in open_ones:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("directive, other", [("MaxClientsPerUser 1", True), ("MaxClients 1", False)])
def test_limits_of_sessions(configured, make_client, held, directive, other):
    server = configured(directive, users=("alice", "bob"))
    first = held(server)
    assert not make_client(OpenSshSftp, server).ls("").ok
    assert make_client(OpenSshSftp, server, user="bob").ls("").ok == other
    first.kill()
    assert wait_until(lambda: make_client(OpenSshSftp, server).ls("").ok)


def test_a_session_ends_after_its_time(configured, held):
    server = configured("TimeoutSession 1")
    held(server)
    assert "lasted" in server.wait_event("session_close")[-1]["reason"]


def test_sighup_reads_the_file_again(configured, make_client, held, random_file, scratch):
    log = scratch / "log"
    log.touch()
    log.chmod(0o666)
    server = configured("Umask 022", options=["--log", log])
    stays = held(server)
    server.configuration.write_text("SFTPEngine on\nUmask 077\n")
    os.kill(server.process.pid, signal.SIGHUP)
    assert wait_until(lambda: "settings reloaded" in log.read_text())
    succeeded(put(make_client, server, random_file(10), "new"))
    assert mode_of(server.root / "new") & 0o077 == 0
    server.configuration.write_text("SFTPEngine on\nUmask 9\n")
    os.kill(server.process.pid, signal.SIGHUP)
    assert wait_until(lambda: "reload refused" in log.read_text())
    assert "proftpd.conf:2: Umask" in log.read_text()
    succeeded(put(make_client, server, random_file(10), "still"))
    assert mode_of(server.root / "still") & 0o077 == 0
    assert stays.poll() is None

    def status():  # those that have just ended may still be counted
        os.kill(server.process.pid, signal.SIGUSR1)
        return "logged_in=1 " in log.read_text()

    assert wait_until(status) and "status session" in log.read_text() and "user=alice" in log.read_text()


@pytest.mark.main
def test_rules_about_clients_after_a_reload(configured, make_client):
    """ProFTPD's bug 3918: an expression that was compiled before the reload was used after it."""
    server = configured("SFTPClientMatch ^OpenSSH sftpProtocolVersion 2")
    make_client(OpenSshSftp, server).run_steps([("ls", ".")])
    server.configuration.write_text("SFTPEngine on\nSFTPClientMatch ^PuTTY sftpProtocolVersion 2\n")
    os.kill(server.process.pid, signal.SIGHUP)

    def version():
        succeeded(make_client(OpenSshSftp, server).ls(""))
        return server.all("sftp")[-1]["version"]

    assert server.wait_event("sftp")[0]["version"] == 2
    assert wait_until(lambda: version() == 3)


@pytest.mark.skipif(os.geteuid() != 0, reason="skipped: only root can become others")
def test_several_accounts_as_root_are_experimental(check):
    several = "SFTPAuthorizedUserKeys file:~/.ssh/authorized_keys"
    code, findings = check(host(several))
    assert code == 1 and any("experimental" in what for _, what in findings), findings
    assert not any("experimental" in what for _, what in check(host())[1])
