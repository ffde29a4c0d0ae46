"""SCP: what clients of the old protocol do, what hostile ones try, and the ways in which it is served."""

import os
import shlex
import socket
import subprocess
import time

import pytest
from conftest import need
from helpers import mode_of, same, snapshot, succeeded

from interop.clients import CurlScp, OpenSshScpLegacy, OpenSshSftp, PscpScp
from interop.clients.openssh import ssh_options
from interop.process import run, wait_until
from interop.servers import SftpdLite, Sshd
from interop.servers.sftpd_lite import binary

OK = b"\0"


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


class Raw:
    """One side of SCP, byte by byte, with `sftpd-lite --scp` on the other."""

    def __init__(self, folder, *words, before=()):
        argv = [str(binary()), "--log", str(folder.parent / "raw.log"), *before, "--scp", *map(str, words)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
                                        bufsize=0)

    def say(self, data):
        self.process.stdin.write(data)

    def hear(self, count):
        said = b""
        while len(said) < count:
            piece = self.process.stdout.read(count - len(said))
            if not piece:
                break
            said += piece
        return said

    def end(self):
        """What else it says, and its exit code."""
        self.process.stdin.close()
        rest = self.process.stdout.read()
        return rest, self.process.wait(timeout=10)


@pytest.fixture
def raw(scratch):
    """raw(word, ...) starts `sftpd-lite --scp word ...` in an empty folder."""
    need(SftpdLite)
    folder = scratch / "inside"
    folder.mkdir()
    started = []

    def start(*words, **more):
        started.append(Raw(folder, *words, **more))
        return started[-1]

    start.folder = folder
    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.process.stdout.close()


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


def test_sizes_above_32_bits(raw):
    """A file that is mostly a hole goes down whole."""
    size = (1 << 32) + 12345
    with open(raw.folder / "large", "wb") as file:
        file.seek(size - 5)
        file.write(b"end.\n")
    one = raw("-f", "large")
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
    client.connect(target.host, target.port, target.user, key_filename=str(target.key.path), allow_agent=False,
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
    assert said.exit_code == 1 and said.stderr.startswith("scp: ") and not said.stdout


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


def test_the_program_and_its_words(raw, scratch):
    folder = raw.folder
    (folder / "a*b").write_bytes(b"x")
    one = raw("-f", "a*b", before=["--umask", "077"])  # the shell was there before: no pattern
    one.say(OK * 3)
    assert one.hear(13) == b"C%04o 1 a*b\n" % mode_of(folder / "a*b") + b"x"
    assert one.end() == (OK, 0)
    for words in ([], ["-t"], ["-f"], ["-t", "a", "b"], ["-z", "x"], ["--help"]):
        said = run([binary(), "--scp", *words], seconds=10)
        assert said.exit_code == 2 and "--scp: " in said.stderr, said
    confined = raw("-f", "/a*b", before=["--root", folder])
    confined.say(OK * 3)
    assert confined.hear(1) == b"C" and confined.end()[1] == 0
    refused = raw("-t", "x", before=["-R"])
    assert refused.hear(1) == OK
    refused.say(b"C0644 1 x\n")
    assert refused.hear(1) == b"\1" and refused.end()[1] == 1


# --- hostile peers ---

LIES = [b"C0644 1 ../x\nx\0", b"C0644 1 /etc/x\nx\0", b"C0644 1 ..\n", b"C0644 1 .\n", b"C0644 1 \n",
        b"C0644 1 a\0b\n", b"C0644 -1 x\n", b"C0644 18446744073709551616 x\n", b"C9999 1 x\n", b"\n", b"E\n",
        b"D0755 0 ..\nC0644 1 x\nx\0", b"T1 1\n", b"T-1 0 1 0\n", b"C0644 1 " + b"n" * 10000 + b"\n", b"GET / HTTP\r\n",
        b"C" * 100000, b"\2gone\n"]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: repr(lie[:16]))
def test_lies_touch_nothing(lie, raw, scratch):
    (raw.folder / "d").mkdir()
    before = snapshot(scratch)
    one = raw("-r", "-t", "d")
    assert one.hear(1) == OK
    try:
        one.say(lie)
    except BrokenPipeError:
        pass
    rest, code = one.end()
    assert code == 1 and (rest.startswith(b"\2scp: protocol error: ") or lie.startswith(b"\2"))
    after = snapshot(scratch)
    after.pop(str(scratch / "raw.log"), None)
    after.pop(str(scratch)), before.pop(str(scratch))
    assert after == before


