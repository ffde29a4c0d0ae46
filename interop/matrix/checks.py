"""What must be true after a cell: the words of `checks` in a scenario file.

A check gets the World of a finished cell. It returns what it saw, for the report, and raises Broken
when that is not what the scenario wants, or NoEvidence when nothing here can tell.
"""

import fnmatch
import os
import re
import stat
from dataclasses import dataclass
from typing import Callable

from interop.matrix.place import difference, tree_difference
from interop.matrix.words import name_of, size_of


class Broken(Exception):
    """The check does not hold; the text says what was seen."""


class NoEvidence(Exception):
    """This server or capture does not record what the check asks for."""


@dataclass(frozen=True)
class Check:
    arguments: str  # names of what it takes; a last `...` takes any number, [x] may be left out
    does: Callable

    @property
    def help(self):
        return " ".join(self.does.__doc__.split())

    def problem(self, given):
        """Why the arguments do not fit; None when they do."""
        names = self.arguments.split()
        least = len([name for name in names if not name.startswith("[") and name != "..."])
        if len(given) < least or ("..." not in names and len(given) > len(names)):
            return f"takes: {self.arguments or 'nothing'}"
        return None


CHECKS = {}


def check(arguments):
    """Registers a function as the check of its name (underscores become minus signs)."""

    def register(function):
        CHECKS[function.__name__.strip("_").replace("_", "-")] = Check(arguments, function)
        return function

    return register


@check("place:name place:name")
def same(world, one, other):
    """Two files have the same bytes."""
    found = difference(world.path(one), world.path(other))
    if found:
        raise Broken(f"{one} and {other} {found}")
    return f"{os.path.getsize(world.path(one))} bytes equal"


@check("place:name place:name size")
def same_end(world, one, other, length):
    """The last bytes of two large files, so many, are the same, and the files equally long."""
    ends = []
    for name in (one, other):
        with open(world.path(name), "rb") as file:
            file.seek(-size_of(length), os.SEEK_END)
            ends.append((os.path.getsize(world.path(name)), file.read()))
    if ends[0] != ends[1]:
        raise Broken(f"{one} has {ends[0][0]} bytes, {other} {ends[1][0]}, or their ends differ")
    return f"{ends[0][0]} bytes, the last {length} equal"


@check("place:name place:name")
def beginning(world, one, other):
    """The first file does not exist, or is a beginning of the second: no wrong byte was kept."""
    if not os.path.lexists(world.path(one)):
        return f"{one} does not exist"
    left, right = world.path(one).read_bytes(), world.path(other).read_bytes()
    # A client with many writes under way leaves holes when it is cut off; zeros are no wrong bytes.
    wrong = next((n for n, byte in enumerate(left) if byte and (n >= len(right) or byte != right[n])), None)
    if wrong is not None:
        raise Broken(f"{one} has a wrong byte at {wrong} (of {len(left)})")
    return f"{len(left)} of {len(right)} bytes, none wrong"


@check("name name")
def replaced_or_kept(world, old, new):
    """After a rename onto a file: done (the old name gone, its content there) or nothing changed."""
    paths = {name: world.remote.path(name) for name in (old, new)}
    before = {name: world.saved.path(name) for name in (old, new)}
    done = not os.path.lexists(paths[old]) and not difference(before[old], paths[new])
    kept = os.path.lexists(paths[old]) and not any(difference(before[n], paths[n]) for n in (old, new))
    if done == kept:
        raise Broken(f"{old} and {new} are neither as before nor renamed")
    said_done = world.results[-1].ok
    if said_done != done:
        raise Broken(f"the client says {world.results[-1].state}, but the files are {'renamed' if done else 'kept'}")
    return "replaced" if done else "refused, both kept"


@check("place:name place:name")
def same_tree(world, one, other):
    """Two folders hold the same names, and files with the same bytes."""
    found = tree_difference(world.path(one), world.path(other))
    if found:
        raise Broken(f"{one} and {other} differ: {found}")
    return "trees equal"


@check("place:name")
def absent(world, name):
    """Nothing has this name."""
    if os.path.lexists(world.path(name)):
        raise Broken(f"{name} exists")
    return f"{name} does not exist"


@check("place:name kind")
def exists(world, name, kind):
    """The name is a file, directory or link."""
    path = world.path(name)
    kinds = {"file": stat.S_ISREG, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}
    if not os.path.lexists(path):
        raise Broken(f"{name} does not exist")
    if not kinds[kind](os.lstat(path).st_mode):
        raise Broken(f"{name} is no {kind}")
    return f"{name} is a {kind}"


