"""What a server does by itself for one request, and the memory of a session that asks for much."""

import resource
import struct
import subprocess
import threading
import time

from interop.bench.cases import GIB, Case, Metric
from interop.raw_sftp import CLOSE, EXTENDED, EXTENDED_REPLY, FLAG_CREATE, FLAG_TRUNCATE, FLAG_WRITE
from interop.raw_sftp import OPENDIR, READ, READDIR, string

HANDLES, READS, READ_BYTES = 100, 252, 261_120
SAMPLE_SECONDS = 0.005


def _copy_data(bench, peer):
    size, sent = bench.sizes.transfer, bench.root / "sent"
    sent.unlink(missing_ok=True)
    session, target = bench.raw(peer)
    with session:
        session.hello()
        source = string(session.open(target.path("big")).handle)
        flags = FLAG_WRITE | FLAG_CREATE | FLAG_TRUNCATE
        copy = string(session.open(target.path("sent"), flags).handle)
        before, begun = peer.cpu(), time.monotonic()
        whole = struct.pack(">QQ", 0, 0)
        reply = session.request(
            EXTENDED, string("copy-data"), source, whole, copy, struct.pack(">Q", 0)
        )
        wall, cpu = time.monotonic() - begun, peer.cpu() - before
        session.request(CLOSE, copy)
    peer.settle()
    copied = sent.stat().st_size if sent.exists() else 0
    sent.unlink(missing_ok=True)
    if reply.status != 0 or copied != size:
        raise RuntimeError(f"{peer.name}: copy-data: status {reply.status}, {copied} bytes")
    return cpu / (size / GIB), size / (1 << 20) / wall


def _of_openssl(path):
    """CPU seconds of `openssl dgst -sha256` and the digest it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary", str(path)], capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told.stdout


def _check_file(bench, peer):
    spent, digest = _of_openssl(bench.root / "big")
    session, target = bench.raw(peer)
    with session:
        session.hello()
        before = peer.cpu()
        reply = session.request(
            EXTENDED, string("check-file-name"), string(target.path("big")), string("sha256"),
            struct.pack(">QQI", 0, 0, 0),
        )
        cpu = peer.cpu() - before
    peer.settle()
    if reply.kind != EXTENDED_REPLY or not reply.body.endswith(digest):
        raise RuntimeError(f"{peer.name}: check-file: {reply.kind} {reply.body[:80]}")
    return cpu / spent, cpu / (bench.sizes.transfer / GIB)


def private_kib(pids):
    """Memory that only these processes have, in KiB (their USS)."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
        except OSError:
            pass
    return total


class _Watch:
    """Samples the USS of the only session until it is left; `peak` is the highest."""

    def __init__(self, peer):
        self.peak = 0
        self._peer = peer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, private_kib(self._peer.server.sessions()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def _memory(bench, peer):
    """A hundred open files, 252 READs of 255 KiB that nobody takes for a while, a long listing."""
    session, target = bench.raw(peer)
    with session, _Watch(peer) as watch:
        session.hello()
        handles = [string(session.open(target.path("big")).handle) for _ in range(HANDLES)]
        requests = [
            session.encode(READ, handles[n % HANDLES] + struct.pack(">QI", n * READ_BYTES, READ_BYTES))
            for n in range(READS)
        ]
        session.write_all(b"".join(data for data, _ in requests))
        time.sleep(1)
        for _ in requests:
            session.receive()
        listing = string(session.request(OPENDIR, string(target.path("entries"))).handle)
        while session.request(READDIR, listing).status is None:
            pass
        peak = watch.peak
    peer.settle()
    return (peak,)


SERVER_WORK = (
    Case("copy-data", (Metric("CPU", "s/GiB"), Metric("rate", "MiB/s")), _copy_data,
         without=("proftpd",)),
    Case(
        "check-file-sha256",
        (Metric("CPU", "of openssl dgst's", limit=1 / 0.9), Metric("CPU", "s/GiB")),
        _check_file, without=("sshd",),
    ),
    Case("session-memory", (Metric("USS at most", "KiB", limit=8192),), _memory, once=True),
)
