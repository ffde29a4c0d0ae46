"""Rules about files as real clients meet them: <Directory>, <Limit>, filters, hidden stores, drop boxes,
quotas. The directives one by one are in tools/sftpd-lite/tests."""

import os
import signal
import struct
import subprocess
import threading

import paramiko
import pytest
from helpers import mode_of, same, snapshot, succeeded, with_clients

from interop.clients import Lftp, OpenSshSftp, Paramiko
from interop.process import run, wait_until
from interop.programs import give, new_folder
from interop.servers import InetdMode, SftpdLite, SubsystemMode

ON = ["AllowOverwrite on", "AllowStoreRestart on"]


@pytest.fixture
def ruled(make_server, scratch):
    """ruled("HideFiles x", ...) starts a server under such a configuration; ROOT is its root."""

    def make(*lines, kind=SftpdLite, **settings):
        root = scratch / "files"
        root.mkdir(exist_ok=True)
        path = scratch / "rules.conf"
        text = "\n".join(["SFTPEngine on", *lines]) + "\n"
        path.write_text(text.replace("ROOT", str(root)))
        path.chmod(0o644)
        options = ["--config", path, *settings.pop("options", [])]
        server = make_server(kind, root=root, options=options, **settings)
        root.chmod(0o777)
        return server

    return make


def make_file(server, name, content=b"content"):
    path = server.root / name
    path.write_bytes(content)
    path.chmod(0o666)
    return path


def make_folder(server, name):
    (server.root / name).mkdir(parents=True)
    (server.root / name).chmod(0o777)
    give(server.root / name)


class Raw:
    """SFTP 3 by hand over paramiko: requests go out without waiting for answers."""

    def __init__(self, server):
        target = server.target()
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(target.host, target.port, target.user, key_filename=str(server.key.private),
                            look_for_keys=False, allow_agent=False)
        self.channel = self.client.get_transport().open_session()
        self.channel.invoke_subsystem("sftp")
        self.send(1, struct.pack(">I", 3))
        self.receive()

    def send(self, kind, body):
        self.channel.sendall(struct.pack(">IB", len(body) + 1, kind) + body)

    def receive(self):
        def exactly(count):
            got = b""
            while len(got) < count:
                piece = self.channel.recv(count - len(got))
                assert piece, "the server closed the channel"
                got += piece
            return got

        length = struct.unpack(">I", exactly(4))[0]
        packet = exactly(length)
        return packet[0], packet[1:]

    def status(self):
        kind, body = self.receive()
        assert kind == 101, kind
        return struct.unpack(">II", body[:8])

    def open(self, name, flags=0x1A):
        self.send(3, struct.pack(">I", 1) + text(name) + struct.pack(">II", flags, 0))
        kind, body = self.receive()
        assert kind == 102, body
        length = struct.unpack(">I", body[4:8])[0]
        return body[8 : 8 + length]

    def write(self, number, handle, offset, data):
        self.send(6, struct.pack(">I", number) + text(handle) + struct.pack(">Q", offset) + text(data))

    def close_file(self, handle):
        self.send(4, struct.pack(">I", 99) + text(handle))
        return self.status()[1]

    def end(self):
        self.client.close()


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


# <Limit> and <Directory>


@pytest.mark.main
@with_clients("get", "put", "rm", "mkdir", "rename")
def test_limits_by_directory(ruled, client_kind, make_client, random_file, scratch):
    server = ruled(
        *ON,
        "<Limit WRITE>", "DenyAll", "</Limit>",
        "<Directory ROOT/upload>", "<Limit WRITE>", "AllowAll", "</Limit>", "</Directory>",
    )
    make_file(server, "f")
    make_folder(server, "upload")
    original = random_file(100_000)
    client = make_client(client_kind, server)
    succeeded(client.get("f", scratch / "copy"))
    for step in [("put", original, "new"), ("put", original, "f"), ("rm", "f"), ("mkdir", "d"), ("rename", "f", "g")]:
        result = client.run_steps([step])
        assert result.state == "remote-error", f"{step}: {result}"
    succeeded(client.put(original, "upload/new"))
    assert same(original, server.root / "upload/new")
    succeeded(client.mkdir("upload/d"))
    succeeded(client.rm("upload/new"))
    assert (server.root / "f").read_bytes() == b"content"
    assert sorted(path.name for path in server.root.iterdir()) == ["f", "upload"]


def test_a_refusal_names_the_rule(ruled, make_client, random_file):
    server = ruled("<Limit STOR>", "DenyUser alice", "</Limit>")
    assert not make_client(OpenSshSftp, server).put(random_file(10), "f").ok
    problem = server.wait_event("problem")[-1]["what"]
    assert "/f" in problem and "<Limit STOR>" in problem and "rules.conf:2" in problem


