"""Settings by ProFTPD's names: what `-o 'Directive value'` says is what real clients meet."""

import json
import re
import signal
import socket
import subprocess

import pytest
from conftest import need
from helpers import same, succeeded, with_clients

from interop.clients import Algorithms, AsyncSsh, OpenSshSftp, Paramiko, Psftp
from interop.process import run, wait_until
from interop.programs import REPOSITORY, account
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

MEGABYTE = 1 << 20
PASSWORD = "correct horse; battery 'staple' ü"
ROW = re.compile(r"^\| `(\w+)(?: ([^`]*))?` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)


def directives(*texts):
    """The words of a command line that set them."""
    return [word for text in texts for word in ("-o", text)]


@pytest.fixture
def lite_with(make_server):
    """lite_with("SFTPCiphers aes128-ctr", ...) starts a server with these directives."""

    def make(*texts, **settings):
        options = [*directives(*texts), *settings.pop("options", [])]
        return make_server(options=options, **settings)

    return make


@pytest.fixture
def say(tmp_path):
    """say("-o", "...") runs sftpd-lite where it only answers, for a short time."""
    need(SftpdLite)

    def ask(*words):
        return run([binary(), *words], seconds=10, cwd=tmp_path)

    return ask


@pytest.fixture
def effective(say, request):
    """effective("-o", "...") gives the settings that --print-config shows."""
    who = account().pw_name
    words = ["--run-as", who] if who == "nobody" else []

    def show(*more):
        finished = say("--print-config", "--json", *words, *more)
        assert finished.exit_code == 0, finished
        return json.loads(finished.stdout)["settings"]

    return show


# What the program says


def test_the_document_lists_exactly_the_directives(say):
    listed = {}
    for line in re.findall(r"^(\S+ .*)\n    (.*) \[(.*), (.*)\]$", say("-o", "help").stdout, re.MULTILINE):
        name, values = line[0].split(" ", 1)
        help_text, _, flag = line[1].partition(" (as ")
        listed[name] = (values, help_text, flag.rstrip(")"), line[2], line[3])
    text = (REPOSITORY / "docs" / "directives.md").read_text()
    rows = [[cell.replace("\\|", "|").replace("`", "").strip() for cell in row]
            for row in ROW.findall(text.replace("\\|", "\0"))]
    documented = {row[0]: tuple(cell.replace("\0", "|") for cell in row[1:]) for row in rows}
    assert documented == listed
    assert list(documented) == list(listed), "the order"


def test_the_document_lists_exactly_what_sets_nothing(say):
    others = say("-o", "help").stdout.split("set nothing here:", 1)[1]
    text = (REPOSITORY / "docs" / "directives.md").read_text().split("## Which test proves what")[0]
    listed = re.findall(r"^(\S+)\n    (.*)$", others, re.MULTILINE)
    assert re.findall(r"^\| `(\S+)` \| ([^|]*) \|$", text, re.MULTILINE) == listed
    assert [name for name, _ in listed] == sorted((name for name, _ in listed), key=str.lower)


# As mod_sftp's manual has them.
OPTION_WORDS = """
    AllowInsecureLogin AllowWeakDH FIDOTouchRequired FIDOVerifyRequired IgnoreFIFOs IgnoreSCPUploadPerms
    IgnoreSCPUploadTimes IgnoreSFTPSetExtendedAttributes IgnoreSFTPSetOwners IgnoreSFTPSetPerms IgnoreSFTPSetTimes
    IgnoreSFTPUploadExtendedAttributes IgnoreSFTPUploadPerms IncludeSFTPTimes InsecureHostKeyPerms MatchKeySubject
    NoExtensionNegotiation NoHostkeyRotation NoStrictKex OldProtocolCompat PessimisticKexinit
""".split()
SFTP_DIRECTIVES = """
    SFTPAcceptEnv SFTPAuthMethods SFTPAuthPublicKeys SFTPAuthorizedHostKeys SFTPAuthorizedUserKeys SFTPCiphers
    SFTPClientAlive SFTPClientMatch SFTPCompression SFTPCryptoDevice SFTPDHParamFile SFTPDigests SFTPDisplayBanner
    SFTPEngine SFTPExtensions SFTPHostKey SFTPHostKeys SFTPKeyBlacklist SFTPKeyExchanges SFTPKeyFingerprints
    SFTPKeyLimits SFTPLog SFTPMaxChannels SFTPOptions SFTPPAMEngine SFTPPAMOptions SFTPPAMServiceName
    SFTPPassPhraseProvider SFTPRekey SFTPTrafficPolicy
""".split()


def test_every_directive_and_word_has_a_proof(say):
    """What the manual and our table have must stand among the proofs, and speak of it."""
    text = (REPOSITORY / "docs" / "directives.md").read_text().split("## Which test proves what")[1]
    proofs = re.findall(r"^\| `(\w+)` \| \[([^]]*)\]\(\.\./([^)]*)\) \|$", text, re.MULTILINE)
    listed = {line.split(" ")[0] for line in say("-o", "help").stdout.splitlines() if line.startswith("SFTP")}
    assert {*listed, *SFTP_DIRECTIVES, *OPTION_WORDS} <= {name for name, _, _ in proofs}
    for name, shown, path in proofs:
        file, _, test = shown.partition("::")
        content = (REPOSITORY / path).read_text()
        assert path.endswith(f"/{file}") and (not test or f"def {test}(" in content), name
        assert name in content or test or "/tests/" in path or path.endswith(".toml"), f"{path} does not speak of {name}"


def test_the_help_says_where_the_list_is(say):
    assert "-o help" in say("--help").stdout
    finished = say("-o", "help")
    assert finished.exit_code == 0 and finished.stderr == ""


@pytest.mark.parametrize(
    "text, said",
    [
        ("SFTPCiphers aes128-ctr aes512-ctr", "no cipher is called 'aes512-ctr'; the nearest is aes"),
        ("SFTPCipher aes128-ctr", "the nearest is SFTPCiphers"),
        ("SFTPCompression later", "off, on or delayed"),
        ("SFTPAuthMethods keyboard-interactive:pan", "the nearest is pam"),
        ("SFTPPAMOptions NoTTy", "the nearest is NoTTY"),
        ("SFTPPAMServiceName /etc/pam.d/sshd", "the name of one PAM service"),
        ("AuthPAM perhaps", "on or off"),
        ("SFTPAuthMethods pub", "no method is called 'pub'"),
        ("SFTPAuthorizedUserKeys sql:/keys", "exec:PROGRAM"),
        ("ServerIdent on sftpd-lite", "RFC 4253"),
        ("SFTPRekey sometimes", "required"),
        ("", "directive"),
    ],
)
def test_a_mistake_is_named_in_one_line(say, text, said):
    finished = say("--listen", "127.0.0.1:0", "-o", text)
    assert finished.exit_code == 2 and finished.stdout == "", finished
    assert said in finished.stderr and len(finished.stderr.splitlines()) == 1, finished
    assert text.split(" ")[0] in finished.stderr


@pytest.mark.parametrize(
    "words, said",
    [
        (["SFTPHostKeys rsa-sha2-512"], "no host key of such a type"),
        (["SFTPAuthMethods publickey"], "--authorized-keys"),
        (["SFTPAuthMethods hostbased"], "SFTPAuthorizedHostKeys"),
        (["SFTPAuthMethods keyboard-interactive:totp"], "SFTPTOTPFile"),
        (["SFTPTOTPFile /proc/missing"], "/proc/missing"),
        (["SFTPAuthorizedUserKeys exec:/proc/missing"], "/proc/missing"),
        (["SFTPDisplayBanner /proc/missing"], "/proc/missing"),
    ],
)
def test_check_finds_what_does_not_fit(say, words, said):
    finished = say("--check", "--run-as", "nobody", *directives(*words))
    assert said in finished.stdout and finished.exit_code != 0, finished


def test_the_later_wins(effective):
    assert effective("-o", "SFTPCiphers aes128-ctr", "-o", "sftpciphers aes256-ctr")["ciphers"] == [
        "aes256-ctr"
    ]
    for name, flag, setting in (
        ("TimeoutIdle", "--idle-timeout", "idle_timeout"),
        ("TimeoutLogin", "--login-timeout", "login_timeout"),
        ("MaxInstances", "--max-connections", "max_connections"),
        ("MaxClientsPerHost", "--max-connections-per-host", "max_connections_per_host"),
        ("MaxConnectionRate", "--rate-limit", "rate_limit"),
    ):
        assert effective("-o", f"{name} 7", flag, "8")[setting] == 8
        assert effective(flag, "8", "-o", f"{name} 7")[setting] == 7
        assert effective("-o", f"{name} 6", flag, "8", "-o", f"{name} 7")[setting] == 7
    assert effective("-u", "077", "-o", "Umask 027")["umask"] == "027"
    assert effective("-o", "Umask 027", "-u", "077")["umask"] == "077"


# Algorithms


@pytest.mark.main
@pytest.mark.parametrize(
    "directive, value, events, pinned",
    [
        ("SFTPCiphers", "aes192-ctr", ("cipher_in", "cipher_out"), {"cipher": "aes128-ctr"}),
        ("SFTPDigests", "hmac-sha2-256", ("mac_in", "mac_out"), {"mac": "hmac-sha2-512"}),
        ("SFTPKeyExchanges", "ecdh-sha2-nistp384", ("kex",), {"kex": "curve25519-sha256"}),
    ],
)
def test_only_the_named_algorithm_is_spoken(
    lite_with, make_client, directive, value, events, pinned
):
    texts = [f"{directive} {value}"]
    if directive == "SFTPDigests":  # a MAC counts with ciphers that bring none of their own
        texts.append("SFTPCiphers aes256-ctr")
    server = lite_with(*texts)
    for count, kind in enumerate((OpenSshSftp, Paramiko, Psftp), 1):
        succeeded(make_client(kind, server).ls(""))
        event = server.wait_event("negotiated", count)[-1]
        assert {event[name] for name in events} == {value}
    result = make_client(OpenSshSftp, server, algorithms=Algorithms(**pinned)).ls("")
    assert result.state == "negotiation", str(result)
    assert len(server.all("negotiated")) == 3


def test_host_keys_by_algorithm(lite_with, make_client, every_host_key):
    server = lite_with("SFTPHostKeys rsa-sha2-512 ecdsa-sha2-nistp384", host_keys=every_host_key)
    any_key = Algorithms(host_key="ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,rsa-sha2-512")
    succeeded(make_client(OpenSshSftp, server, algorithms=any_key).ls(""))
    assert server.wait_event("negotiated")[-1]["host_key"] == "ecdsa-sha2-nistp384"
    only = Algorithms(host_key="ssh-ed25519")
    assert make_client(OpenSshSftp, server, algorithms=only).ls("").state == "negotiation"


def test_user_keys_by_algorithm(lite_with, make_client):
    server = lite_with("SFTPAuthPublicKeys rsa-sha2-512")
    assert make_client(OpenSshSftp, server).ls("").state == "auth"


# Rekeying from the server's side


@pytest.mark.main
@with_clients("put", "get")
def test_the_server_renews_keys(lite_with, client_kind, make_client, random_file, scratch):
    server = lite_with("SFTPRekey required 3600 1")
    original, copy = random_file(4 * MEGABYTE), scratch / "copy"
    client = make_client(client_kind, server)
    succeeded(client.run_steps([("put", original, "f")]))
    assert same(server.root / "f", original)
    wait_until(lambda: len(server.all("session_close")) == 1)
    uploading = len(server.all("rekey"))
    succeeded(client.run_steps([("get", "f", copy)]))
    assert same(copy, original)
    wait_until(lambda: len(server.all("session_close")) == 2)
    # How often depends on how much a client has under way before it sees our KEXINIT.
    assert uploading > 0 and len(server.all("rekey")) > uploading


def test_who_does_not_answer_with_new_keys_is_sent_away(lite_with, make_client):
    server = lite_with("SFTPRekey required 1 2048 1")
    client = make_client(OpenSshSftp, server)
    words = ["ssh", *client.options(), "-p", str(server.port), f"alice@{server.host}", "-s", "sftp"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=client.environment())
    try:
        assert server.wait_event("channel", 2)
        process.send_signal(signal.SIGSTOP)
        assert "takes too long" in server.wait_event("session_close")[-1]["reason"]
    finally:
        process.kill()
        process.communicate()


def test_no_new_keys_without_need(lite_with, make_client, random_file):
    server = lite_with("SFTPRekey none")
    succeeded(make_client(OpenSshSftp, server).put(random_file(4 * MEGABYTE), "f"))
    assert server.all("rekey") == []


# Logging in


@pytest.fixture
def two_steps(lite_with, password_file):
    """A server that wants alice's key and her password."""
    options = ["--password-file", password_file(alice=PASSWORD)]
    return lite_with("SFTPAuthMethods publickey+password", options=options)


def results(server):
    """Method and result of each attempt that was more than a question."""
    return [(e["method"], e["result"]) for e in server.all("auth") if e["result"] != "query"]


@pytest.mark.main
def test_openssh_passes_a_chain(two_steps, make_client):
    client = make_client(OpenSshSftp, two_steps, key=two_steps.key, password=PASSWORD)
    words = ("-oPubkeyAuthentication=yes", "-oPreferredAuthentications=publickey,password")
    finished = client.batch(["ls"], *words)
    assert finished.exit_code == 0, finished
    assert results(two_steps) == [("publickey", "partial"), ("password", "accepted")]


def test_asyncssh_passes_a_chain(two_steps, make_client):
    succeeded(make_client(AsyncSsh, two_steps, key=two_steps.key, password=PASSWORD).ls(""))
    assert results(two_steps)[-2:] == [("publickey", "partial"), ("password", "accepted")]


def test_half_a_chain_is_not_enough(two_steps, make_client):
    key_only = make_client(OpenSshSftp, two_steps).batch(["ls"])
    assert "Permission denied (password)" in key_only.stderr, key_only
    password_only = make_client(OpenSshSftp, two_steps, user="alice", password=PASSWORD).ls("")
    assert password_only.state == "auth" and "(publickey)" in password_only.reason
    assert "accepted" not in [result for _, result in results(two_steps)]


def test_only_the_named_methods_are_offered(lite_with, make_client, password_file):
    options = ["--password-file", password_file(alice=PASSWORD)]
    server = lite_with("SFTPAuthMethods password", options=options)
    by_key = make_client(OpenSshSftp, server).ls("")
    assert by_key.state == "auth" and "(password)" in by_key.reason, str(by_key)
    succeeded(make_client(OpenSshSftp, server, password=PASSWORD).ls(""))


def test_one_of_two_chains_is_enough(lite_with, make_client, password_file):
    options = ["--password-file", password_file(alice=PASSWORD)]
    server = lite_with("SFTPAuthMethods publickey password", options=options)
    succeeded(make_client(OpenSshSftp, server).ls(""))
    succeeded(make_client(OpenSshSftp, server, password=PASSWORD).ls(""))


@pytest.mark.parametrize("allowed", [1, 2])
def test_failed_attempts_are_counted(lite_with, make_client, password_file, allowed):
    options = ["--password-file", password_file(alice=PASSWORD)]
    server = lite_with(f"MaxLoginAttempts {allowed}", keys=False, options=options)
    client = make_client(OpenSshSftp, server, password="wrong")
    finished = client.batch(["ls"], "-oNumberOfPasswordPrompts=5")
    assert "too many authentication failures" in finished.stderr.lower(), finished
    assert results(server) == [("password", "refused")] * allowed


def test_a_login_takes_no_longer_than_it_may(lite_with):
    server = lite_with("TimeoutLogin 1")
    with socket.create_connection((server.host, server.port), timeout=10) as peer:
        while peer.recv(4096):
            pass
    assert server.wait_event("session_close")[-1]["seconds"] < 5


@pytest.mark.main
def test_the_banner_is_shown_once(lite_with, make_client, scratch):
    banner = scratch / "banner"
    banner.write_bytes(b"Private property \x1b[31m\nKeep out\n")
    server = lite_with(f'SFTPDisplayBanner "{banner}"')
    finished = make_client(OpenSshSftp, server).batch(["ls"])
    assert finished.exit_code == 0, finished
    assert finished.stderr.replace("\r", "").count("Private property ?[31m\nKeep out\n") == 1
    for kind in (Paramiko, Psftp, AsyncSsh):
        succeeded(make_client(kind, server).ls(""))


def test_texts_with_variables(lite_with, make_client, scratch):
    text = scratch / "text"
    text.write_text("%V for %U from %R: %{time:%Y} %q %%\n")
    server = lite_with(f"SFTPDisplayBanner {text}", f"DisplayLogin {text}", 'ServerName "The files"')
    finished = make_client(OpenSshSftp, server).batch(["ls"])
    said = finished.stderr.replace("\r", "")
    assert re.search(r"^The files for  from 127\.0\.0\.1: 20\d\d %q %$", said, re.MULTILINE), said
    assert re.search(r"^The files for alice from 127\.0\.0\.1: 20\d\d %q %$", said, re.MULTILINE), said


# On the wire


@pytest.mark.parametrize(
    "text, line",
    [
        ("ServerIdent off", b"SSH-2.0-sftpd_lite\r\n"),
        ('ServerIdent on "OpenSSH_9.9 on-a-boat"', b"SSH-2.0-OpenSSH_9.9 on-a-boat\r\n"),
        ("ServerIdent on files_%L", b"SSH-2.0-files_127.0.0.1\r\n"),
    ],
)
def test_the_identification(lite_with, make_client, text, line):
    server = lite_with(text)
    with socket.create_connection((server.host, server.port), timeout=10) as peer:
        assert peer.recv(4096).startswith(line)
    succeeded(make_client(OpenSshSftp, server).ls(""))  # it is part of what is signed


def test_connections_are_limited(lite_with, make_client):
    server = lite_with("MaxClientsPerHost 1")
    with socket.create_connection((server.host, server.port), timeout=10) as peer:
        assert peer.recv(4)
        assert make_client(OpenSshSftp, server).ls("").state == "connect"


def test_new_files_lose_the_named_bits(lite_with, make_client, random_file):
    server = lite_with("Umask 077")
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "f"))
    assert (server.root / "f").stat().st_mode & 0o077 == 0
