"""Logging in by PAM, as root, with stacks of their own: Debian's libpam-wrapper puts a folder of the test's
in the place of /etc/pam.d."""

import glob
import os
import pwd
import time

import pytest
from conftest import need
from helpers import succeeded

from interop.clients import OpenSshSftp, Paramiko, Psftp
from interop.keys import KeyPair
from interop.process import run, wait_until
from interop.programs import program_folder, take
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

asyncssh = pytest.importorskip("asyncssh")
from test_auth_methods import Answers, log_in  # noqa: E402

WRAPPER = (glob.glob("/usr/lib/*/libpam_wrapper.so") or [None])[0]
MATRIX = (glob.glob("/usr/lib/*/pam_wrapper/pam_matrix.so") or [None])[0]
USER, SECRET = "games", "right horse"  # an account of every Debian


def with_pam():
    if not binary().exists():
        return False
    return "with PAM" in run([binary(), "--version"], seconds=10).stdout


pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root"),
    pytest.mark.skipif(not WRAPPER, reason="skipped: no libpam-wrapper"),
    pytest.mark.skipif(not with_pam(), reason="skipped: built without PAM"),
]


class PamServer(SftpdLite):
    """As root, with a folder in the place of /etc/pam.d."""

    variables = {}

    def environment(self):
        return {**super().environment(), **self.variables}


@pytest.fixture
def stack(scratch):
    """stack("auth required ...", service="sshd") writes a service; {matrix} is the module of the tests."""
    if b"__asan_init" in (program_folder() / "sftpd-lite").read_bytes():
        pytest.skip("skipped: libpam-wrapper and the sanitizers exclude each other")
    folder = scratch / "pam"
    folder.mkdir()
    passwords = folder / "passwords"
    passwords.write_text(f"{USER}:{SECRET}:sshd\nbin:{SECRET}:other\nroot:{SECRET}:sshd\n")
    PamServer.variables = {
        "LD_PRELOAD": WRAPPER, "PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": str(folder),
        "PAM_MATRIX_PASSWD": str(passwords),
    }  # fmt: skip

    def make(*lines, service="sshd"):
        text = "\n".join(lines) or "\n".join(f"{kind} required {{matrix}}" for kind in
                                             ("auth", "account", "password", "session"))  # fmt: skip
        (folder / service).write_text(text.format(matrix=MATRIX, folder=folder) + "\n")

    make.folder = folder
    make()
    return make


@pytest.fixture
def by_pam(make_server, stack):
    def make(*directives, **settings):
        words = [word for text in directives or ("AuthPAM on",) for word in ("-o", text)]
        settings.setdefault("keys", False)
        settings.setdefault("users", ())
        extra = ["--run-as", "nobody"]
        server = make_server(PamServer, as_root=True, options=[*words, *extra, *settings.pop("options", [])],
                             **settings)  # fmt: skip
        server.root.chmod(0o777)
        return server

    return make


@pytest.mark.parametrize("kind", [OpenSshSftp, Paramiko, Psftp], ids=lambda kind: kind.name)
def test_a_password(by_pam, make_client, random_file, kind):
    server = by_pam()
    succeeded(make_client(kind, server, user=USER, password=SECRET).put(random_file(10), "f"))
    assert pwd.getpwuid((server.root / "f").stat().st_uid).pw_name == USER
    assert make_client(kind, server, user=USER, password="wrong").ls("").state == "auth"
    assert SECRET not in server.log() + str(server.events)


def said(server, user, answers, **more):
    """Whether asyncssh gets in by a dialogue, what it was asked, and what it was told beside."""
    told = []

    class Listener(Answers):
        def kbdint_challenge_received(self, name, instruction, lang, prompts):
            told.append(instruction)
            return super().kbdint_challenge_received(name, instruction, lang, prompts)

        def auth_banner_received(self, message, lang):
            told.append(message)

    client = Listener(answers)
    entered, _ = log_in(server, username=user, client_factory=lambda: client, **more)
    return entered, client.asked, "".join(told)


def reasons(server):
    return [event.get("reason", "") for event in server.all("auth")]


@pytest.mark.parametrize("directive", [
    "SFTPAuthMethods keyboard-interactive:pam", "AuthPAM on", "SFTPPAMEngine on",
    "AuthOrder mod_auth_pam.c* mod_auth_unix.c"])  # fmt: skip
