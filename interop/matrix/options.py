"""The options of interop/run, which are pytest's options for the matrix as well."""

import argparse


def add_options(add):
    """Declares each option with `add`, argparse's or pytest's."""
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


def parser():
    """The command line of interop/run."""
    made = argparse.ArgumentParser(
        prog="interop/run",
        description="Runs the interoperability matrix: real clients x scenarios x servers.",
        epilog="examples: interop/run --client psftp --server sshd | "
        "interop/run --cell 'psftp/sftp/put-get@sshd' | interop/run --all --baseline old/results.json",
    )
    add_options(made.add_argument)
    made.add_argument("--list", action="store_true", help="show clients, servers and scenarios; run nothing")
    made.add_argument("--json", action="store_true", help="with --list: as JSON")
    made.add_argument("-n", "--jobs", metavar="N", help="cells at a time (default: one for each processor)")
    made.add_argument("--quiet", action="store_true", help="no line for each cell, only the summary")
    made.add_argument("--pytest", action="append", default=[], metavar="ARG", help="an argument for pytest")
    return made
