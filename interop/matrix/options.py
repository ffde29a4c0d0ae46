"""The options of interop/run, and how they reach pytest and its workers: by an environment variable.

(pytest's own parser takes an unknown option with a blank in its value for a file's name.)
"""

import argparse
import json
import os
from types import SimpleNamespace

ENVIRONMENT = "SSH2CORE_INTEROP_OPTIONS"


def handed_over():
    """The options that interop/run left for pytest; the defaults when it was not started by it."""
    given = json.loads(os.environ.get(ENVIRONMENT, "{}"))
    return SimpleNamespace(**{"command": [], **vars(parser().parse_args([])), **given})


def foreign_words(options):
    """The words that name clients and servers of the user: without them a cell cannot be run again."""
    words = []
    for path in options.client_file:
        words += ["--client-file", path]
    for name in ("target", "server_command", "target_user", "target_key", "target_password_env"):
        if getattr(options, name):
            words += ["--" + name.replace("_", "-"), getattr(options, name)]
    if words and options.target_base != ".":
        words += ["--target-base", options.target_base]
    return words


def parser():
    """The command line of interop/run."""
    made = argparse.ArgumentParser(
        prog="interop/run",
        description="Runs the interoperability matrix: real clients x scenarios x servers.",
        epilog="examples: interop/run --client psftp --server sshd | "
        "interop/run --cell 'psftp/sftp/put-get@sshd' | interop/run --all --baseline old/results.json",
    )
    add = made.add_argument
    add("--client", action="append", default=[], metavar="NAME", help="only this client (* and ? match)")
    add("--server", action="append", default=[], metavar="NAME", help="only this server (* and ? match)")
    add("--scenario", action="append", default=[], metavar="GROUP/NAME", help="only this scenario (* and ?)")
    add("--cell", action="append", default=[], metavar="CELL",
        help="just this cell: CLIENT/GROUP/NAME[VALUE]@SERVER")  # fmt: skip
    add("--set", default="core", choices=("core", "ci"), help="scenarios of this set (default: core)")
    add("--all", action="store_true", help="all scenarios, not only the set")
    add("--repeat", type=int, default=1, metavar="N", help="run each cell N times; report flaky ones")
    add("--report", default="interop-report", metavar="DIR", help="where results.json, junit.xml, index.html "
        "and cells/ go (default: interop-report)")  # fmt: skip
    add("--baseline", metavar="FILE", help="an older results.json: mark and report the differences")
    add("--keep-captures", action="store_true", help="keep large captures of cells that passed, too")
    add("--client-file", action="append", default=[], metavar="FILE",
        help="a client of your own: a TOML command template (docs/interop.md)")  # fmt: skip
    add("--target", metavar="HOST:PORT", help="somebody else's running server instead of ours")
    add("--server-command", metavar="CMD", help="a command that starts the server, with {port} {root} "
        "{authorized_keys} {host_key} {user} filled in")  # fmt: skip
    add("--target-user", metavar="USER", help="who logs in at --target or --server-command")
    add("--target-key", metavar="FILE", help="private key (OpenSSH format) for --target")
    add("--target-password-env", metavar="NAME", help="environment variable with the password for --target")
    add("--target-base", default=".", metavar="DIR", help="folder at --target to work in (default: where the login leads); with --server-command, what clients see of {root}")

    add("--list", action="store_true", help="show clients, servers and scenarios; run nothing")
    add("--json", action="store_true", help="with --list: as JSON")
    add("-n", "--jobs", metavar="N", help="cells at a time (default: three for each processor)")
    add("--quiet", action="store_true", help="no line for each cell, only the summary")
    add("--pytest", action="append", default=[], metavar="ARG", help="an argument for pytest")
    return made
