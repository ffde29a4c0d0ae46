"""What long lists of keys cost: to a login whose key stands last in one, and to the start of the server."""

import base64
import os
import resource
import subprocess
from pathlib import Path

from interop.bench.cases import Case, Metric
from interop.servers.sftpd_lite import binary

ENTRIES = 10_000
LOGINS = 10
STARTS = 100
BLACKLIST = Path("/etc/proftpd/blacklist.dat")


def _other_keys(count):
    """Well-formed lines of Ed25519 keys that nobody has."""
    head = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
    return "".join(
        f"ssh-ed25519 {base64.b64encode(head + os.urandom(32)).decode()} user{number}@example\n"
        for number in range(count)
    )


def _login(bench, peer):
    """CPU seconds of the server for a login, on average."""
    before = peer.cpu()
    for _ in range(LOGINS):
        session, _ = bench.raw(peer)
        with session:
            session.hello()
    peer.settle()
    return (peer.cpu() - before) / LOGINS


def _long_list(bench, peer):
    path = peer.server.folder / "authorized_keys"
    own = path.read_text()
    short = _login(bench, peer)
    try:
        path.write_text(_other_keys(ENTRIES - 1) + own)
        long = _login(bench, peer)
    finally:
        path.write_text(own)
    return (long - short) * 1e3, long * 1e3


def _start(directive):
    """CPU seconds of a start that only shows its settings, on average."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(STARTS):
        who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
        words = [binary(), "--print-config", *who, "-o", directive]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / STARTS


def _blacklist(_bench, peer):
    if not BLACKLIST.exists():
        raise RuntimeError(f"{peer.name}: no {BLACKLIST} (package proftpd-core)")
    without = _start("SFTPKeyBlacklist none")
    return ((_start(f"SFTPKeyBlacklist {BLACKLIST}") - without) * 1e3,)


KEY_LISTS = (
    Case(
        "login-10000-keys",
        (Metric("CPU of the list", "ms", limit=5.0), Metric("CPU", "ms/login")),
        _long_list, without=("proftpd",),
    ),
    Case(
        "start-blacklist", (Metric("CPU of the list", "ms", limit=1.0),), _blacklist,
        without=("sshd", "proftpd"),
    ),
)