def test_every_cut_of_a_stream(raw):
    stream = b"T5 0 6 0\nD0755 0 t\nC0644 5 f\nhello\0C0600 0 e\n\0E\nC0644 1 g\ng\0"
    for cut in (1, 2, 3, 7):
        one = raw("-r", "-p", "-t", ".")
        for at in range(0, len(stream), cut):
            one.say(stream[at:at + cut])
        assert one.end() == (OK * 10, 0)
        assert (raw.folder / "t/f").read_bytes() == b"hello" and (raw.folder / "g").read_bytes() == b"g"


def test_folders_without_end(raw):
    """They end where paths do, and cost no memory that grows with them."""
    one = raw("-r", "-t", ".")
    assert one.hear(1) == OK
    answers = []
    for _ in range(60):
        one.say(b"D0755 0 " + b"n" * 100 + b"\n")
        answers.append(one.hear(1))
        if answers[-1] != OK:
            break
    assert answers[-1] == b"\1" and 35 < len(answers) < 45
    assert one.end()[1] == 1


def test_a_client_that_never_reads(raw):
    """Its answers fill the pipe; then its records wait, and the server's memory does not grow."""
    one = raw("-t", ".")
    one.process.stdout.flush()
    os.set_blocking(one.process.stdin.fileno(), False)
    sent, record, deadline = 0, b"T5 0 6 0\n" * 10000, time.monotonic() + 8
    while time.monotonic() < deadline:
        sent += one.process.stdin.write(record) or 0
        if sent > 64_000_000:
            break
    with open(f"/proc/{one.process.pid}/status") as file:
        kib = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert kib < 60_000 and sent < 64_000_000


@pytest.mark.parametrize("answers", [b"\2no\n", b"no scp here\n", b"\0\2no\n", b"\0\0\2disk full\n", b"", b"\0", b"\0\0"])
def test_a_sink_that_gives_up(answers, raw):
    (raw.folder / "f").write_bytes(b"content")
    one = raw("-f", "f")
    one.say(answers)
    assert one.end()[1] == 1


def test_a_sink_that_warns_gets_the_rest(raw):
    for name in ("a", "b"):
        (raw.folder / name).write_bytes(name.encode())
    one = raw("-f", "a", "b")
    one.say(b"\0\1not a\n\0\0\0")
    rest, code = one.end()
    assert code == 1 and b" 1 a\n" in rest and rest.endswith(b" 1 b\nb\0")


def test_files_that_change_meanwhile(raw):
    size = 3_000_000
    path = raw.folder / "f"
    path.write_bytes(b"x" * size)
    one = raw("-f", "f")
    one.say(OK * 2)
    head = one.hear(15)
    assert head == b"C%04o 3000000 f\n" % mode_of(path)
    os.truncate(path, 10)
    one.say(OK)
    assert len(one.hear(size)) == size
    rest, code = one.end()
    assert rest == b"\1scp: f: became shorter while it was sent\n" and code == 1


def test_a_vanished_client_leaves_what_came(lite):
    target = lite.target()
    words = ["ssh", *ssh_options(target, None), "-T", "-p", str(target.port), f"{target.user}@{target.host}"]
    with subprocess.Popen([*words, "scp -t part"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"C0644 1000000 x\n" + b"p" * 100000)
        process.stdin.flush()
        assert wait_until(lambda: (lite.root / "part").exists() and (lite.root / "part").stat().st_size == 100000, 10)
        process.kill()
    assert wait_until(lambda: lite.all("file"), 10)
    assert lite.all("file")[-1]["aborted"] and (lite.root / "part").stat().st_size == 100000


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


def test_a_killed_connection(lite):
    """A peer that leaves in the handshake of SSH's channel; nothing hangs."""
    target = lite.target()
    with socket.create_connection((target.host, target.port)) as link:
        link.sendall(b"SSH-2.0-scp\r\n")
    assert wait_until(lambda: lite.all("session_close"), 10)
