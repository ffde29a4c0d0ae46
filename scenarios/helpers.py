"""Small things that several scenarios use."""

import os
import stat

import pytest


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
