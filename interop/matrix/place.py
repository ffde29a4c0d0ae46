"""Files on the client's side and on the server's: made before a cell, looked at after it."""

import os
import shutil
import stat
from pathlib import Path

from interop.matrix.words import content_of, name_of, pseudo_random, size_of

# What `tree` means: names to contents, two folders deep, one of them empty, one name with a space.
_TREE = {
    "one.bin": 5000,
    "empty": 0,
    "sub/two.bin": 40000,
    "sub/with space.txt": 77,
    "sub/deeper/three.bin": 1234,
}


class Place:
    """A folder on this machine. Names are those of the scenario, relative to it.

    Random content depends on the place's label and the name: the same in each run of a cell, and
    different for files that could be mixed up.
    """

    def __init__(self, label, folder):
        self.label = label
        self.folder = Path(folder)

    def path(self, name):
        """Where the name lies; `percent:` names are decoded."""
        return self.folder / name_of(name).lstrip("/")

    def make(self, name, words):
        """Makes what the words of a scenario say."""
        content, path = content_of(words), self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.kind == "directory":
            path.mkdir(exist_ok=True)
        elif content.kind == "link":
            path.symlink_to(content.text)
        elif content.kind == "files":
            path.mkdir(exist_ok=True)
            for number in range(content.count):
                one = f"file{number:05}"
                (path / one).write_bytes(pseudo_random(content.size, self.seed(name, one)))
        elif content.kind == "tree":
            for one, size in _TREE.items():
                (path / one).parent.mkdir(parents=True, exist_ok=True)
                (path / one).write_bytes(pseudo_random(size, self.seed(name, one)))
            (path / "empty folder").mkdir()
        elif content.kind == "sparse":
            self._sparse(path, content, self.seed(name))
        else:
            path.write_bytes(content.bytes_for(self.seed(name)))
        if content.mode is not None:
            path.chmod(content.mode)
        if content.time is not None:
            os.utime(path, (content.time, content.time))

    def seed(self, *names):
        return ":".join([self.label, *names])

    @staticmethod
    def _sparse(path, content, seed):
        tail = pseudo_random(size_of(content.text), seed)
        with open(path, "wb") as file:
            file.seek(content.size - len(tail))
            file.write(tail)

    def snapshot(self):
        """Every name below with its type, mode and a digest of what it holds."""
        found = {}
        for parent, names, files in os.walk(self.folder):
            for name in names + files:
                path = os.path.join(parent, name)
                about = os.lstat(path)
                content = None
                if stat.S_ISLNK(about.st_mode):
                    content = os.readlink(path)
                elif stat.S_ISREG(about.st_mode):
                    content = (about.st_size, about.st_mtime_ns)
                found[os.path.relpath(path, self.folder)] = (about.st_mode, content)
        return found

    def clear(self):
        """Removes everything below, also what has no permissions."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def make_all(places, wanted):
    """Makes what a scenario wants in its places (label -> Place); copies of beginnings come last."""
    later = []
    for label, contents in wanted.items():
        for name, words in contents.items():
            if content_of(words).kind == "first":
                later.append((label, name, content_of(words)))
            else:
                places[label].make(name, words)
    for label, name, content in later:
        source, _, of = content.text.partition(":")
        with open(places[source].path(of), "rb") as file:
            places[label].path(name).write_bytes(file.read(content.size))


def difference(one, other):
    """Where two files differ, in words; empty when they have the same bytes."""
    try:
        sizes = os.path.getsize(one), os.path.getsize(other)
    except OSError as error:
        return f"{Path(error.filename).name}: {error.strerror}"
    with open(one, "rb") as left, open(other, "rb") as right:
        at = 0
        while True:
            pieces = left.read(1 << 20), right.read(1 << 20)
            if pieces[0] != pieces[1]:
                same = next(
                    (n for n, (a, b) in enumerate(zip(*pieces)) if a != b), min(map(len, pieces))
                )
                return f"differ from byte {at + same} on ({sizes[0]} and {sizes[1]} bytes)"
            if not pieces[0]:
                return ""
            at += len(pieces[0])


def tree_difference(one, other):
    """Where two trees differ in names, types, links or contents; empty when they do not."""
    for folder in (one, other):
        if not Path(folder).is_dir():
            return f"{Path(folder).name}: no folder"
    left, right = _listing(one), _listing(other)
    for name in sorted(left.keys() | right.keys()):
        if left.get(name) != right.get(name):
            return f"{name}: {left.get(name, 'absent')} and {right.get(name, 'absent')}"
        if left[name] == "file":
            found = difference(Path(one, name), Path(other, name))
            if found:
                return f"{name}: {found}"
    return ""


def _listing(folder):
    found = {}
    for parent, names, files in os.walk(folder):
        for name in names + files:
            path = Path(parent, name)
            kind = "link" if path.is_symlink() else "folder" if path.is_dir() else "file"
            found[os.path.relpath(path, folder)] = kind
    return found
