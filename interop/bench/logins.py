"""Does the time of a refused login tell whether the user exists? Thousands of attempts, sshd beside us."""

import argparse
import random
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from interop.keys import KeyStore
from interop.programs import account, give
from interop.servers import SftpdLite, Sshd
from interop.servers.settings import Settings

# A name like those of accounts, but nobody's.
UNKNOWN = "qzvbkw"


def attempt(server, user, key):
    """Seconds from the request to its refusal, in a connection of its own."""
    import paramiko

    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        transport = paramiko.Transport(connection)
        transport.set_log_channel("ssh2core.bench")
        try:
            transport.start_client(timeout=30)
            begun = time.perf_counter()
            try:
                transport.auth_publickey(user, key)
            except paramiko.AuthenticationException:
                return time.perf_counter() - begun
            raise RuntimeError(f"{user} got in with a key of nobody's")
        finally:
            transport.close()


def measure(server, known, count):
    """Times of refused attempts for a known and for an unknown user, count each, in random order."""
    import paramiko

    key = paramiko.ECDSAKey.generate()
    users = [known, UNKNOWN] * count
    random.shuffle(users)
    times = {known: [], UNKNOWN: []}
    for user in users:
        times[user].append(attempt(server, user, key))
    return times[known], times[UNKNOWN]


def told_apart(known, unknown):
    """How often a guess by the time is right: 0.5 is a coin, 1 is always (the area under the ROC curve)."""
    ranked = sorted([(seconds, 1) for seconds in known] + [(seconds, 0) for seconds in unknown])
    ranks = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
    area = (ranks - len(known) * (len(known) + 1) / 2) / (len(known) * len(unknown))
    return max(area, 1 - area)


def servers(folder):
    """Ours and sshd, each with a user that may log in by key."""
    keys = KeyStore(folder / "keys")
    give(folder)
    name = account().pw_name
    yield SftpdLite(folder / "lite", settings=Settings(), keys=keys), "alice"
    if Sshd.detect().missing:
        print(f"sshd: skipped: {Sshd.detect().missing}", file=sys.stderr)
    else:
        yield Sshd(folder / "sshd", settings=Settings(), keys=keys), name


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="interop/bench/logins", description=__doc__)
    parser.add_argument("--attempts", type=int, default=2000, help="for each server (default: %(default)s)")
    options = parser.parse_args(arguments)
    print(f"{'server':12} {'known ms':>9} {'unknown ms':>11} {'ratio':>7} {'guessed right':>14}")
    with tempfile.TemporaryDirectory(prefix="ssh2core-") as folder:
        for server, known in servers(Path(folder)):
            with server:
                times = measure(server, known, options.attempts // 2)
            one, other = (statistics.median(list_) * 1000 for list_ in times)
            print(f"{server.name:12} {one:9.3f} {other:11.3f} {one / other:7.3f} {told_apart(*times):14.3f}")
    return 0
