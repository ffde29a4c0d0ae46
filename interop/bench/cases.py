"""What is measured. A case runs once against one peer and returns a number for each of its metrics."""

import os
import random
import shutil
import struct
import time
from dataclasses import dataclass

from interop.bench.meter import tree_pss_kib
from interop.bench.peers import KEX
from interop.clients import Algorithms, OpenSshSftp
from interop.process import wait_until
from interop.programs import give
from interop.raw_sftp import CLOSE, DATA, READ, WRITE, RawSftp, string
from interop.raw_sftp import FLAG_CREATE, FLAG_TRUNCATE, FLAG_WRITE

GCM, CHACHA = "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"
CTR, ETM = "aes256-ctr", "hmac-sha2-256-etm@openssh.com"
MIB, GIB = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Sizes:
    """How much is moved; `quick` is for looking, not for publishing."""

    transfer: int = GIB
    files: int = 2000
    entries: int = 100_000
    reads: int = 20_000
    connections: int = 20
    idle: int = 100
    traced: int = 256 * MIB

    @classmethod
    def quick(cls):
        return cls(transfer=256 * MIB, entries=10_000, connections=10, traced=64 * MIB)


@dataclass(frozen=True)
class Metric:
    name: str
    unit: str
    bar: float | None = None  # highest ratio to sshd that passes
    limit: float | None = None  # highest value that passes