def test_a_dialogue(by_pam, directive):
    server = by_pam(directive)
    assert said(server, USER, [SECRET])[:2] == (True, ["Password: "])
    known, unknown = said(server, USER, ["wrong"]), said(server, "no-such-user", ["wrong"])
    assert known == unknown == (False, ["Password: "], "")
    assert said(server, "root", [SECRET])[0] is False, "root has no login, whatever PAM says"
    assert SECRET not in server.log() + str(server.events)


def test_several_questions_and_texts(by_pam, stack):
    """Two passwords in one dialogue, one of them to be seen, and what modules say beside."""
    (stack.folder / "second").write_text(f"{USER}:second:sshd\n")
    stack("auth required {matrix} verbose", "auth required {matrix} echo passdb={folder}/second",
          "auth required pam_echo.so Mind\\ the\\ step", "account required {matrix}", "session required {matrix}")
    server = by_pam("SFTPAuthMethods keyboard-interactive:pam")
    entered, asked, told = said(server, USER, [SECRET, "second"])
    assert entered and asked == ["Password: ", "Password: "]
    assert "Mind" in told and "Authentication succeeded" in told
    assert not said(server, USER, [SECRET, "wrong"])[0]
    quiet = by_pam("SFTPAuthMethods keyboard-interactive:pam", "SFTPPAMOptions NoInfoMsgs NoTTY NoRadioMsgs")
    entered, _, told = said(quiet, USER, [SECRET, "second"])
    assert entered and told == ""


def test_a_dialogue_given_up(by_pam):
    server = by_pam("SFTPAuthMethods keyboard-interactive:pam")
    assert not said(server, USER, [])[0]
    assert said(server, USER, [SECRET])[0]


def test_a_question_that_is_no_password(by_pam, stack, make_client):
    stack("auth required {matrix} echo", "account required {matrix}", "session required {matrix}")
    server = by_pam("AuthPAM on")
    make_client(OpenSshSftp, server, user=USER, password=SECRET).ls("")
    refused = [event["reason"] for event in server.all("auth") if event["method"] == "password"]
    assert refused and "use keyboard-interactive" in refused[0]
    assert said(server, USER, [SECRET])[0]


def test_a_key_needs_a_good_account(by_pam, stack, make_client):
    """pam_acct_mgmt is asked about who comes with a key too, and only then says no."""
    server = by_pam("AuthPAM on", users=(USER, "bin"), keys=True)
    assert make_client(OpenSshSftp, server, user=USER).ls("").ok
    assert make_client(OpenSshSftp, server, user="bin").ls("").state == "auth"
    assert any("account" in reason for reason in reasons(server)), reasons(server)
    results = [event["result"] for event in server.all("auth") if event["user"] == "bin"]
    assert results[-1] == "refused" and "accepted" not in results


def test_a_text_for_who_has_a_key(by_pam, stack, make_client):
    stack("auth required {matrix}", "account required pam_echo.so Closed\\ today", "account required pam_deny.so")
    server = by_pam("AuthPAM on", users=(USER,), keys=True)
    refused = make_client(OpenSshSftp, server, user=USER).ls("")
    assert refused.state == "auth" and "Closed" in str(refused.runs[-1].stderr)
    stranger = KeyPair(server.folder / "stranger")
    assert "Closed" not in str(make_client(OpenSshSftp, server, user=USER, key=stranger).ls("").runs[-1].stderr)


def test_the_session_begins_and_ends(by_pam, stack, make_client, scratch):
    """By root, around the session, however it ends; with what modules set."""
    notes = scratch / "notes"
    note = scratch / "note"
    note.write_text(f'#!/bin/sh\necho "$PAM_TYPE $PAM_USER $PAM_RHOST $PAM_TTY $PAM_SERVICE $(id -u)" >>{notes}\n')
    note.chmod(0o755)
    stack("auth required {matrix}", "account required {matrix}",
          f"session required pam_exec.so seteuid {note}", "session required pam_umask.so umask=0077")
    server = by_pam("AuthPAM on")
    client = make_client(OpenSshSftp, server, user=USER, password=SECRET)
    succeeded(client.put(note, "f"))
    line = f"{USER} 127.0.0.1 ssh sshd 0"
    assert wait_until(lambda: notes.read_text().splitlines() == [f"open_session {line}", f"close_session {line}"], 10)
    assert (server.root / "f").stat().st_mode & 0o077 == 0
    quiet = by_pam("AuthPAM on", "SFTPPAMOptions NoTTY")
    succeeded(make_client(OpenSshSftp, quiet, user=USER, password=SECRET).ls(""))
    assert notes.read_text().splitlines()[2].split() == ["open_session", USER, "127.0.0.1", "sshd", "0"]


