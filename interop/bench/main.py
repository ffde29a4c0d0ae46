"""The benchmark's command line: which cases, how often, against whom."""

import argparse
import json
import os
import platform
import shutil
import sys
from pathlib import Path

from interop.bench import floor, report
from interop.bench.calls import call_cases
from interop.bench.cases import CASES, Bench, Sizes
from interop.bench.handshakes import HANDSHAKES
from interop.bench.key_lists import KEY_LISTS
from interop.bench.peers import Peer
from interop.bench.server_work import SERVER_WORK
from interop.programs import give, new_folder, program_folder
from interop.servers import Proftpd, SftpdLite, Sshd

KINDS = {"sshd": Sshd, "proftpd": Proftpd, "sftpd-lite": SftpdLite}
EXAMPLES = """examples:
  interop/bench/run                          everything, 7 runs of each case (about 20 minutes)
  interop/bench/run --quick --only download  a first look
  interop/bench/run --json bench.json        the numbers of every run too

A ratio is sftpd-lite's median divided by sshd's; a bar is the highest ratio that passes.
Exit code: 0 all bars passed, 1 a bar was missed, 2 wrong usage, 3 it could not be done.
"""


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="interop/bench/run",
        description="Compares sftpd-lite with Debian's sshd and with proftpd's mod_sftp.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="256 MiB and 3 runs")
    parser.add_argument("--runs", type=int, help="runs of each case (default 7, or 3 with --quick)")
    parser.add_argument("--only", action="append", help="cases whose name has this in it")
    parser.add_argument("--peers", default=",".join(Peer.NAMES), help="which servers, by commas")
    parser.add_argument("--json", metavar="FILE", help="write all numbers there")
    parser.add_argument("--meter", choices=("auto", "cgroup", "proc"), default="auto")
    parser.add_argument("--no-floor", action="store_true", help="leave the floor out")
    parser.add_argument("--list", action="store_true", help="names of the cases, then stop")
    parser.add_argument(
        "--any-build", action="store_true", help="also a binary that is not Release (never publish)"
    )
    return parser.parse_args(words)


def why_not_release(folder):
    """Why the programs in a build's bin folder are none to publish numbers of; None when they are."""
    cache = folder.parent / "CMakeCache.txt"
    try:
        lines = cache.read_text().splitlines()
    except OSError:
        return f"{cache} cannot be read, so nobody knows how {folder}/sftpd-lite was built"
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    kind = next((v for k, v in values.items() if k.startswith("CMAKE_BUILD_TYPE:")), "")
    sanitize = next((v for k, v in values.items() if k.startswith("SSH2CORE_SANITIZE:")), "")
    if kind != "Release" or sanitize:
        return f"{folder}/sftpd-lite is not a Release build (build type '{kind}' {sanitize})"
    return None


def choose_peers(options):
    """The peers that can be used; stops when sftpd-lite or sshd is asked for and cannot."""
    names = options.peers.split(",")
    for name in names:
        if name not in KINDS:
            raise SystemExit(f"bench: no server called {name}; there are {', '.join(KINDS)}")
    if "sftpd-lite" in names and not options.any_build:
        reason = why_not_release(program_folder())
        if reason:
            raise SystemExit(f"bench: {reason}")
    versions = {}
    for name in list(names):
        found = KINDS[name].detect()
        if found.missing:
            if name != "proftpd":
                raise SystemExit(f"bench: {found.missing}")
            print(f"bench: without proftpd: {found.missing}", file=sys.stderr)
            names.remove(name)
        else:
            versions[name] = found.version
    return names, versions


def measure(bench, cases, peers, runs):
    """All samples: {case: {peer: [values of a run, ...]}}, the peers taking turns."""
    samples = {}
    for case in cases:
        taken = samples.setdefault(case.name, {peer.name: [] for peer in peers})
        able = [peer for peer in peers if peer.name not in case.without]
        for number in range(1 if case.once else runs):
            turn = number % len(able)
            for peer in able[turn:] + able[:turn]:
                try:
                    taken[peer.name].append(case.run(bench, peer))
                except (RuntimeError, OSError) as error:
                    print(f"bench: {case.name}: {error}", file=sys.stderr)
        told = ", ".join(
            f"{name} {' '.join(f'{value:.4g}' for value in runs_of[-1])}"
            for name, runs_of in taken.items()
            if runs_of
        )
        print(f"bench: {case.name}: {told}", file=sys.stderr)
    return samples


def main(words=None):
    options = arguments(words)
    cases = [*CASES, *HANDSHAKES, *KEY_LISTS, *SERVER_WORK, *call_cases()]
    if options.only:
        cases = [case for case in cases if any(part in case.name for part in options.only)]
    if options.list:
        print("\n".join(case.name for case in cases))
        return 0
    try:
        if not cases:
            raise SystemExit("bench: no case has that in its name; --list shows them")
        names, versions = choose_peers(options)
    except SystemExit as error:
        print(error, file=sys.stderr)
        return 2
    sizes = Sizes.quick() if options.quick else Sizes()
    runs = options.runs or (3 if options.quick else 7)
    started = report.now()
    folder = new_folder("ssh2core-bench-")
    peers = []
    try:
        root = folder / "root"
        root.mkdir()
        bench = Bench(folder, root, sizes)
        bench.fill()
        give(root)
        floors = {} if options.no_floor else floor.measure(folder, sizes.transfer)
        for name in names:
            peers.append(Peer(name, folder / name, root, options.meter))
        samples = measure(bench, cases, peers, runs)
        meter = peers[0].meter.name
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)
    rows = report.summarise(cases, samples, floors.get("floors", {}))
    document = {
        "schema": "ssh2core/bench/1",
        "tool_version": versions.get("sftpd-lite", "-"),
        "started": started,
        "machine": {
            "cpu": report.cpu_model(),
            "cores": os.cpu_count(),
            "kernel": platform.release(),
        },
        "meter": meter,
        "runs": runs,
        "transfer_bytes": sizes.transfer,
        "peers": names,
        "versions": versions,
        "floor": floors,
        "results": rows,
    }
    if options.json:
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n")
    print(report.markdown(document), end="")
    if any(not row["medians"] for row in rows):
        return 3
    return 1 if any(row["verdict"] == "miss" for row in rows) else 0