class Bench:
    """The files that all cases share, and how a client reaches a peer."""

    def __init__(self, folder, root, sizes):
        self.folder, self.root, self.sizes = folder, root, sizes
        self.local = folder / "local"
        self.local.mkdir()
        self._homes = 0

    def fill(self):
        """Makes the files in the server's root and beside it."""
        block = random.Random(1).randbytes(MIB)
        for path in (self.root / "big", self.local / "big"):
            with open(path, "wb") as file:
                for _ in range(self.sizes.transfer // MIB):
                    file.write(block)
        for tree in (self.root / "small", self.local / "small"):
            tree.mkdir()
            for number in range(self.sizes.files):
                (tree / f"{number:05}").write_bytes(block[:4096])
        (self.root / "entries").mkdir()
        for number in range(self.sizes.entries):
            (self.root / "entries" / f"entry number {number:05}").touch()

    def client(self, peer, cipher=GCM, mac=None):
        self._homes += 1
        target = peer.server.target(algorithms=Algorithms(kex=KEX, cipher=cipher, mac=mac))
        return OpenSshSftp(target, self.folder / f"home{self._homes}", seconds=600)

    def sftp(self, peer, line, **algorithms):
        """Runs one line of OpenSSH's sftp; returns wall and server CPU seconds of the session."""
        client = self.client(peer, **algorithms)
        line = line.replace("REMOTE", client.target.base.rstrip("/"))
        before = peer.cpu()
        finished = client.batch([line], "-q")
        peer.settle()
        if finished.exit_code != 0:
            raise RuntimeError(f"{peer.name}: {line}: {finished.said}")
        return finished.seconds, peer.cpu() - before

    def raw(self, peer, **algorithms):
        """Our own client over `ssh -s`, before its first message."""
        client = self.client(peer, **algorithms)
        target = client.target
        where = ["-p", str(target.port), f"{target.user}@{target.host}"]
        argv = ["ssh", *client.options(), *where, "-s", "sftp"]
        return RawSftp(argv, env=client.environment()), target


@dataclass(frozen=True)
class Case:
    name: str
    metrics: tuple
    run: object  # (bench, peer) -> a value for each metric
    once: bool = False  # repeating it tells nothing new
    without: tuple = ()  # peers that cannot do it


def _transfer(verb, cipher, mac=None):
    def run(bench, peer):
        gib = bench.sizes.transfer / GIB
        copy, sent = bench.local / "copy", bench.root / "sent"
        copy.unlink(missing_ok=True)
        sent.unlink(missing_ok=True)
        down = verb == "download"
        line = f"get REMOTE/big {copy}" if down else f"put {bench.local}/big REMOTE/sent"
        wall, cpu = bench.sftp(peer, line, cipher=cipher, mac=mac)
        arrived = (copy if down else sent).stat().st_size
        copy.unlink(missing_ok=True)
        sent.unlink(missing_ok=True)
        if arrived != bench.sizes.transfer:
            raise RuntimeError(f"{peer.name}: {arrived} bytes arrived")
        return cpu / gib, bench.sizes.transfer / MIB / wall

    return run


def _scp(verb):
    """The same file by `scp -O`: sshd starts another program for it."""

    def run(bench, peer):
        copy, sent = bench.local / "copy", bench.root / "sent"
        down = verb == "download"
        client = bench.client(peer)
        target = client.target
        remote = f"{target.user}@{target.host}:{target.path('big' if down else 'sent')}"
        files = [remote, copy] if down else [bench.local / "big", remote]
        before = peer.cpu()
        finished = client.execute(["scp", "-O", "-q", "-P", str(target.port), *client.options(), *files])
        peer.settle()
        cpu = peer.cpu() - before
        if finished.exit_code != 0:
            raise RuntimeError(f"{peer.name}: scp: {finished.said}")
        arrived = (copy if down else sent).stat().st_size
        copy.unlink(missing_ok=True)
        sent.unlink(missing_ok=True)
        if arrived != bench.sizes.transfer:
            raise RuntimeError(f"{peer.name}: {arrived} bytes arrived")
        return cpu / (bench.sizes.transfer / GIB), bench.sizes.transfer / MIB / finished.seconds

    return run


def _raw_transfer(verb, block, outstanding=64):
    def run(bench, peer):
        size = bench.sizes.transfer
        session, target = bench.raw(peer)
        with session:
            session.hello()
            before, begun = peer.cpu(), time.monotonic()
            if verb == "download":
                moved = session.read_whole(target.path("big"), size, block, outstanding)
            else:
                moved = _write_whole(session, target.path("sent"), size, block, outstanding)
            wall = time.monotonic() - begun
            cpu = peer.cpu() - before
        peer.settle()
        (bench.root / "sent").unlink(missing_ok=True)
        if moved != size:
            raise RuntimeError(f"{peer.name}: {moved} bytes moved")
        return cpu / (size / GIB), size / MIB / wall

    return run


def _write_whole(session, path, size, block, outstanding):
    flags = FLAG_WRITE | FLAG_CREATE | FLAG_TRUNCATE
    handle = string(session.open(path, flags).handle)
    data = string(random.Random(2).randbytes(block))
    writes = ((WRITE, handle + struct.pack(">Q", at) + data) for at in range(0, size, block))
    done = sum(block for reply in session.pipeline(writes, outstanding) if reply.status == 0)
    session.request(CLOSE, handle)
    return done


def _connect(bench, peer):
    """From starting ssh to the SFTP VERSION; the client's own start is part of it for everybody."""
    before, times = peer.cpu(), []
    for _ in range(bench.sizes.connections):
        begun = time.monotonic()
        session, _ = bench.raw(peer)
        with session:
            session.hello()
            times.append(time.monotonic() - begun)
    peer.settle()
    times.sort()
    return times[len(times) // 2] * 1e3, (peer.cpu() - before) / len(times) * 1e3


def _small_files(verb):
    def run(bench, peer):
        copies, sent = bench.local / "copies", bench.root / "sent"
        for tree in (copies, sent):
            shutil.rmtree(tree, ignore_errors=True)
        (sent / "small").mkdir(parents=True)  # mod_sftp has no REALPATH for what is not there yet
        give(sent)
        down = verb == "download"
        line = f"get -R REMOTE/small {copies}" if down else f"put -R {bench.local}/small REMOTE/sent"
        wall, cpu = bench.sftp(peer, line)
        arrived = len(os.listdir(copies if down else sent / "small"))
        for tree in (copies, sent):
            shutil.rmtree(tree, ignore_errors=True)
        if arrived != bench.sizes.files:
            raise RuntimeError(f"{peer.name}: {arrived} files arrived")
        return cpu / bench.sizes.files * 1e6, bench.sizes.files / wall

    return run


def _readdir(bench, peer):
    session, target = bench.raw(peer)
    with session:
        session.hello()
        session.list_whole(target.path("entries"))  # not the first time: caches are warm
        before, begun = peer.cpu(), time.monotonic()
        names = session.list_whole(target.path("entries"))
        wall = time.monotonic() - begun
        cpu = peer.cpu() - before
    peer.settle()
    if len(set(names) - {b".", b".."}) != bench.sizes.entries:
        raise RuntimeError(f"{peer.name}: {len(names)} names came")
    return cpu / len(names) * 1e6, wall * 1e3


def _random_reads(bench, peer):
    chance = random.Random(3)
    blocks = bench.sizes.transfer // 4096
    places = [chance.randrange(blocks) * 4096 for _ in range(bench.sizes.reads)]
    session, target = bench.raw(peer)
    with session:
        session.hello()
        handle = string(session.open(target.path("big")).handle)
        before, begun = peer.cpu(), time.monotonic()
        reads = ((READ, handle + struct.pack(">QI", at, 4096)) for at in places)
        done = sum(
            reply.kind == DATA and len(reply.data) == 4096 for reply in session.pipeline(reads, 64)
        )
        wall = time.monotonic() - begun
        cpu = peer.cpu() - before
    peer.settle()
    if done != len(places):
        raise RuntimeError(f"{peer.name}: {done} of {len(places)} reads")
    return cpu / done * 1e6, done / wall


def _idle(bench, peer):
    """Memory of the whole tree, the listener included, shared out over the sessions."""
    sessions = []
    try:
        for _ in range(bench.sizes.idle):
            sessions.append(bench.raw(peer)[0])
            sessions[-1].hello()
        wait_until(lambda: False, 0.5)
        escaped = peer.meter.escaped(peer.server.sessions())
        if escaped:
            raise RuntimeError(f"{peer.name}: processes {escaped} left the control group")
        return (tree_pss_kib(peer.server.process.pid) / len(sessions),)
    finally:
        for session in sessions:
            session.process.stdin.close()
        for session in sessions:
            session.close()
        peer.settle()


def transfer_case(verb, label, cipher, bar, mac=None):
    metrics = (Metric("CPU", "s/GiB", bar), Metric("rate", "MiB/s"))
    without = ("proftpd",) if cipher == CHACHA else ()  # mod_sftp of Debian 12 has no chacha20
    return Case(f"{verb}-{label}", metrics, _transfer(verb, cipher, mac), without=without)


def raw_case(verb, block):
    metrics = (Metric("CPU", "s/GiB"), Metric("rate", "MiB/s"))
    return Case(f"{verb}-pipelined-{block // 1024}k", metrics, _raw_transfer(verb, block))


CASES = (
    transfer_case("download", "aes128-gcm", GCM, 0.55),
    transfer_case("download", "chacha20", CHACHA, 0.55),
    transfer_case("download", "aes256-ctr-etm", CTR, 0.8, ETM),
    transfer_case("upload", "aes128-gcm", GCM, 0.5),
    transfer_case("upload", "chacha20", CHACHA, 0.5),
    transfer_case("upload", "aes256-ctr-etm", CTR, None, ETM),
    Case("scp-download", (Metric("CPU", "s/GiB", 0.6), Metric("rate", "MiB/s")), _scp("download")),
    Case("scp-upload", (Metric("CPU", "s/GiB", 0.6), Metric("rate", "MiB/s")), _scp("upload")),
    raw_case("download", 32768),
    raw_case("upload", 32768),
    Case("connect", (Metric("time", "ms", 0.5), Metric("CPU", "ms", 0.3)), _connect),
    Case(
        "small-files-download",
        (Metric("CPU", "us/file", 0.6), Metric("rate", "files/s")),
        _small_files("download"),
    ),
    Case(
        "small-files-upload",
        (Metric("CPU", "us/file", 0.6), Metric("rate", "files/s")),
        _small_files("upload"),
    ),
    Case("readdir", (Metric("CPU", "us/entry", 0.6), Metric("time", "ms")), _readdir),
    Case("random-reads", (Metric("CPU", "us/read", 0.6), Metric("rate", "reads/s")), _random_reads),
    Case("idle-session", (Metric("PSS", "KiB", 0.4),), _idle, once=True),
)
