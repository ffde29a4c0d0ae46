"""Types the steps into Conch's cftp, one at a time: a task as JSON on stdin, the answer on stdout.

With -b cftp prints no listings, and after an error nobody can tell which step it was: so each
command waits for the prompt that ends the one before.
"""

import json
import os
import posixpath
import subprocess
import sys
import threading

PROMPT = b"cftp> "
# What cftp prints where it should have asked again.
BROKEN = b"Unhandled error in Deferred"
# Its log of the keys that are left to try, when none is.
REFUSED = b"\t[]"
# Its log before it asks for a password on a terminal, which it has not.
PASSWORD = b"trying to auth with password"


class Ended(Exception):
    """cftp hung up; the text is what it had said."""


def fail(state, text):
    print(f"{state}: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(1)


def watch_log(process):
    """Passes cftp's log on. With no key left to try, cftp waits for ever: then it is ended."""
    asked = False
    for line in process.stderr:
        asked = asked or PASSWORD in line
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
        if line.rstrip() == REFUSED:
            print("auth: the server takes none of the keys", file=sys.stderr, flush=True)
            process.kill()
        elif BROKEN in line:
            if asked:
                print("auth: the server wants a password, too", file=sys.stderr, flush=True)
            process.kill()


def until_prompt(process):
    """What cftp prints up to its next prompt, as text."""
    said = b""
    while not said.endswith(PROMPT):
        more = os.read(process.stdout.fileno(), 65536)
        said += more
        if not more:
            raise Ended(said.decode("utf-8", "surrogateescape"))
    return said[: -len(PROMPT)].decode("utf-8", "surrogateescape")


def command(process, line):
    """Sends a line; returns what it printed, or ends the program when that is an error."""
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()
    said = until_prompt(process)
    if said.startswith(("remote error", "local error", "Available commands")):
        fail("remote-error", said)
    return said


def quoted(path):
    """A word of cftp's language."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def perform(process, task, answer):
    def remote(name):
        return posixpath.join(task["base"], name)

    for verb, *words in task["steps"]:
        if verb == "put":
            command(process, f"put {quoted(words[0])} {quoted(remote(words[1]))}")
        elif verb == "get":  # takes names in the current folder only
            folder, name = posixpath.split(remote(words[0]))
            command(process, f"cd {quoted(folder)}")
            command(process, f"get {quoted(name)} {quoted(words[1])}")
        elif verb == "ls":
            names = command(process, f"ls -a {quoted(remote(words[0]).rstrip('/') + '/')}").splitlines()
            answer["names"] = [name for name in names if name not in (".", "..")]
        elif verb == "chmod":
            command(process, f"chmod {words[0]} {quoted(remote(words[1]))}")
        else:
            command(process, " ".join([verb, *(quoted(remote(word)) for word in words)]))


def main():
    task = json.load(sys.stdin)
    answer = {}
    process = subprocess.Popen(
        task["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    threading.Thread(target=watch_log, args=(process,), daemon=True).start()
    try:
        until_prompt(process)
    except Ended as ended:
        print(ended, file=sys.stderr)
        return 1
    try:
        command(process, "progress")
        perform(process, task, answer)
        process.stdin.write(b"exit\n")  # it does not end with its input
        process.stdin.flush()
        process.wait()
    except Ended as ended:
        fail("remote-error", str(ended))
    finally:
        process.kill()  # left alone it stays connected
    print(json.dumps(answer))
    return 0


sys.exit(main())
