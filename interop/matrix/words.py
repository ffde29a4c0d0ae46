"""The small languages inside a scenario file: sizes, contents of files, names, placeholders."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class WordError(ValueError):
    """A word that means nothing; the text says what was expected."""


def size_of(text):
    """Bytes from `100`, `64KiB`, `1MiB`, `5GiB`."""
    found = re.fullmatch(r"(\d+)(KiB|MiB|GiB|)", str(text))
    if not found:
        raise WordError(f"'{text}' is no size; write bytes, or a number with KiB, MiB or GiB")
    return int(found[1]) * _UNITS[found[2]]


def name_of(text):
    """A file name. `percent:caf%E9` stands for bytes that TOML cannot hold."""
    if text.startswith("percent:"):
        return unquote_to_bytes(text.removeprefix("percent:")).decode("utf-8", "surrogateescape")
    return text


def substituted(value, names):
    """The value with $name replaced everywhere; a string that is only `$name` takes its type, too."""
    if isinstance(value, str):
        if value.startswith("$") and value[1:] in names:
            return names[value[1:]]
        return re.sub(r"\$([a-z_]+)", lambda m: str(names.get(m[1], m[0])), value)
    if isinstance(value, dict):
        return {substituted(key, names): substituted(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(substituted(item, names) for item in value)
    return value


def pseudo_random(size, seed):
    """Bytes that do not compress, the same for the same seed: a failed cell can be run again."""
    return hashlib.shake_256(seed.encode("utf-8", "surrogateescape")).digest(size)


@dataclass(frozen=True)
class Content:
    """What lies at a name before the client starts."""

    kind: str  # file, directory, link, files (a directory full of them), tree, sparse, first
    size: int = 0
    text: str = ""  # what a link says or a file holds; of what a file is the beginning
    count: int = 0
    mode: int | None = None
    time: int | None = None  # of the last change, in seconds since 1970

    def bytes_for(self, name):
        """The content of a file of this kind."""
        if self.text == "every byte":
            return (bytes(range(256)) + b"\r\n\n\r\x00\xff") * 50
        if self.text:
            return self.text.encode()
        return pseudo_random(self.size, name)


def content_of(text):
    """A Content from its words. See docs/interop.md for the list."""
    words = text.split()
    more = {}
    for name, pattern, base in (("time", r"\d+", 10), ("mode", r"[0-7]{3,4}", 8)):
        if len(words) >= 2 and words[-2] == name:
            if not re.fullmatch(pattern, words[-1]):
                raise WordError(f"'{words[-1]}' is no {name}")
            more[name] = int(words[-1], base)
            words = words[:-2]
    match words:
        case ["random", size]:
            return Content("file", size_of(size), **more)
        case ["empty"]:
            return Content("file", 0, **more)
        case ["every", "byte"]:
            return Content("file", text="every byte", **more)
        case ["text", *rest] if rest:
            return Content("file", text=" ".join(rest), **more)
        case ["directory"]:
            return Content("directory", **more)
        case ["link", target]:
            return Content("link", text=target)
        case ["sparse", size, tail]:  # a hole, then `tail` random bytes; `size` in all
            return Content("sparse", size_of(size), text=tail, **more)
        case ["first", size, "of", name] if name.startswith(("local:", "remote:")):
            return Content("first", size_of(size), text=name)
        case ["files", count, "random", size]:
            return Content("files", size_of(size), count=int(count), **more)
        case ["tree"]:
            return Content("tree", **more)
    raise WordError(
        f"'{text}' is no content; write 'random SIZE', 'empty', 'every byte', 'text WORDS', "
        "'directory', 'link TARGET', 'sparse SIZE TAIL', 'files N random SIZE', 'tree' or 'first SIZE of remote:NAME', "
        "and 'mode 0640', 'time SECONDS' behind it if you like"
    )
