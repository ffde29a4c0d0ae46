"""Small things that several scenarios use."""

import os
import stat

import pytest

from interop.process import wait_until


def with_clients(*verbs, features=()):
    """Runs the test once with each client that has the verbs and features."""
    return pytest.mark.clients(verbs=verbs, features=features)


def succeeded(result):
    """The result itself, when the client says that all went well."""
    assert result.ok, str(result)
    return result


def host(*lines):
    """A configuration of one host that serves SFTP."""
    return "\n".join(["SFTPEngine on", "Port 2022", *lines]) + "\n"


def same(one, other):
    """Whether two files have the same bytes."""
    return one.read_bytes() == other.read_bytes()


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def snapshot(folder):
    """Everything about a tree that a client could have changed: names, types, modes, contents."""
    found = {}
    for parent, names, files in os.walk(folder):
        for path in [os.path.join(parent, name) for name in names + files] + [parent]:
            about = os.lstat(path)
            content = None
            if stat.S_ISLNK(about.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(about.st_mode):
                with open(path, "rb") as file:
                    content = file.read()
            found[path] = (about.st_mode, about.st_uid, about.st_nlink, about.st_mtime_ns, content)
    return found


def logged(log, text):
    """The line of a log that holds the text, once it is there."""
    assert wait_until(lambda: text in log.read_text(), 10), f"no {text!r} in {log.read_text()}"
    return next(one for one in log.read_text().splitlines() if text in one)


def answer(client, *lines):
    """What OpenSSH's sftp says to lines of its language that all succeed."""
    finished = client.batch(lines)
    assert finished.exit_code == 0, finished
    return finished.stdout