@pytest.mark.parametrize("kind", [SftpdLite, InetdMode, SubsystemMode], ids=lambda kind: kind.mode)
def test_in_each_mode(ruled, make_client, random_file, kind):
    server = ruled("<Limit DELE>", "DenyAll", "</Limit>", "PathDenyFilter \\.exe$", kind=kind)
    client = make_client(OpenSshSftp, server)
    succeeded(client.put(random_file(10), "f"))
    assert not client.rm("f").ok
    assert not client.put(random_file(10), "f.exe").ok


def test_by_user_and_class(ruled, make_client, random_file):
    server = ruled(
        "<Class near>", "From 127.0.0.0/8", "</Class>",
        "<IfUser bob>", "<Limit WRITE>", "DenyAll", "</Limit>", "</IfUser>",
        "<Limit MKD>", "DenyClass near", "</Limit>",
        users=("alice", "bob"),
    )
    succeeded(make_client(OpenSshSftp, server).put(random_file(10), "f"))
    assert not make_client(OpenSshSftp, server, user="bob").put(random_file(10), "g").ok
    assert not make_client(OpenSshSftp, server).mkdir("d").ok


def test_denied_listings_are_empty(ruled, make_client):
    server = ruled("<Limit LIST>", "DenyAll", "</Limit>")
    make_file(server, "f")
    result = succeeded(make_client(OpenSshSftp, server).ls("."))
    assert "f" not in str(result.said).split()


def test_a_race_with_a_symlink_is_lost(ruled, make_client):
    """A folder that keeps being exchanged with a symlink never shows what a rule hides."""
    server = ruled("<Directory ROOT/secret>", "<Limit READ>", "DenyAll", "</Limit>", "</Directory>")
    make_folder(server, "secret")
    make_file(server, "secret/f", b"secret")
    make_folder(server, "open")
    make_file(server, "open/f", b"public")
    stop = threading.Event()

    def exchange():
        while not stop.is_set():
            os.rename(server.root / "open", server.root / "gone")
            os.symlink("secret", server.root / "open")
            os.unlink(server.root / "open")
            os.rename(server.root / "gone", server.root / "open")

    thread = threading.Thread(target=exchange)
    thread.start()
    raw = Raw(server)
    seen = set()
    try:
        for _ in range(1500):
            raw.send(3, struct.pack(">I", 1) + text("/open/f") + struct.pack(">II", 1, 0))
            kind, body = raw.receive()
            if kind != 102:
                continue
            handle = body[8:]
            raw.send(5, struct.pack(">I", 2) + text(handle) + struct.pack(">QI", 0, 100))
            kind, body = raw.receive()
            if kind == 103:
                seen.add(body[8:])
            assert raw.close_file(handle) == 0
    finally:
        stop.set()
        thread.join()
        raw.end()
    assert seen == {b"public"}


# Overwriting, resuming, filters


@with_clients("put")
def test_what_is_there_stays(ruled, client_kind, make_client, random_file):
    """As in ProFTPD: a configuration says when files may be overwritten."""
    server = ruled()
    make_file(server, "f", b"old")
    client = make_client(client_kind, server)
    assert not client.put(random_file(1000), "f").ok
    assert (server.root / "f").read_bytes() == b"old"
    succeeded(client.put(random_file(1000), "g"))
    assert not client.put(random_file(1000), "g").ok


@with_clients("put", "resume_put")
def test_resuming(ruled, client_kind, make_client, random_file):
    original = random_file(100_000)
    for lines, allowed in ((["AllowOverwrite on"], False), (ON, True)):
        server = ruled(*lines)
        make_file(server, "f", original.read_bytes()[:5000])
        assert make_client(client_kind, server).resume_put(original, "f").ok == allowed
        assert same(original, server.root / "f") == allowed


def test_sizes(ruled, make_client, random_file, scratch):
    server = ruled("MaxStoreFileSize 10 Kb", "MaxRetrieveFileSize 10 Kb", *ON)
    make_file(server, "big", bytes(20_000))
    for kind in (OpenSshSftp, Lftp, Paramiko):
        client = make_client(kind, server)
        assert not client.put(random_file(20_000), "f").ok, kind
        assert not client.get("big", scratch / "copy").ok, kind
        succeeded(client.put(random_file(10_240), "f"))


@pytest.mark.main
def test_hiding(ruled, make_client):
    server = ruled("HideFiles ^\\.", "<Limit ALL>", "IgnoreHidden on", "</Limit>", "ShowSymlinks off",
                   "DirFakeMode 0440", "DirFakeUser on nosuch", "DirFakeGroup on nosuch")
    make_file(server, ".secret")
    make_file(server, "f")
    (server.root / "l").symlink_to("f")
    client = make_client(OpenSshSftp, server)
    listed = succeeded(client.batch(["ls -la"]) and client.run_steps([("ls", ".")]))
    assert ".secret" not in listed.said
    lines = client.batch(["ls -la"]).stdout
    by_name = {line.split()[-1]: line for line in lines.splitlines() if line[:1] in "-dl" and len(line.split()) > 8}
    assert by_name["f"].startswith("-r--r-----") and by_name["l"].startswith("-r--r-----"), lines
    assert by_name["f"].split()[2:4] == ["nosuch", "nosuch"], lines
    assert "not found" in client.batch(["get .secret /dev/null"]).said


