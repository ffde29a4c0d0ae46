"""What a long list of keys adds to a login whose key stands last in it."""

import base64
import os

from interop.bench.cases import Case, Metric

ENTRIES = 10_000
LOGINS = 10


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


KEY_LISTS = (
    Case(
        "login-10000-keys",
        (Metric("CPU of the list", "ms", limit=5.0), Metric("CPU", "ms/login")),
        _long_list, without=("proftpd",),
    ),
)
