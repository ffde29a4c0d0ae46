"""Plays FileZilla's main program to fzsftp, its SFTP engine: a task as JSON on stdin, as driver.py says.

fzsftp takes commands as lines. What it says begins with one byte, '0' and the number of the event,
followed by as many lines as the event has. Some events are questions: fzsftp waits for a line that
answers, and takes no command meanwhile. File contents go through a memfd that both have mapped. This
is protocol version 11, of FileZilla 3.63.
"""

import json
import mmap
import os
import posixpath
import re
import select
import subprocess
import sys

REPLY, DONE, ERROR, VERBOSE, INFO, STATUS, RECEIVED, SENT, ENTRY = range(9)
KEY_UNKNOWN, KEY_CHANGED, KEY_BETTER, PASSWORD, MOVED, PREAMBLE, INSTRUCTION = range(9, 16)
QUOTA_IN, QUOTA_OUT = 16, 17
HOST_KEY, IO_SIZE, IO_OPEN, IO_NEXT, IO_FINALIZE = 25, 26, 27, 28, 29
LINES = {ENTRY: 3, KEY_UNKNOWN: 2, KEY_CHANGED: 2, KEY_BETTER: 2, QUOTA_IN: 0, QUOTA_OUT: 0, IO_SIZE: 0}
MEMORY = 256 * 1024  # bytes shared with fzsftp
SILENCE = 30  # seconds that fzsftp may say nothing while it works on a command