def test_modes(ruled, make_client, random_file):
    server = ruled("Umask 027 077", "<Directory ROOT/drop>", "ForceMode 0600 0711", "</Directory>")
    make_folder(server, "drop")
    client = make_client(OpenSshSftp, server)
    original = random_file(10)
    original.chmod(0o666)
    for step in [("put", original, "f"), ("mkdir", "d"), ("put", original, "drop/f"), ("mkdir", "drop/d")]:
        succeeded(client.run_steps([step]))
    assert mode_of(server.root / "f") & 0o137 == 0
    assert mode_of(server.root / "d") == 0o700
    assert (mode_of(server.root / "drop/f"), mode_of(server.root / "drop/d")) == (0o600, 0o711)


# Hidden stores


@pytest.mark.main
@with_clients("put", "get")
def test_hidden_stores(ruled, client_kind, make_client, random_file, scratch):
    server = ruled("HiddenStores on", "AllowOverwrite on")
    client = make_client(client_kind, server)
    for size in (0, 10, 300_000):
        original = random_file(size)
        succeeded(client.put(original, "f"))
        assert same(original, server.root / "f")
    assert [path.name for path in server.root.iterdir()] == ["f"]


@pytest.mark.main
@pytest.mark.parametrize("victim", ["client", "server", "stopped server"])
def test_a_hidden_store_that_is_killed(ruled, make_client, random_file, scratch, victim):
    """Readers see the old content or the new, whoever dies."""
    server = ruled("HiddenStores on", "AllowOverwrite on")
    make_file(server, "f", b"old")
    original = random_file(60_000_000)
    client = make_client(OpenSshSftp, server)
    batch = scratch / "batch"
    batch.write_text(f"put {original} f\n")
    process = subprocess.Popen([str(word) for word in client.argv("-l", "80000", "-b", batch)],
                               env=client.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    part = server.root / ".in.f."
    try:
        assert wait_until(lambda: part.exists() and part.stat().st_size > 1_000_000, 20)
        assert (server.root / "f").read_bytes() == b"old"
        if victim != "client":
            how = signal.SIGKILL if victim == "server" else signal.SIGTERM
            for one in server.sessions():
                os.kill(one if isinstance(one, int) else one.pid, how)
    finally:
        if victim == "client":
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
    assert wait_until(lambda: not server.sessions(), 10)
    assert (server.root / "f").read_bytes() == b"old"
    assert part.exists() == (victim == "server")  # nobody was left to remove it


# Drop boxes


@pytest.mark.main
@pytest.mark.parametrize("kind", [OpenSshSftp, Lftp, Paramiko], ids=lambda kind: kind.name)
def test_a_drop_box(make_server, make_client, random_file, scratch, kind):
    server = make_server(options=["--drop-box"])
    make_file(server, "f")
    before = snapshot(server.root / "f")
    client = make_client(kind, server)
    original = random_file(50_000)
    succeeded(client.put(original, "new"))
    assert same(original, server.root / "new")
    succeeded(client.mkdir("d"))
    if kind is not Lftp:  # it asks for a listing before it puts something below
        succeeded(client.put(original, "d/new"))
    for step in [("put", original, "f"), ("put", original, "new"), ("get", "f", scratch / "copy"),
                 ("get", "new", scratch / "copy"), ("rm", "new"), ("rename", "new", "old"), ("rmdir", "d")]:
        result = client.run_steps([step])
        assert not result.ok, f"{step}: {result}"
    assert snapshot(server.root / "f") == before
    assert same(original, server.root / "new")
    listing = client.ls(".")
    assert "new" not in listing.said.split(), listing


# Full disks and quotas


def test_a_full_disk_is_told_to_the_write_that_it_meets(make_server, scratch):
    """WRITEs that nobody waited for: each has its own answer, and the file what was answered OK."""
    if os.geteuid() != 0:
        pytest.skip("skipped: only root can mount a small file system")
    root = new_folder()
    mounted = run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "none", root], seconds=10)
    if mounted.exit_code != 0:
        pytest.skip(f"skipped: no tmpfs can be mounted here: {mounted.said}")
    try:
        server = make_server(root=root)
        raw = Raw(server)
        piece = 32768
        handle = raw.open("f")
        count = 48  # 1.5 MiB
        for number in range(count):
            raw.write(number, handle, number * piece, bytes([number + 1]) * piece)
        answers = [raw.status() for _ in range(count)]
        assert [number for number, _ in answers] == list(range(count))
        good = [number for number, code in answers if code == 0]
        assert 20 < len(good) < count and {code for _, code in answers} == {0, 4}
        assert raw.close_file(handle) == 0
        content = (root / "f").read_bytes()
        for number in good:
            assert content[number * piece : (number + 1) * piece] == bytes([number + 1]) * piece
        raw.send(200, struct.pack(">I", 5) + text("fsync@openssh.com") + text(raw.open("f", 2)))
        assert raw.status()[1] == 0
        raw.end()
        server.stop()
    finally:
        run(["umount", "-l", root], seconds=10)
        root.rmdir()