@check("place:name octal")
def mode(world, name, octal):
    """The permission bits are these."""
    found = stat.S_IMODE(os.lstat(world.path(name)).st_mode)
    if found != int(octal, 8):
        raise Broken(f"{name} has mode {found:04o}, not {octal}")
    return f"{name} has mode {found:04o}"


@check("place:name size")
def size(world, name, text):
    """The file has this size."""
    found = os.path.getsize(world.path(name))
    if found != size_of(text):
        raise Broken(f"{name} has {found} bytes, not {size_of(text)}")
    return f"{name} has {found} bytes"


@check("place:name text")
def link(world, name, text):
    """The symbolic link says exactly this."""
    found = os.readlink(world.path(name))
    if found != text:
        raise Broken(f"{name} points to '{found}', not '{text}'")
    return f"{name} -> {found}"


@check("place:name place:name")
def same_time(world, one, other):
    """Two files have the same modification time, in seconds."""
    times = [int(os.lstat(world.path(name)).st_mtime) for name in (one, other)]
    if times[0] != times[1]:
        raise Broken(f"{one} is of {times[0]}, {other} of {times[1]}")
    return f"both of {times[0]}"


@check("place:name place:name")
def same_file(world, one, other):
    """Two names lead to one file (a hard link)."""
    found = [os.lstat(world.path(name)) for name in (one, other)]
    if (found[0].st_dev, found[0].st_ino) != (found[1].st_dev, found[1].st_ino):
        raise Broken(f"{one} and {other} are two files")
    return "one file with two names"


@check("place:name ...")
def holds(world, name, *names):
    """The folder holds exactly these names."""
    found = sorted(os.listdir(world.path(name)))
    wanted = sorted(name_of(one) for one in names)
    if found != wanted:
        raise Broken(f"{name} holds {_few(found)}, not {_few(wanted)}")
    return f"{name} holds {len(found)} names"


@check("remote:name")
def listed(world, name):
    """The client's last listing has exactly the names that lie in this folder."""
    found, wanted = world.last("names"), sorted(os.listdir(world.path(name)))
    if found is None:
        raise Broken("the client listed nothing")
    if sorted(found) != wanted:
        missing, more = set(wanted) - set(found), set(found) - set(wanted)
        raise Broken(
            f"of {len(wanted)} names {len(missing)} are missing ({_few(missing)}), "
            f"{len(found) - len(wanted) + len(missing)} too many ({_few(more)})"
        )
    return f"{len(wanted)} names listed"


@check("key value")
def told(world, key, value):
    """The client's last stat says: `size`, `mode` (octal) or `type` has this value."""
    found = (world.last("attributes") or {}).get(key)
    text = f"{found:04o}" if key == "mode" and found is not None else str(found)
    wanted = str(size_of(value)) if key == "size" else value
    if text != wanted:
        raise Broken(f"the client says {key} {text}, not {wanted}")
    return f"{key} {text}"


@check("text")
def told_link(world, text):
    """The client's last readlink says exactly this."""
    if world.last("link") != text:
        raise Broken(f"the client says '{world.last('link')}', not '{text}'")
    return text


@check("text")
def printed(world, text):
    """The client's last exec, statvfs or digest printed this somewhere."""
    found = world.last("output") or ""
    if text not in found:
        raise Broken(f"'{text}' is not in '{found[-200:]}'")
    return f"'{text}' printed"


@check("pattern")
def printed_like(world, pattern):
    """What the client's last exec, statvfs or digest printed has a place that fits this regular expression."""
    found = world.last("output") or ""
    if not re.search(pattern, found):
        raise Broken(f"nothing in '{found[-200:]}' fits {pattern}")
    return f"'{pattern}' printed"


@check("text")
def said(world, text):
    """The client's messages have this text somewhere (small and capital letters alike)."""
    if not any(text.lower() in result.said.lower() for result in world.results):
        raise Broken(f"the client did not say '{text}'")
    return f"it said '{text}'"


@check("[name]")
def unchanged(world, *name):
    """Everything on the server is as it was before (below one name, if given)."""
    before, after = world.before, world.remote.snapshot()
    changed = [
        path
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and (not name or path.startswith(name[0]))
    ]
    if changed:
        raise Broken(f"changed on the server: {_few(changed)}")
    return f"{len(before)} names as before"


@check("key value")
def negotiated(world, key, value):
    """Every session negotiated this value, says the server's record and so says the capture."""
    sources = {"record": [item.negotiated for item in world.records], "capture": world.witnesses}
    seen = []
    for source, sessions in sources.items():
        for session in sessions:
            if key not in session:
                continue
            if not fnmatch.fnmatchcase(str(session[key]), value):
                raise Broken(f"{key} is {session[key]} by the {source}, not {value}")
            seen.append(source)
    if not seen:
        raise NoEvidence(f"neither record nor capture tells {key}")
    return f"{key} {value} by " + " and ".join(sorted(set(seen)))


