"""SCP: what clients of the old protocol do, and the ways in which it is served."""

import os
import shlex
import subprocess
import time

import pytest
from conftest import need
from helpers import mode_of, same, snapshot, succeeded

from interop.clients import CurlScp, OpenSshScpLegacy, OpenSshSftp, PscpScp
from interop.clients.openssh import ssh_options
from interop.process import run, wait_until
from interop.programs import give
from interop.raw_scp import OK
from interop.servers import SftpdLite, Sshd
from interop.servers.sftpd_lite import binary


@pytest.fixture
def scp(make_client):
    """scp(server, word, ...) runs OpenSSH's scp -O; `:path` is a path on the server."""

    def ask(server, *words, **changes):
        client = make_client(OpenSshScpLegacy, server, **changes)
        target = server.target(**changes)
        where = f"{target.user}@{target.host}"
        words = [f"{where}{word}" if str(word).startswith(":") else str(word) for word in words]
        return client.execute(["scp", "-O", "-P", str(target.port), *client.options(), *words])

    return ask


@pytest.fixture
def command():
    """command(server, text) runs a remote command with ssh and gives what it says."""

    def ask(server, text, stdin=b"", **changes):
        need(OpenSshSftp)
        target = server.target(**changes)
        words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port)]
        return run([*words, f"{target.user}@{target.host}", text], stdin=stdin, seconds=30)

    return ask


# --- real clients ---


def fill(root):
    tree = root / "tree"
    (tree / "deep" / "deeper").mkdir(parents=True)
    (tree / "empty folder").mkdir()
    for name, content in (("a.txt", b"a"), ("b.txt", b"b" * 70000), ("empty", b""), ("it's \"c\".txt", b"c"),
                          (".hidden.txt", b"h"), ("deep/deeper/x", b"x")):
        (tree / name).write_bytes(content)
    os.chmod(tree / "a.txt", 0o640)
    os.utime(tree / "a.txt", (1_500_000_000, 1_400_000_000))
    give(root)


def names(folder):
    return sorted(os.path.relpath(os.path.join(parent, name), folder)
                  for parent, folders, files in os.walk(folder) for name in folders + files)


def test_patterns_and_several_sources(lite, scp, scratch):
    fill(lite.root)
    to = scratch / "to"
    to.mkdir()
    finished = scp(lite, ":tree/*.txt", ":tree/{empty,no*,deep/deeper/?}", to)
    assert finished.exit_code == 0, finished
    assert names(to) == ["a.txt", "b.txt", "empty", "it's \"c\".txt", "x"]
    assert same(to / "b.txt", lite.root / "tree/b.txt")


def test_nothing_that_fits_is_said(lite, scp, scratch):
    fill(lite.root)
    finished = scp(lite, ":tree/*.no", scratch)
    assert finished.exit_code == 1 and "tree/*.no: No such file" in finished.stderr, finished


def test_patterns_can_be_switched_off(make_server, scp, scratch):
    server = make_server(options=["-o", "UseGlobbing off"])
    fill(server.root)
    assert scp(server, ":tree/*.txt", scratch).exit_code == 1


@pytest.mark.parametrize("client", [OpenSshScpLegacy, PscpScp], ids=lambda client: client.name)
def test_a_tree_goes_there_and_back(client, lite, make_client, scratch):
    fill(scratch)
    one = make_client(client, lite)
    succeeded(one.run_steps([("put_tree", scratch / "tree", "up")]))
    top = lite.root / "up"
    assert names(top) == names(scratch / "tree")
    succeeded(one.run_steps([("get_tree", "up", scratch / "back")]))
    assert names(scratch / "back") == names(scratch / "tree")
    for name in names(scratch / "tree"):
        if (scratch / "tree" / name).is_file():
            assert same(scratch / "back" / name, scratch / "tree" / name)