def test_a_session_that_cannot_begin(by_pam, stack, make_client):
    stack("auth required {matrix}", "account required {matrix}", "session required pam_deny.so")
    server = by_pam("AuthPAM on")
    assert not make_client(OpenSshSftp, server, user=USER, password=SECRET).ls("").ok
    assert any("PAM service sshd: session" in event["what"] for event in server.wait_event("problem"))


def test_services_by_name(by_pam, stack, make_client):
    stack("auth required {matrix}", "account required pam_permit.so", "session required pam_permit.so", service="second")
    stack("auth required pam_deny.so", "account required pam_deny.so", "session required pam_deny.so")
    server = by_pam("AuthPAM on", "AuthPAMConfig second")
    assert make_client(OpenSshSftp, server, user=USER, password=SECRET).ls("").ok
    assert not said(server, USER, [SECRET], preferred_auth="keyboard-interactive")[0]
    server = by_pam("SFTPPAMEngine on", "SFTPPAMServiceName second")
    assert said(server, USER, [SECRET])[0]


def test_a_module_that_takes_its_time(by_pam, stack):
    """The time-out of the login ends it."""
    stack("auth required {matrix}", "auth required pam_exec.so /bin/sleep 20", "account required {matrix}")
    server = by_pam("AuthPAM on", options=["--login-timeout", "3"])
    begun = time.monotonic()
    with pytest.raises(asyncssh.DisconnectError):
        said(server, USER, [SECRET])
    assert server.wait_event("session_close") and time.monotonic() - begun < 8
    assert "PAM does not answer in time" in reasons(server)


def test_users_of_files_beside_accounts(by_pam, make_client, password_file):
    """Either's passwords are good, by either method, and PAM's names need an account."""
    passwords = password_file(alice="files")
    take(passwords)
    server = by_pam("AuthPAM on", options=["--password-file", passwords])
    for user, password in (("alice", "files"), (USER, SECRET)):
        assert make_client(OpenSshSftp, server, user=user, password=password).ls("").ok
        assert said(server, user, [password])[0]
        assert not said(server, user, ["wrong"])[0]
    assert not said(server, "alice", [SECRET])[0]


def test_where_it_is_not_used(by_pam, make_client):
    server = by_pam("AuthPAM on", "SFTPPAMEngine off")
    assert make_client(OpenSshSftp, server, user=USER, password=SECRET).ls("").ok
    server = by_pam("AuthPAM off", "SFTPPAMEngine on")
    assert said(server, USER, [SECRET])[0]
    assert {event["method"] for event in server.all("auth") if event["result"] == "accepted"} == {"keyboard-interactive"}


def test_by_a_configuration_it_is_on(by_pam, scratch, make_client):
    config = scratch / "proftpd.conf"
    config.write_text("SFTPEngine on\nPort 0\nUseFtpUsers off\nRequireValidShell off\n")
    server = by_pam("Umask 022", options=["--config", config])
    assert make_client(OpenSshSftp, server, user=USER, password=SECRET).ls("").ok
    config.write_text("SFTPEngine on\nPort 0\nUseFtpUsers off\nRequireValidShell off\nAuthOrder mod_auth_file.c\n")
    assert make_client(OpenSshSftp, by_pam("Umask 022", options=["--config", config], keys=True, users=(USER,)),
                       user=USER, password=SECRET).ls("").state == "auth"  # fmt: skip


@pytest.mark.parametrize("words, why", [
    (["AuthOrder mod_auth_pam.c"], "add mod_auth_unix.c"),
    (["SFTPAuthMethods keyboard-interactive:pam", "SFTPPAMEngine off"], "SFTPPAMEngine on"),
])  # fmt: skip
def test_what_cannot_be(words, why):
    finished = run([binary(), "--check", "--run-as", "nobody", *(w for text in words for w in ("-o", text))], seconds=10)
    assert finished.exit_code == 2 and why in finished.stdout, finished