@check("method result")
def auth(world, method, result):
    """The server's record has an attempt by this method with this result (success, failure, partial)."""
    seen = [f"{item['method']} {item['result']}" for record in world.records for item in record.auth]
    if not world.records or not seen:
        raise NoEvidence("no record of authentication")
    if f"{method} {result}" not in seen:
        raise Broken(f"the server saw {_few(seen)}, not {method} {result}")
    return f"{method} {result}"


@check("number")
def version(world, number):
    """The sessions spoke this version of SFTP."""
    seen = {record.sftp_version for record in world.records} - {None}
    if not seen:
        raise NoEvidence("no record of the SFTP version")
    if seen != {int(number)}:
        raise Broken(f"SFTP {sorted(seen)}, not {number}")
    return f"SFTP {number}"


@check("number")
def rekeys(world, number):
    """Some session exchanged keys at least so many times after the first."""
    seen = [record.rekeys for record in world.records if record.rekeys is not None]
    if not seen:
        raise NoEvidence("no record of key exchanges")
    if max(seen) < int(number):
        raise Broken(f"{max(seen)} key exchanges after the first, not {number}")
    return f"{max(seen)} key exchanges after the first"


@check("number")
def sessions(world, number):
    """There were so many connections that got as far as a key exchange."""
    if len(world.witnesses) != int(number):
        raise Broken(f"{len(world.witnesses)} connections, not {number}")
    return f"{number} connections"


@check("text")
def closed(world, text):
    """The server's record gives this (with * and ?) as the reason why a session ended."""
    seen = [record.close_reason for record in world.records if record.close_reason]
    if not seen:
        raise NoEvidence("no record of why sessions ended")
    if not any(fnmatch.fnmatchcase(reason.lower(), text.lower()) for reason in seen):
        raise Broken(f"ended by {_few(seen)}")
    return _few(seen)


@check("")
def decodes(world):
    """The decoded capture has no error: every MAC, and so the number of every packet, was right."""
    if not world.traces:
        if world.undecoded:
            raise Broken(world.undecoded)
        raise NoEvidence("this server's capture cannot be decrypted")
    messages = [message for trace in world.traces for message in trace["messages"]]
    errors = [message["error"] for message in messages if "error" in message]
    if errors:
        raise Broken(f"{len(errors)} messages not decoded, the first: {errors[0]}")
    return f"{len(messages)} messages"


@check("")
def strict_as_announced(world):
    """Key exchange was strict, by the server's record, exactly where both KEXINITs announce it."""
    marks = ("kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com")
    announced = [
        marks[0] in found["client_offer"]["kex"] and marks[1] in found["server_offer"]["kex"]
        for found in world.witnesses
    ]
    recorded = [one.negotiated["strict_kex"] for one in world.records if "strict_kex" in one.negotiated]
    if not announced or not recorded:
        raise NoEvidence("no record of it, or no capture")
    if sorted(announced) != sorted(recorded):
        raise Broken(f"announced {announced}, recorded {recorded}")
    return f"{sum(recorded)} of {len(recorded)} sessions strict"


@check("")
def knows_host_keys(world):
    """The client's known_hosts has every key of the server now."""
    wanted = {tuple(key.public_line.split()) for key in world.server.host_keys}
    for path in sorted(world.folder.glob("home*/known_hosts")):
        lines = [line.split() for line in path.read_text().splitlines()]
        missing = wanted - {tuple(words[1:3]) for words in lines}
        if missing:
            raise Broken(f"not learned: {_few(kind for kind, _ in missing)}")
        return f"{len(wanted)} keys known"
    raise Broken("the client has no known_hosts")


@check("type ...")
def wire(world, kind, *conditions):
    """The decoded capture has a message of this type whose fields match all of the `field=value`
    (values with * and ?; `dir=c2s`, `layer=sftp` and the like too; `field>=number` for numbers)."""
    count = world.messages(kind, conditions)
    if count is None:
        raise NoEvidence("this server's capture cannot be decrypted")
    if not count:
        raise Broken(f"no {kind} {' '.join(conditions)} in the capture")
    return f"{count} {kind}"


@check("type ...")
def no_wire(world, kind, *conditions):
    """The decoded capture has no such message. Arguments as for wire."""
    count = world.messages(kind, conditions)
    if count is None:
        raise NoEvidence("this server's capture cannot be decrypted")
    if count:
        raise Broken(f"{count} {kind} {' '.join(conditions)} in the capture")
    return f"no {kind}"


def _few(items, count=5):
    items = list(items)
    text = ", ".join(repr(str(item)) for item in items[:count])
    return text + (f" and {len(items) - count} more" if len(items) > count else "") or "nothing"
