"""Where our own programs lie, and the account that servers run under in tests."""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def program_folder():
    """The folder of sftpd-lite and keytool: $SSH2CORE_BIN, or the default build's."""
    return Path(os.environ.get("SSH2CORE_BIN", REPOSITORY / "build" / "bin")).resolve()


def cache_folder():
    """Where what is compiled or fetched for the matrix is kept: $SSH2CORE_DRIVERS, or a folder of the build."""
    return Path(os.environ.get("SSH2CORE_DRIVERS", REPOSITORY / "build" / "drivers")).resolve()


def account():
    """Who serves in tests: the caller, or `nobody` when the caller is root."""
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


def as_account():
    """Arguments for subprocess.Popen that start a program under account()."""
    if os.getuid():
        return {}
    who = account()
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def give(*paths):
    """Makes account() the owner of the paths and of what is below them."""
    if os.getuid():
        return
    who = account()
    for path in paths:
        os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)
        for folder, names, files in os.walk(path):
            for name in names + files:
                os.chown(Path(folder, name), who.pw_uid, who.pw_gid, follow_symlinks=False)


def take(*paths):
    """Makes root the owner of the paths, for servers that run as root; without root nothing."""
    for path in paths if not os.getuid() else ():
        os.chown(path, 0, 0, follow_symlinks=False)


def new_folder(prefix="ssh2core-"):
    """A new temporary folder in memory (where there is /dev/shm) that account() can walk through."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory))
    folder.chmod(0o755)
    return folder


def reachable(path):
    """Whether others may execute the file and walk to it."""
    path = Path(path).resolve()
    bits = [path.stat().st_mode] + [parent.stat().st_mode for parent in path.parents]
    return all(mode & stat.S_IXOTH for mode in bits)


def for_account(program, folder):
    """The program's path, or a copy in `folder` when account() cannot reach it where it is."""
    if not os.getuid() and not reachable(program):
        copy = Path(folder, Path(program).name)
        if not copy.exists():
            shutil.copy(program, copy)
            copy.chmod(0o755)
        return copy
    return Path(program)