def test_without_root_it_is_not_asked(lite_command):
    finished = lite_command("--check", "-o", "SFTPAuthMethods keyboard-interactive:pam")
    assert finished.exit_code == 2 and "only when started as root" in finished.stdout, finished


# --- /etc/shadow, without PAM ---


def in_own_etc(shadow, *words):
    """The words of a command that sees another /etc/shadow."""
    script = f'mount --make-rprivate / && mount --bind {shadow} /etc/shadow && exec "$@"'
    return ["unshare", "-m", "sh", "-c", script, "sh", *map(str, words)]


@pytest.fixture
def expired(stack, scratch, make_server):
    """A server whose accounts must change their passwords first: pam_unix says so, the tests' module changes them."""
    shadow = scratch / "shadow"
    shadow.write_text(f"{USER}:*:0:0:99999:7:::\nbin:*:19000:0:99999:7:::\n")
    shadow.chmod(0o600)
    if run(in_own_etc(shadow, "true"), seconds=10).exit_code != 0:
        pytest.skip("skipped: no mount namespace here")
    stack("auth required {matrix}", "account required pam_unix.so", "password required {matrix}",
          "session required {matrix}")  # fmt: skip

    class Apart(PamServer):
        def command(self, *mode):
            return in_own_etc(shadow, *super().command(*mode))

    server = make_server(Apart, as_root=True, keys=True, users=(USER,), options=[
        "-o", "AuthPAM on", "-o", "SFTPPAMEngine on", "--run-as", "nobody"])  # fmt: skip
    server.passwords = stack.folder / "passwords"
    return server


def test_a_password_that_is_too_old_is_renewed(expired):
    """In the same dialogue, once the old one was right."""
    entered, asked, _ = said(expired, USER, [SECRET, SECRET, "new horse", "new horse"])
    assert entered and len(asked) == 4, asked
    assert [text.split()[0].lower() for text in asked] == ["password:", "old", "new", "verify"], asked
    assert f"{USER}:new horse:sshd" in expired.passwords.read_text()
    assert not said(expired, USER, [SECRET])[0], "the old one is none any more"
    assert "new horse" not in expired.log() + str(expired.events)


def test_a_renewal_that_fails(expired, make_client):
    """A wrong repetition, a dialogue given up, and methods that cannot ask."""
    before = expired.passwords.read_text()
    assert not said(expired, USER, [SECRET, SECRET, "new horse", "another"])[0]
    assert not said(expired, USER, [SECRET, SECRET])[0]
    assert not said(expired, USER, ["wrong", SECRET, "new horse", "new horse"])[0]
    assert make_client(OpenSshSftp, expired, user=USER).ls("").state == "auth", "a key asks nothing"
    assert "accepted" not in {event["result"] for event in expired.all("auth")}
    assert any("new password" in reason for reason in reasons(expired)), reasons(expired)
    assert expired.passwords.read_text() == before


@pytest.mark.parametrize("fields, enters", [
    ("19000:0:99999:7:::", True), ("19000:0:99999:7::19001:", False), ("0:0:99999:7:::", False),
    ("19000:0:10:7:::", False),
])  # fmt: skip
def test_expired_accounts_by_shadow(make_server, make_client, scratch, fields, enters):
    shadow = scratch / "shadow"
    digest = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"  # of opensesame
    shadow.write_text(f"{USER}:{digest}:{fields}\n")
    shadow.chmod(0o600)
    if run(in_own_etc(shadow, "true"), seconds=10).exit_code != 0:
        pytest.skip("skipped: no mount namespace here")

    class Apart(SftpdLite):
        def command(self, *mode):
            return in_own_etc(shadow, *super().command(*mode))

    words = ["-o", "AuthOrder mod_auth_unix.c", "-o", "AuthPAM off", "-o", "SFTPPAMEngine off"]
    server = make_server(Apart, as_root=True, users=(USER,), options=words)
    assert make_client(OpenSshSftp, server, user=USER).ls("").ok == enters, "by key"
    server = make_server(Apart, as_root=True, users=(), keys=False, options=[*words, "--run-as", "nobody"])
    assert make_client(OpenSshSftp, server, user=USER, password="opensesame").ls("").ok == enters
    assert make_client(OpenSshSftp, server, user=USER, password="wrong").ls("").state == "auth"
    assert make_client(OpenSshSftp, server, user="bin", password="opensesame").ls("").state == "auth"
