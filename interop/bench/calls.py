"""System calls that a server makes for each MiB that it moves, counted by strace."""

import shutil
import signal
import subprocess

from interop.bench.cases import GCM, MIB, Case, Metric
from interop.process import wait_until


def _count(bench, peer, lines):
    """All calls of the server's processes during a session with these lines."""
    report = bench.folder / "strace.txt"
    report.unlink(missing_ok=True)
    tracer = subprocess.Popen(
        ["strace", "-f", "-c", "-o", str(report), "-p", str(peer.server.process.pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    tracer.stderr.readline()  # "Process N attached"
    try:
        client = bench.client(peer, cipher=GCM)
        base = client.target.base.rstrip("/")
        finished = client.batch([line.replace("REMOTE", base) for line in lines], "-q")
        peer.settle()
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=20)
        tracer.stderr.close()
    if finished.exit_code != 0:
        raise RuntimeError(f"{peer.name}: {finished.said}")
    wait_until(report.exists, 5)
    for line in report.read_text().splitlines():
        words = line.split()
        if words and words[-1] == "total":
            return int(words[3])  # after share, seconds and microseconds a call
    raise RuntimeError(f"strace told nothing: {report.read_text()}")


def _calls(verb):
    def run(bench, peer):
        size = bench.sizes.traced
        part, copy, sent = bench.root / "traced", bench.local / "copy", bench.root / "sent"
        source = bench.local / "traced"
        for path in (part, source):
            if not path.exists():
                with open(bench.local / "big", "rb") as big, open(path, "wb") as file:
                    file.write(big.read(size))
        for path in (copy, sent):
            path.unlink(missing_ok=True)
        line = f"get REMOTE/traced {copy}" if verb == "download" else f"put {source} REMOTE/sent"
        nothing = _count(bench, peer, ["pwd"])
        calls = _count(bench, peer, [line])
        for path in (copy, sent):
            path.unlink(missing_ok=True)
        return ((calls - nothing) / (size / MIB),)

    return run


def call_cases():
    """No cases when there is no strace."""
    if shutil.which("strace") is None:
        return ()
    return tuple(
        Case(f"system-calls-{verb}", (Metric("calls", "per MiB", limit=60),), _calls(verb), once=True)
        for verb in ("download", "upload")
    )
