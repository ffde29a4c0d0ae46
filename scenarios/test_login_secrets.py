"""What logins are checked against: who may have written it, who could log in by it, and that a session keeps none
of it in memory."""

import base64
import os
import re

import pytest
from conftest import need
from test_pam import in_own_etc

from interop.process import children_of, run
from interop.programs import program_folder
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

paramiko = pytest.importorskip("paramiko")

HASH = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"  # of opensesame
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="skipped: needs root")


def check(*words):
    need(SftpdLite)
    who = ["--run-as", "nobody"] if os.getuid() == 0 else []
    return run([binary(), "--check", *who, *map(str, words)], seconds=20)


FILES = {
    "--password-file": ("--password-file", "{}"),
    "SFTPTOTPFile": ("-o", "SFTPTOTPFile {}", "-o", "SFTPAuthMethods keyboard-interactive:totp", "--user", "alice"),
    "SFTPTrustedUserCAKeys": ("-o", "SFTPTrustedUserCAKeys {}"),
    "SFTPRevokedKeys": ("-o", "SFTPRevokedKeys {}", "--user", "alice"),
    "AuthUserFile": ("-o", "AuthUserFile {}"),
    "AuthGroupFile": ("-o", "AuthGroupFile {}", "--user", "alice"),
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOwb8Qk1pGeqHzcDrTZeQWz2bgTWqYbnN9BBjVLLqmWb ca"
CONTENTS = {
    "--password-file": f"alice:{HASH}\n",
    "SFTPTOTPFile": "alice:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n",
    "SFTPTrustedUserCAKeys": f"{KEY}\n",
    "SFTPRevokedKeys": f"{KEY}\n",
    "AuthUserFile": f"alice:{HASH}:1234:1234::/:/bin/sh\n",
    "AuthGroupFile": "staff:x:9:alice\n",
}


@pytest.mark.parametrize("directive", FILES)
def test_files_that_others_could_have_written(scratch, directive):
    folder = scratch / "folder"
    folder.mkdir(mode=0o755)
    path = folder / "file"
    path.write_text(CONTENTS[directive])
    path.chmod(0o600)
    words = [word.format(path) for word in FILES[directive]]
    assert "fatal" not in check(*words).stdout
    path.chmod(0o620)
    assert f"fatal: {directive} {path} can be written by others (mode 0620); run `chmod go-w {path}`" in check(*words).stdout
    path.chmod(0o600)
    folder.chmod(0o775)
    assert f"fatal: {directive} {path}: {folder} can be written by others (mode 0775)" in check(*words).stdout
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(path, 54321, 0)
        assert f"fatal: {directive} {path} belongs to another user; run `chown root {path}`" in check(*words).stdout
        os.chown(path, 0, 0)
    path.unlink()
    path.symlink_to(folder / "gone")
    assert f"fatal: {directive}: cannot open {path}: No such file" in check(*words).stdout
    path.unlink()
    os.mkfifo(path)
    assert f"fatal: {directive} {path} is not a regular file" in check(*words).stdout


@needs_root
@pytest.mark.parametrize("directive", ["SFTPTOTPFile", "SFTPAuthorizedHostKeys"])
def test_as_root_somebody_must_be_named(scratch, directive):
    """Codes and hosts say nothing of accounts."""
    path = scratch / "file"
    path.write_text(CONTENTS["SFTPTOTPFile"] if directive == "SFTPTOTPFile" else f"{KEY}\n")
    path.chmod(0o600)
    method, store = ("keyboard-interactive:totp", "") if directive == "SFTPTOTPFile" else ("hostbased", "file:")
    words = ["-o", f"{directive} {store}{path}", "-o", f"SFTPAuthMethods {method}"]
    said = f"fatal: nobody can log in: as root {directive} does not say which accounts may; name them with --user"
    finished = check(*words)
    assert finished.exit_code == 2 and said in finished.stdout, finished
    assert "nobody can log in" not in check(*words, "--user", "games").stdout


def test_no_password_is_made_up_for_a_class(scratch):
    """Nobody would see it."""
    codes, config = scratch / "codes", scratch / "proftpd.conf"
    codes.write_text(CONTENTS["SFTPTOTPFile"])
    codes.chmod(0o600)
    text = ("SFTPEngine on\nPort 0\nUseFtpUsers off\nAuthOrder mod_auth_file.c\n"
            f"SFTPTOTPFile {codes}\nSFTPAuthMethods keyboard-interactive:totp\n<Class inside>\n  From 127.0.0.0/8\n"
            "</Class>\n<IfClass inside>\n  SFTPTOTPFile none\n  SFTPAuthMethods password\n</IfClass>\n")  # fmt: skip
    config.write_text(text)
    finished = check("--config", config, "--user", "games")
    assert finished.exit_code == 2 and "fatal: <IfClass inside>: nobody could log in" in finished.stdout, finished


@needs_root
def test_a_list_of_ftpusers_that_cannot_be_read(scratch):
    if not os.path.exists("/etc/ftpusers"):
        pytest.skip("skipped: no /etc/ftpusers to put something in the place of")
    script = 'mount --make-rprivate / && mount --bind /dev/null /etc/ftpusers && exec "$@"'
    apart = ["unshare", "-m", "sh", "-c", script, "sh"]
    if run([*apart, "true"], seconds=10).exit_code != 0:
        pytest.skip("skipped: no mount namespace here")
    words = [binary(), "--check", "--run-as", "nobody", "--user", "games", "-o", "UseFtpUsers on"]
    finished = run([*apart, *words], seconds=10)
    said = "fatal: UseFtpUsers: nobody can log in: /etc/ftpusers"
    assert finished.exit_code == 2 and said in finished.stdout, finished
    assert "nobody can log in" not in run(words, seconds=10).stdout


def memory_of(pid):
    """All that the process can write to, as one text for each region."""
    regions = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end, rights, name = re.match(r"(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)", line).groups()
            if not rights.startswith("rw") or name.startswith("[vv"):
                continue
            begin, end = int(begin, 16), int(end, 16)
            memory.seek(begin)
            try:
                regions.append(memory.read(end - begin))
            except OSError:
                continue  # a guard page
    return regions


def found_in(pid, secrets):
    regions = memory_of(pid)
    return {name for name, secret in secrets.items() if any(secret in region for region in regions)}


@needs_root
def test_a_session_keeps_nothing_of_others(make_server, scratch, password_file):
    """After the login: no hash, no secret of a code, no line of /etc/shadow of anybody else."""
    if b"__asan_init" in (program_folder() / "sftpd-lite").read_bytes():
        pytest.skip("skipped: the sanitizers keep what was freed")
    shadow = scratch / "shadow"
    digests = {name: HASH[:-7] + "." + name for name in ("bobbob", "carola", "daviid")}
    shadow.write_text(f"bin:{digests['daviid']}:19000:0:99999:7:::\ngames:{HASH}:19000:0:99999:7:::\n")
    shadow.chmod(0o600)
    if run(in_own_etc(shadow, "true"), seconds=10).exit_code != 0:
        pytest.skip("skipped: no mount namespace here")
    (scratch / "passwords").write_text(f"alice:{HASH}\nbob:{digests['bobbob']}\n")
    (scratch / "users").write_text(f"carol:{digests['carola']}:1234:1234::/:/bin/sh\n")
    secret = b"quite a long secret!"
    (scratch / "codes").write_text(f"bob:{base64.b32encode(secret).decode()}\n")
    for name in ("passwords", "users", "codes"):
        (scratch / name).chmod(0o600)

    class Apart(SftpdLite):
        def command(self, *mode):
            return in_own_etc(shadow, *super().command(*mode))

    config = scratch / "proftpd.conf"
    config.write_text("SFTPEngine on\nPort 0\nAuthPAM off\nSFTPPAMEngine off\nUseFtpUsers off\nRequireValidShell off\n"
                      f"AuthUserFile {scratch}/users\nSFTPTOTPFile {scratch}/codes\n"
                      "SFTPAuthMethods password password+keyboard-interactive:totp\n")  # fmt: skip
    server = make_server(Apart, as_root=True, keys=False, users=(), options=[
        "--config", config, "--password-file", scratch / "passwords", "--run-as", "nobody"])  # fmt: skip
    secrets = {name: digest.encode() for name, digest in digests.items()} | {
        "code": secret, "base32": base64.b32encode(secret)}  # fmt: skip
    listener = server.process.pid
    try:
        known = found_in(listener, secrets)
    except PermissionError:
        pytest.skip("skipped: not allowed to read the memory of processes")
    assert known >= {"bobbob", "carola", "code"}, "the search finds what is there"
    target = server.target()
    for user in ("alice", "games"):
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(target.host, target.port, user, "opensesame", look_for_keys=False, allow_agent=False)
            client.open_sftp().listdir(".")
            sessions = children_of(listener)
            left = {name for pid in sessions for name in found_in(pid, secrets)}
            assert sessions and not left, (user, left)
    assert found_in(listener, secrets) >= {"bobbob"}, "the listener still has them"