def tally(scratch):
    folder = scratch / "tallies"
    folder.mkdir(exist_ok=True)
    give(folder)
    return folder


@pytest.mark.main
def test_quotas(ruled, make_client, random_file, scratch):
    server = ruled(f"QuotaDirectory {tally(scratch)}", "Quota 100 Kb 3", *ON)
    make_file(server, "old", bytes(10_000))  # counts, too
    clients = [make_client(OpenSshSftp, server), make_client(Lftp, server), make_client(Paramiko, server)]
    succeeded(clients[0].put(random_file(50_000), "a"))
    for client in clients:
        assert not client.put(random_file(50_000), "b").ok
    for client in clients:
        client.rm("b")
    succeeded(clients[0].put(random_file(40_000), "b"))
    assert not clients[0].mkdir("d").ok  # three there are
    succeeded(clients[0].rm("a"))
    succeeded(clients[0].put(random_file(50_000), "c"))
    assert not clients[0].put(random_file(70_000), "b").ok


def test_quotas_of_sessions_at_once(ruled, scratch):
    server = ruled(f"QuotaDirectory {tally(scratch)}", "Quota 1 Mb", *ON)
    piece = 32768
    stored = []

    def fill(name):
        raw = Raw(server)
        handle = raw.open(name)
        for number in range(30):
            raw.write(number, handle, number * piece, bytes(piece))
        stored.append(sum(raw.status()[1] == 0 for _ in range(30)))
        raw.end()

    threads = [threading.Thread(target=fill, args=(f"f{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(path.stat().st_size for path in server.root.iterdir())
    assert sum(stored) == 32 and total == 32 * piece, (stored, total)


def test_a_quota_needs_its_directory(lite_command, scratch):
    for words, said in (
        (["Quota 1 Mb"], "needs a QuotaDirectory"),
        (["Quota 1 Mb", "QuotaDirectory /no/such/directory"], "create it"),
        (["Quota 1"], "wants a size"),
    ):
        options = [word for line in words for word in ("-o", line)]
        finished = lite_command("--check", *options)
        assert finished.exit_code == 2 and said in finished.said, finished.said


# What listings and reads say


def test_listings_are_in_the_c_locale(make_server, make_client, scratch, monkeypatch):
    """Months have their English names, whatever the server's surroundings speak."""
    locales = scratch / "locales"
    locales.mkdir()
    made = run(["localedef", "-i", "fr_FR", "-f", "UTF-8", locales / "fr_FR.UTF-8"], seconds=60)
    if made.exit_code != 0:
        pytest.skip(f"skipped: no French locale can be made: {made.said}")
    for folder in (locales, *locales.rglob("*")):
        folder.chmod(0o755)
    monkeypatch.setenv("LOCPATH", str(locales))
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    shown = run(["date", "-d", "2020-02-03", "+%b"], seconds=10).stdout
    if "f" not in shown:
        pytest.skip(f"skipped: the French locale does not work here: {shown}")
    server = make_server()
    make_file(server, "f")
    os.utime(server.root / "f", (1580720400, 1580720400))  # in February 2020
    client = make_client(OpenSshSftp, server)
    lines = client.batch(["ls -ln"]).stdout
    raw = Raw(server)
    raw.send(11, struct.pack(">I", 1) + text("/"))
    handle = raw.receive()[1][8:]
    raw.send(12, struct.pack(">I", 2) + text(handle))
    names = raw.receive()[1]
    raw.end()
    assert b" Feb  3  2020 f" in names, (names, lines)


def test_reading_behind_the_end_is_silent(make_server):
    server = make_server()
    make_file(server, "f", b"content")
    raw = Raw(server)
    handle = raw.open("f", 1)
    before = len(server.all("problem"))
    for offset in (7, 8, 1 << 40, (1 << 63) - 1, (1 << 64) - 1):
        raw.send(5, struct.pack(">I", 3) + text(handle) + struct.pack(">QI", offset, 100))
        assert raw.status()[1] == 1  # EOF
    assert raw.close_file(handle) == 0
    raw.end()
    assert len(server.all("problem")) == before and server.log() == ""