def test_times_and_modes_are_kept_on_request(lite, scp, scratch):
    fill(scratch)
    os.chmod(scratch / "tree/deep", 0o2750)
    os.utime(scratch / "tree/deep", (1_300_000_000, 1_200_000_000))
    assert scp(lite, "-r", "-p", scratch / "tree", ":").exit_code == 0
    up = lite.root / "tree"
    assert mode_of(up / "a.txt") == 0o640 and os.stat(up / "a.txt").st_mtime == 1_400_000_000
    assert mode_of(up / "deep") == 0o2750 and os.stat(up / "deep").st_mtime == 1_200_000_000
    assert scp(lite, "-r", "-p", ":tree", scratch / "back").exit_code == 0
    back = scratch / "back"
    assert mode_of(back / "a.txt") == 0o640 and os.stat(back / "a.txt").st_mtime == 1_400_000_000


def test_without_the_request_the_umask_counts_and_set_id_bits_fall(make_server, scp, scratch):
    server = make_server(options=["--umask", "027"])
    (scratch / "f").write_bytes(b"f")
    os.chmod(scratch / "f", 0o6777)
    assert scp(server, scratch / "f", ":").exit_code == 0
    assert mode_of(server.root / "f") == 0o750
    (scratch / "g").write_bytes(b"longer")
    assert scp(server, scratch / "g", ":f").exit_code == 0  # the mode of what is there stays
    assert mode_of(server.root / "f") == 0o750 and (server.root / "f").read_bytes() == b"longer"


def test_modes_and_times_of_uploads_can_be_ignored(make_server, scp, scratch):
    options = ["--umask", "022", "-o", "SFTPOptions IgnoreSCPUploadPerms IgnoreSCPUploadTimes"]
    server = make_server(options=options)
    (scratch / "f").write_bytes(b"f")
    os.chmod(scratch / "f", 0o600)
    os.utime(scratch / "f", (1, 1))
    assert scp(server, "-p", scratch / "f", ":").exit_code == 0
    assert mode_of(server.root / "f") == 0o644 and time.time() - os.stat(server.root / "f").st_mtime < 100


@pytest.mark.parametrize("name", ["two  words", "it's \"quoted\"", "a*b?[c]{d}", "back\\slash", "$HOME `id` ;&|<>()",
                                  "-rf", "~", "naïve ファイル", "percent%41", "#x", "!x"])
def test_names(name, lite, make_client, random_file, scratch):
    client = make_client(OpenSshScpLegacy, lite)
    original = random_file(1000)
    succeeded(client.run_steps([("put", original, name), ("get", name, scratch / "back")]))
    assert same(lite.root / name, original) and same(scratch / "back", original)


def test_a_line_break_in_a_name(lite, scp, command, scratch):
    """The protocol cannot carry it: as with OpenSSH's own, it arrives escaped. In a command it is a name."""
    (lite.root / "d").mkdir()
    (lite.root / "d" / "two\nlines").write_bytes(b"2")
    assert scp(lite, "-r", ":d", scratch).exit_code == 0
    assert names(scratch / "d") == ["two\\^Jlines"]
    said = command(lite, "scp -f 'd/two\nlines'", stdin=OK * 3)
    assert said.stdout.startswith("C") and " 1 two\\^Jlines\n" in said.stdout


def test_sizes_above_32_bits(raw_scp):
    """A file that is mostly a hole goes down whole."""
    size = (1 << 32) + 12345
    with open(raw_scp.folder / "large", "wb") as file:
        file.seek(size - 5)
        file.write(b"end.\n")
    one = raw_scp("-f", "large")
    one.say(OK * 3)
    assert one.process.stdout.read(6)[:1] == b"C"
    head = b""
    while not head.endswith(b"\n"):
        head += one.process.stdout.read(1)
    assert head == f"{size} large\n".encode()
    seen, tail = 0, b""
    while seen < size + 1:
        piece = one.process.stdout.read(1 << 20)
        if not piece:
            break
        seen, tail = seen + len(piece), (tail + piece)[-6:]
    assert (seen, tail) == (size + 1, b"end.\n\0")
    assert one.end() == (b"", 0)


