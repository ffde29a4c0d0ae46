"""Handshakes alone: what a key exchange costs the server, by method."""

import subprocess
import time

from interop.bench.cases import Case, Metric
from interop.programs import program_folder

SNTRUP, MLKEM = "sntrup761x25519-sha512@openssh.com", "mlkem768x25519-sha256"
COUNT = 100
CPU, RATE = ("CPU", "ms/handshake"), ("rate", "handshakes/s")


def _shake_hands(peer, method):
    """CPU seconds of the server, and wall seconds, for each of COUNT connections up to their first keys."""
    program = program_folder().parent / "interop" / "bench-handshake"
    target = peer.server.target()
    before, begun = peer.cpu(), time.monotonic()
    done = subprocess.run(
        [program, target.host, str(target.port), method, str(COUNT)],
        capture_output=True, text=True, timeout=300, check=False,
    )
    wall = time.monotonic() - begun
    peer.settle()
    if done.returncode != 0:
        raise RuntimeError(f"{peer.name}: {method}: {done.stderr.strip()}")
    return (peer.cpu() - before) / COUNT, wall / COUNT


def _of(method):
    def run(_, peer):
        cpu, wall = _shake_hands(peer, method)
        return cpu * 1e3, 1 / wall

    return run


def _mlkem(_, peer):
    """No server of the distribution has ML-KEM: held against our own sntrup761, in turns."""
    cpu, wall = _shake_hands(peer, MLKEM)
    other, _ = _shake_hands(peer, SNTRUP)
    return cpu * 1e3, 1 / wall, cpu / other


HANDSHAKES = (
    Case("handshake-curve25519", (Metric(*CPU, 0.7), Metric(*RATE)), _of("curve25519-sha256")),
    Case(
        "handshake-sntrup761x25519", (Metric(*CPU, 0.7), Metric(*RATE)), _of(SNTRUP),
        without=("proftpd",),
    ),
    Case(
        "handshake-mlkem768x25519",
        (Metric(*CPU), Metric(*RATE), Metric("CPU", "of sntrup761's", limit=1.0)),
        _mlkem, without=("sshd", "proftpd"),
    ),
)