class Failed(Exception):
    """A command had no success; the text says why, `kind` what sort it is."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class Engine:
    """One fzsftp and the file that it is moving."""

    def __init__(self, task):
        self.task = task
        self.memory_fd = os.memfd_create("filezilla")
        os.ftruncate(self.memory_fd, MEMORY)
        self.memory = mmap.mmap(self.memory_fd, MEMORY)
        words = ["fzsftp", "-v"] + (["-C"] if task["compression"] else [])
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self.memory_fd],
            # fzsftp looks for its files below the home in the list of users, whatever HOME says
            env={**os.environ, "PUTTYDIR": os.path.join(os.environ["HOME"], ".putty")},
        )
        self.pending = b""
        self.file = None
        self.upload = False
        self.host_key = ""
        self.asked = 0
        self.entries = []

    def more(self):
        """Reads what fzsftp says next."""
        ready, _, _ = select.select([self.process.stdout], [], [], SILENCE)
        if not ready:
            raise Failed("Timeout", f"timed out: fzsftp said nothing for {SILENCE} seconds")
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            raise Failed("Ended", "fzsftp ended")
        self.pending += data

    def event(self):
        """The next event: its number and its lines."""
        while not self.pending:
            self.more()
        kind = self.pending[0] - ord("0")
        self.pending = self.pending[1:]
        lines = []
        for _ in range(LINES.get(kind, 1)):
            while b"\n" not in self.pending:
                self.more()
            line, _, self.pending = self.pending.partition(b"\n")
            lines.append(os.fsdecode(line))
        return kind, lines

    def send(self, line):
        self.process.stdin.write(os.fsencode(line) + b"\n")
        self.process.stdin.flush()

    def command(self, line):
        """Sends a command and serves its questions; the text of its reply. Raises Failed."""
        self.entries, errors, said = [], [], []
        self.send(line)
        while True:
            kind, lines = self.event()
            if kind == REPLY:
                return lines[0]
            if kind == DONE:
                # fzsftp 3.63 ends a chmod with 0 also when it said `FILE: OLD -> NEW`
                if lines[0] == "1" or (line.startswith("chmod") and not errors and " -> " in said[-1]):
                    return ""
                raise Failed("FzSftpError", (errors or said or ["no reason given"])[-1])
            if kind == ERROR:
                errors.append(lines[0])
            elif kind in (VERBOSE, INFO, STATUS):
                said.append(lines[0])
                print(lines[0].encode(errors="replace").decode(), file=sys.stdout)
            elif kind == ENTRY:
                self.entries.append(lines)
            elif kind == HOST_KEY:
                self.host_key = lines[0]
            else:
                self.answer(kind, lines)

    def answer(self, kind, lines):
        """Answers a question; what is none is left alone."""
        if kind == QUOTA_IN:
            self.send("-0-")
        elif kind == QUOTA_OUT:
            self.send("-1-")
        elif kind in (KEY_UNKNOWN, KEY_CHANGED, KEY_BETTER):
            self.judge_host_key()
        elif kind == PASSWORD:
            answers = self.task["answers"] or [self.task["password"]]
            self.asked += 1
            if self.task["password"] is None or self.asked > len(answers):
                raise Failed("AuthenticationException", "authentication failed: fzsftp asks for a password")
            self.send(answers[self.asked - 1])
        elif kind == IO_SIZE:
            self.send(f"-{os.fstat(self.file).st_size}")
        elif kind == IO_OPEN:
            self.send(self.opened(int(lines[0] or 0)))
        elif kind == IO_NEXT:
            self.send(self.next_piece(lines[0]))
        elif kind == IO_FINALIZE:
            self.drain(lines[0])
            self.send("-1")

    def judge_host_key(self):
        """`n` takes a key for this connection, `y` also keeps it, an empty line refuses it."""
        pins = self.task["fingerprints"]
        if pins and not any(pin in self.host_key.split() for pin in pins):
            self.send("")
            raise Failed("HostKeyNotVerifiable", f"host key is not trusted: {self.host_key}")
        self.send("n")

    def opened(self, offset):
        """Where the memory is, and from where on the file is wanted; 2**64-1: from its end on."""
        at_end = offset >= 1 << 63
        offset = os.lseek(self.file, 0 if at_end else offset, os.SEEK_END if at_end else os.SEEK_SET)
        return f"-{self.memory_fd} {MEMORY}" + ("" if self.upload else f" {offset}")

    def next_piece(self, count):
        """Takes what fzsftp has put into the memory, or gives it more of the file."""
        if self.upload:
            data = os.read(self.file, MEMORY)
            self.memory[: len(data)] = data
            return f"-0 {len(data)}" if data else "-"
        self.drain(count)
        return f"-0 {MEMORY}"

    def drain(self, count):
        if not self.upload and count.strip().isdigit():
            os.write(self.file, self.memory[: int(count)])

    def transfer(self, verb, local, remote):
        """put, reput, get or reget. A new file of a get that fails does not stay."""
        self.upload = verb in ("put", "reput")
        flags = os.O_RDONLY if self.upload else os.O_RDWR | os.O_CREAT | (os.O_TRUNC if verb == "get" else 0)
        fresh = not os.path.exists(local)
        self.file = os.open(local, flags, 0o644)
        names = [local, remote] if self.upload else [remote, local]
        try:
            self.command(f"{verb} {quoted(names[0])} {quoted(names[1])}")
        except Failed:
            if fresh and not self.upload:
                os.unlink(local)
            raise
        finally:
            os.close(self.file)

    def close(self):
        """Lets fzsftp end by itself, or ends it."""
        try:
            self.send("quit")
            self.process.wait(timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def quoted(path):
    """A word of a command; a quote is doubled."""
    return '"' + path.replace('"', '""') + '"'


def attributes_of(longname):
    """Size, mode and type from a line in the manner of `ls -l`."""
    words = longname.split(None, 5)
    bits = sum(
        1 << 8 - place for place, letter in enumerate(words[0][1:10]) if letter not in "-ST"
    )
    kinds = {"-": "file", "d": "directory", "l": "symlink"}
    return {"size": int(words[4]), "mode": bits, "type": kinds.get(words[0][0], "other")}


def step(engine, answer, verb, *words):
    """Carries one step out, as FileZilla does: of files it learns from listings only."""
    base = engine.task["base"]

    def remote(name):
        return posixpath.join(base, name)

    if verb in ("put", "resume_put"):
        engine.transfer("put" if verb == "put" else "reput", words[0], remote(words[1]))
    elif verb in ("get", "resume_get"):
        engine.transfer("get" if verb == "get" else "reget", words[1], remote(words[0]))
    elif verb == "ls":
        engine.command(f"cd {quoted(remote(words[0]))}")
        engine.command("ls")
        answer["names"] = [entry[2] for entry in engine.entries if entry[2] not in (".", "..")]
    elif verb == "stat":
        folder, name = posixpath.split(remote(words[0]).rstrip("/"))
        engine.command(f"cd {quoted(folder)}")
        engine.command("ls")
        found = [entry[0] for entry in engine.entries if entry[2] == name]
        if not found:
            raise Failed("FzSftpError", f"no {name} in the listing")
        answer["attributes"] = attributes_of(found[0])
    elif verb == "rename":
        engine.command(f"mv {quoted(remote(words[0]))} {quoted(remote(words[1]))}")
    elif verb == "chmod":
        engine.command(f"chmod {words[0]} {quoted(remote(words[1]))}")
    elif verb in ("mkdir", "rmdir", "rm"):
        engine.command(f"{verb} {quoted(remote(words[0]))}")
    else:
        raise Failed("unsupported", verb)


def work(engine, answer):
    """Connects, logs in and carries all steps out."""
    task = engine.task
    try:
        kind, lines = engine.event()
        found = re.search(r"protocol_version=(\d+)", lines[0]) if kind == REPLY else None
        if not found or found[1] != "11":
            raise Failed("FzSftpError", f"not the protocol that this driver speaks: {lines}")
        if task["key"]:
            engine.command(f"keyfile {quoted(task['key'])}")
        engine.command(f"open {quoted(task['user'] + '@' + task['host'])} {task['port']}")
        for one in task["steps"]:
            step(engine, answer, *one)
    finally:
        engine.close()


def main():
    task = json.load(sys.stdin)
    answer = {}
    engine = Engine(task)
    try:
        work(engine, answer)
    except Failed as error:
        print(f"{error.kind}: {error}", file=sys.stderr)
        crashed = error.kind == "Ended" and engine.process.returncode < 0
        return 128 - engine.process.returncode if crashed else 1
    except OSError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


sys.exit(main())
