"""Runs a program with a time limit and remembers everything it said."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Finished:
    """What one program did. A negative exit code is the signal that ended it."""

    argv: tuple
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    @property
    def said(self):
        """Both outputs, for searching in messages."""
        return self.stdout + self.stderr


def run(argv, *, seconds=30, env=None, cwd=None, stdin=b"", pass_fds=()):
    """Runs argv in a process group of its own; the whole group is ended when the time is up.

    Output is decoded as UTF-8; bytes that are none survive as surrogates.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [os.fspath(word) for word in argv],
        env=env,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    timed_out = False
    try:
        out, err = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
        end_group(process)
        out, err = process.communicate()
    except BaseException:
        end_group(process)
        raise
    return Finished(
        argv=tuple(os.fspath(word) for word in argv),
        exit_code=process.returncode,
        stdout=out.decode("utf-8", "surrogateescape"),
        stderr=err.decode("utf-8", "surrogateescape"),
        seconds=time.monotonic() - started,
        timed_out=timed_out,
    )


def end_group(process):
    """Kills a process started with start_new_session, and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def children_of(pid):
    """All living descendants of a process, parents first (zombies included)."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found = list(parents.get(pid, []))
    for child in found:
        found.extend(parents.get(child, []))
    return found


def wait_until(condition, seconds=5, pause=0.02):
    """Asks again and again; returns the first true answer, or the last false one when time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer or time.monotonic() >= end:
            return answer
        time.sleep(pause)