def test_an_upload_that_breaks_off(lite):
    size = (1 << 32) + 1
    target = lite.target()
    words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port), f"{target.user}@{target.host}"]
    with subprocess.Popen([*words, "scp -t large"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(f"C0644 {size} x\n".encode() + b"u" * 5_000_000)
        process.stdin.flush()
        assert wait_until(lambda: (lite.root / "large").exists() and (lite.root / "large").stat().st_size > 0, 10)
        process.kill()
    assert wait_until(lambda: lite.all("file"), 10)
    done = lite.all("file")[-1]
    assert done["aborted"] and done["protocol"] == "scp" and 0 < done["bytes"] < size


def test_a_missing_folder_and_a_folder_in_the_way(lite, scp, scratch):
    (scratch / "f").write_bytes(b"f")
    (lite.root / "f").mkdir()
    (lite.root / "f" / "f").mkdir()
    for where, why in ((":no/where/f", "No such file"), (":f", "Is a directory|is a directory")):
        finished = scp(lite, scratch / "f", where)
        assert finished.exit_code == 1 and any(word in finished.stderr for word in why.split("|")), finished
    finished = scp(lite, scratch / "f", scratch / "f", ":no/where")
    assert finished.exit_code == 1 and "no/where" in finished.stderr, finished


def test_a_full_disk(lite, scp, random_file):
    """The file system says no in the middle of a file: the client hears of it and the session goes on."""
    where, limit = lite.root / "small", 1_000_000
    where.mkdir()
    if os.geteuid() != 0 or run(["mount", "-t", "tmpfs", "-o", f"size={limit},mode=777", "tmpfs", where]).exit_code:
        pytest.skip("skipped: no right to mount a tmpfs")
    try:
        finished = scp(lite, random_file(3_000_000, "much"), random_file(100, "little"), ":small")
        assert finished.exit_code == 1 and "o space left" in finished.stderr, finished
        assert (where / "little").stat().st_size in (0, 100)
    finally:
        run(["umount", "-l", where])


def test_read_only(make_server, scp, scratch):
    server = make_server(options=["--read-only"])
    fill(server.root)
    before = snapshot(server.root)
    (scratch / "f").write_bytes(b"f")
    for words in ([scratch / "f", ":"], ["-r", scratch, ":new"], ["-p", scratch / "f", ":tree/a.txt"]):
        assert scp(server, *words).exit_code == 1
    assert scp(server, ":tree/b.txt", scratch).exit_code == 0
    assert snapshot(server.root) == before
    assert {one["errno"] for one in server.all("file") if one["status"] != 0} == {30}


def test_nothing_leads_out_of_the_root(lite, scp, scratch):
    (lite.root / "out").symlink_to("../../..")
    (lite.root / "abs").symlink_to("/etc")
    for path in (":../../../etc/passwd", ":/etc/passwd", ":abs/passwd", ":out/etc/passwd", ":../*/passwd"):
        assert scp(lite, path, scratch / "got").exit_code == 1
        assert not (scratch / "got").exists()


def test_links_that_lead_round_end(lite, scp, scratch):
    fill(lite.root)
    (lite.root / "tree/deep/loop").symlink_to("..")
    (lite.root / "tree/file").symlink_to("a.txt")
    finished = scp(lite, "-r", ":tree", scratch / "back")
    assert finished.exit_code == 1 and "leads to a folder above it" in finished.stderr
    assert (scratch / "back/file").read_bytes() == b"a" and not (scratch / "back/deep/loop").exists()


def test_deep_trees(lite, scp, scratch):
    """Deeper than directories are kept open, with files on the way down and up."""
    path = "deep"
    for _ in range(80):
        os.makedirs(lite.root / path)
        for name in ("a", "z"):
            (lite.root / path / name).write_text(path)
        path += "/n"
    finished = scp(lite, "-r", ":deep", scratch)
    assert finished.exit_code == 0, finished
    assert names(scratch / "deep") == names(lite.root / "deep")
    assert scp(lite, "-r", scratch / "deep", ":up").exit_code == 0
    assert names(lite.root / "up") == names(scratch / "deep")


def test_logs_name_scp(make_server, scp, scratch):
    log, extended = scratch / "xferlog", scratch / "extended"
    for path in (log, extended):
        path.touch()
        give(path)
    options = ["-o", f"TransferLog {log}", "-o", 'LogFormat short "%m %{protocol} %f %s"',
               "-o", f"ExtendedLog {extended} READ,WRITE short"]
    server = make_server(options=options)
    fill(server.root)
    (scratch / "f").write_bytes(b"12345")
    assert scp(server, scratch / "f", ":").exit_code == 0 and scp(server, ":tree/a.txt", scratch).exit_code == 0
    assert wait_until(lambda: log.exists() and len(log.read_text().splitlines()) == 2, 5)
    up, down = (line.split() for line in log.read_text().splitlines())
    assert up[7] == "5" and up[8].endswith("/f") and up[11:13] == ["i", "r"] and up[14] == "scp" and up[-1] == "c"
    assert down[8].endswith("/tree/a.txt") and down[11] == "o" and down[14] == "scp"
    said = extended.read_text()
    assert "STOR scp" in said and "RETR scp" in said, said


def test_curl(lite, make_client, random_file, scratch):
    """libssh2 ends an upload without the last byte: the file is whole all the same."""
    client, original = make_client(CurlScp, lite), random_file(300_000)
    succeeded(client.run_steps([("put", original, "two words"), ("get", "two words", scratch / "back")]))
    assert same(scratch / "back", original)
    assert wait_until(lambda: len(lite.all("file")) == 2, 5)
    assert not any("aborted" in one for one in lite.all("file"))


def test_paramiko(lite, random_file):
    """A client that says every byte by itself, on a channel of another library."""
    paramiko = pytest.importorskip("paramiko", reason="skipped: no paramiko")
    target = lite.target()
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(target.host, target.port, target.user, key_filename=str(target.key.private), allow_agent=False,
                   look_for_keys=False)
    with client:
        content = random_file(100_000).read_bytes()
        channel = client.get_transport().open_session()
        channel.exec_command("scp -t 'from paramiko'")
        assert channel.recv(1) == OK
        for byte in b"C0600 100000 x\n":
            channel.sendall(bytes([byte]))
        assert channel.recv(1) == OK
        channel.sendall(content + OK)
        assert channel.recv(1) == OK
        channel.shutdown_write()
        assert channel.recv_exit_status() == 0
    assert (lite.root / "from paramiko").read_bytes() == content


# --- what is served, and what is not ---


def test_protocols(make_server, command, make_client, random_file):
    server = make_server(options=["-o", "Protocols sftp"])
    said = command(server, "scp -t x")
    assert said.exit_code == 1 and "only" in said.stderr and not said.stdout
    server = make_server(options=["-o", "Protocols scp date"])
    succeeded(make_client(OpenSshScpLegacy, server).run_steps([("put", random_file(10), "x")]))
    assert not make_client(OpenSshSftp, server).ls("").ok
    said = command(server, "date -u")
    assert said.exit_code == 0 and " UTC " in said.stdout
    assert command(server, "date -s now").exit_code == 1


@pytest.mark.parametrize("text", ["date", "/bin/scp -t x", "scp;id", "sh -c 'scp -t x'", "id", " scp -t x"])
def test_nothing_else_runs(text, lite, command):
    said = command(lite, text)
    assert said.exit_code == 1 and "SFTP and SCP only" in said.stderr and not said.stdout


@pytest.mark.parametrize("text", ["scp", "scp x host:y", "scp -t", "scp -t it's", "scp -t two words", "scp -S id -t x"])
def test_commands_that_make_no_sense(text, lite, command):
    said = command(lite, text)
    assert said.exit_code == 1 and "\nscp: " in "\n" + said.stderr and not said.stdout


def test_as_a_login_shell_under_sshd(make_server, scp, command, scratch):
    """No shell reads the command here: quotes and patterns are ours."""
    need(SftpdLite)
    shell = f'{binary()} --login-shell --deny-message "Files only." -c "$SSH_ORIGINAL_COMMAND"'
    server = make_server(Sshd, lines=[f"ForceCommand {shell}"])
    fill(server.root)
    at = f":{server.root}"
    assert scp(server, "-r", f"{at}/tree", scratch / "back").exit_code == 0
    assert names(scratch / "back") == names(server.root / "tree")
    assert scp(server, f"{at}/tree/*.txt", f"{at}/tree/it\\'s\\ *", scratch).exit_code == 0
    assert scp(server, scratch / "b.txt", f"{at}/two\\ words").exit_code == 0
    assert same(server.root / "two words", scratch / "b.txt")
    said = command(server, "scp -t it's")
    assert said.exit_code == 1 and "not closed" in said.stderr
    assert "Files only." in command(server, "scpx -t x").stderr


def test_a_login_shell_without_scp(scratch):
    need(SftpdLite)
    said = run([binary(), "--login-shell", "-o", "Protocols sftp", "-c", "scp -t x"], seconds=10)
    assert said.exit_code == 1 and "only" in said.stderr


def test_as_the_remote_scp_of_sshd(make_server, scp, scratch):
    """sshd's shell reads the command; what is called scp there is `sftpd-lite --scp`."""
    need(SftpdLite)
    programs = scratch / "programs"
    programs.mkdir()
    (programs / "scp").write_text(f'#!/bin/sh\nexec {shlex.quote(str(binary()))} --scp "$@"\n')
    (programs / "scp").chmod(0o755)
    force = f'PATH={programs}:$PATH eval "$SSH_ORIGINAL_COMMAND"'
    server = make_server(Sshd, lines=[f"ForceCommand {force}"])
    fill(server.root)
    at = f":{server.root}"
    assert scp(server, "-r", "-p", f"{at}/tree", scratch / "back").exit_code == 0
    assert names(scratch / "back") == names(server.root / "tree")
    assert scp(server, scratch / "back/b.txt", scratch / "back/a.txt", f"{at}/tree/empty\\ folder").exit_code == 0
    assert names(server.root / "tree/empty folder") == ["a.txt", "b.txt"]
    assert scp(server, f"{at}/no", scratch).exit_code == 1


def test_the_program_and_its_words(raw_scp, scratch):
    folder = raw_scp.folder
    (folder / "a*b").write_bytes(b"x")
    one = raw_scp("-f", "a*b", before=["--umask", "077"])  # the shell was there before: no pattern
    one.say(OK * 3)
    assert one.hear(13) == b"C%04o 1 a*b\n" % mode_of(folder / "a*b") + b"x"
    assert one.end() == (OK, 0)
    for words in ([], ["-t"], ["-f"], ["-t", "a", "b"], ["-z", "x"], ["--help"]):
        said = run([binary(), "--scp", *words], seconds=10)
        assert said.exit_code == 2 and "--scp: " in said.stderr, said
    confined = raw_scp("-f", "/a*b", before=["--root", folder])
    confined.say(OK * 3)
    assert confined.hear(1) == b"C" and confined.end()[1] == 0
    refused = raw_scp("-t", "x", before=["-R"])
    assert refused.hear(1) == OK
    refused.say(b"C0644 1 x\n")
    assert refused.hear(1) == b"\1" and refused.end()[1] == 1
