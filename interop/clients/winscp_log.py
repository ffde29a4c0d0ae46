"""Reads WinSCP's XML log (/xmllog, /xmlgroups): what was listed, what failed, whether it is whole.

Its elements are operations on files: `upload`, `download`, `ls`, `stat`, `mv` and so on, each with a
`result`; some commands (links, for one) leave none. A `failure` tells of what was no operation: the
connection, the login, a command that could not begin.
"""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

_NAMESPACE = "{http://winscp.net/schema/session/1.0}"
_TYPES = {"-": "file", "d": "directory", "l": "symlink"}
_LETTERS = "rwxrwxrwx"
_SPECIAL = ((2, "sS", 0o4000), (5, "sS", 0o2000), (8, "tT", 0o1000))


@dataclass
class Log:
    """What one log says."""

    failures: list = field(default_factory=list)  # messages, in order
    names: list | None = None  # of the last ls, without . and ..
    attributes: dict | None = None  # of the last stat: size, mode, type
    complete: bool = False  # the session's element is closed


def read_log(path):
    """The Log in a file; an empty one when there is none. A log that breaks off counts up to there."""
    log = Log()
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return log
    with file:
        parser = ElementTree.XMLPullParser(["end"])
        try:
            while piece := file.read(65536):
                parser.feed(piece)
            parser.close()
        except ElementTree.ParseError:
            pass  # killed in the middle: what came before still counts
        for _, element in parser.read_events():
            take(log, element)
    return log


def take(log, element):
    """Adds one element, which is whole."""
    kind = element.tag.removeprefix(_NAMESPACE)
    if kind == "session":
        log.complete = True
    elif kind == "failure" or (kind == "result" and element.get("success") != "true"):
        log.failures += messages(element) or ["failed, without a message"]
    elif kind == "ls":
        names = [value(file, "filename") for file in element.iter(f"{_NAMESPACE}file")]
        log.names = [name for name in names if name not in (".", "..", None)]
    elif kind == "stat":
        file = element.find(f"{_NAMESPACE}file")
        log.attributes = None if file is None else attributes_of(file)


def messages(element):
    return [
        " ".join(message.text.split())
        for message in element.iter(f"{_NAMESPACE}message")
        if message.text and message.text.strip()
    ]


def value(element, name):
    """The `value` of a child."""
    child = element.find(_NAMESPACE + name)
    return None if child is None else child.get("value")


def attributes_of(file):
    kind = value(file, "type") or ""
    return {
        "size": int(value(file, "size") or 0),
        "mode": mode_of(value(file, "permissions") or ""),
        "type": _TYPES.get(kind.lower()[:1], "other"),
    }


def mode_of(text):
    """The number that `rwxr-xr-x` stands for, special bits included."""
    mode = 0
    for place, (given, letter) in enumerate(zip(text, _LETTERS)):
        if given == letter or given in "st":
            mode |= 1 << (8 - place)
    for place, letters, bit in _SPECIAL:
        if text[place : place + 1] and text[place] in letters:
            mode |= bit
    return mode
