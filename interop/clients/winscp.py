"""WinSCP itself: winscp.com with a script and an XML log, where there is one.

It runs on Windows, on Windows' side of WSL (the CI workflow .github/workflows/winscp.yml does that),
and perhaps under Wine. $SSH2CORE_WINSCP names it when it is not on PATH. Not run by this project's
own tests, which have no Windows: they play it with a program that looks at its arguments and hands
out logs. Its wire behaviour is covered by the client winscp-profile (winscp_profile.py).

What it did is read from the XML log, never from stdout. The password stands in the script, which
only we can read (0600), never in an argument.
"""

import base64
import functools
import os
import re
import shutil
import struct
from pathlib import Path
from urllib.parse import quote

from interop.clients.base import Client, Detection, Result, Unsupported, bracketed, classify
from interop.clients.winscp_log import read_log
from interop.keys import fingerprint
from interop.process import run

# Lower-case pieces of what it says when it fails, and the state that they stand for; the first that
# occurs decides.
_MESSAGES = (
    ("hostkey", "host key wasn't verified"),
    ("hostkey", "host key does not match"),
    ("hostkey", "host key fingerprint"),
    ("negotiation", "couldn't agree"),
    ("negotiation", "no supported"),
    ("auth", "authentication failed"),
    ("auth", "access denied"),
    ("auth", "server refused our key"),
    ("auth", "no more authentication methods"),
    ("timeout", "timeout detected"),
    ("timeout", "not communicating for"),
    ("connect", "network error"),
    ("connect", "connection refused"),
    ("connect", "connection has been unexpectedly closed"),
    ("connect", "server unexpectedly closed network connection"),
    ("connect", "host does not exist"),
)
_NOT_TRIED = "not tried: it needs a machine with Windows"


class WinScp(Client):
    name = "winscp"
    family = "winscp"
    program = "winscp.com"
    package = "winscp.net; $SSH2CORE_WINSCP"
    verbs = frozenset("put get resume_put resume_get ls stat rename mkdir rmdir rm chmod symlink".split())
    features = frozenset("key password hostkey rekey version ipv6 compression space utf8".split())
    lacks = {
        "readlink": "its scripts have no command that shows where a link leads",
        "glob": "names in its commands are masks",
        "newline": "a script has one command a line",
        "algorithms": "its settings order families of algorithms, not SSH's names, and no MACs",
        "put_tree": _NOT_TRIED,
        "get_tree": _NOT_TRIED,
        "exec": _NOT_TRIED,
        "put_times": _NOT_TRIED,
        "get_times": _NOT_TRIED,
    }

    @classmethod
    def launcher(cls):
        """The Launcher of the program that is found, or None."""
        given = os.environ.get("SSH2CORE_WINSCP")
        path = given or shutil.which("winscp.com") or shutil.which("WinSCP.com")
        return Launcher.of(path) if path and Path(path).is_file() else None

    @classmethod
    def detect(cls):
        launcher = cls.launcher()
        if launcher is None:
            return Detection(missing="winscp.com not found (set SSH2CORE_WINSCP)")
        if launcher.missing:
            return Detection(missing=launcher.missing)
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        """As its banner says it, which /help prints too."""
        said = run([*cls.launcher().argv, "/ini=nul", "/help"], seconds=30).said
        found = re.search(r"Version (\d[\w.]*)", said)
        return f"WinSCP {found[1]}" if found else "WinSCP of an unknown version"

    def perform(self, steps):
        self.check_verbs(steps)
        launcher = self.launcher()
        script, log = self.scratch / "run.txt", self.scratch / "session.xml"
        log.unlink(missing_ok=True)
        write_private(script, self.script(steps, launcher.local))
        argv = [*launcher.argv, "/ini=nul", "/nointeractiveinput"]
        argv += [f"/log={launcher.local(self.scratch / 'session.log')}", "/loglevel=2"]
        argv += [f"/xmllog={launcher.local(log)}", "/xmlgroups", f"/script={launcher.local(script)}"]
        finished = self.execute(argv)
        script.unlink()
        return self.result(steps, finished, read_log(log))

    def result(self, steps, finished, log):
        """What the XML log says; the exit code only where it says nothing."""
        state, reason = "ok", ""
        if finished.timed_out or finished.exit_code < 0:
            state, reason = classify(finished)
        elif log.failures:
            state, reason = state_of(log.failures)
        elif finished.exit_code != 0:
            said = [line.strip() for line in finished.said.splitlines() if line.strip()]
            state, reason = state_of(said or [f"exit code {finished.exit_code}, nothing in the XML log"])
        elif not log.complete:
            state, reason = "remote-error", "the XML log is missing or broken off"
        return Result(self.name, steps, [finished], state, reason, log.names, log.attributes)

    def environment(self, **more):
        """What Windows' programs need of the caller's environment stays."""
        kept = ("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
        kept += ("WSL_INTEROP", "WSL_DISTRO_NAME", "WINEPREFIX", "DISPLAY")
        return super().environment(**{name: os.environ[name] for name in kept if name in os.environ}, **more)

    # --- the script ---

    def script(self, steps, local=str):
        """The text of the script; `local` makes a path here one that the program understands."""
        lines = ["option batch abort", "option confirm off", self.open_command(local)]
        for verb, *arguments in steps:
            lines.append(self.command(verb, arguments, local))
        return "\n".join([*lines, "exit", ""])

    def open_command(self, local=str):
        target, zlib = self.target, self.target.algorithms.compression
        login = quote(target.user, safe="")
        if target.password is not None:
            login += ":" + quote(target.password, safe="")
        words = ["open", f"sftp://{login}@{bracketed(target.host)}:{target.port}/"]
        keys = ";".join(map(pinned, target.host_keys))
        words.append(f"-hostkey={quoted(keys)}" if keys else "-hostkey=acceptnew")
        if target.key is not None:
            words.append(f"-privatekey={quoted(local(target.key.ppk))}")
        raw = {
            "SFTPMaxVersion": target.sftp_version,
            "RekeyBytes": target.rekey_bytes,
            "Compression": None if zlib is None else int(zlib),
        }
        settings = [f"{name}={value}" for name, value in raw.items() if value is not None]
        return " ".join(words + (["-rawsettings", *settings] if settings else []))

    def command(self, verb, arguments, local=str):
        """One step as a line. The names of remote files are taken as they are only without masks."""
        words = [as_name(word) for word in self.resolved(verb, arguments)]
        if verb in ("put", "resume_put"):
            words[0] = local(words[0])
        if verb in ("get", "resume_get"):
            words[1] = local(words[1])
        resume = " -resume" if verb.startswith("resume_") else ""
        name = {"rename": "mv", "symlink": "ln"}.get(verb, verb.removeprefix("resume_"))
        if verb == "chmod":
            return f"chmod {words[0]} {quoted(words[1])}"
        return f"{name}{resume} " + " ".join(map(quoted, words))


class Launcher:
    """How the program is started, and how it wants its paths."""

    def __init__(self, argv, local=str, missing=None):
        self.argv, self.local, self.missing = argv, local, missing

    @classmethod
    def of(cls, path):
        """A Windows program is started by Windows, by WSL or by Wine; anything else as it is."""
        with open(path, "rb") as file:
            is_windows_program = file.read(2) == b"MZ"
        if os.name == "nt" or not is_windows_program:
            return cls([str(path)])
        if os.path.exists("/proc/sys/fs/binfmt_misc/WSLInterop") or "WSL_INTEROP" in os.environ:
            return cls([str(path)], wsl_path)
        wine = shutil.which("wine")
        if wine is None:
            return cls([], missing=f"{path} is a Windows program, and there is no wine")
        return cls([wine, str(path)], wine_path)


@functools.cache
def wsl_path(path):
    """As Windows sees a path of the Linux beside it."""
    return run(["wslpath", "-w", "-a", path], seconds=10).stdout.rstrip("\n") or str(path)


def wine_path(path):
    """Wine shows the whole file system as drive Z."""
    return "Z:" + str(Path(path).absolute()).replace("/", "\\")


def quoted(word):
    """In quotes, those inside doubled."""
    return '"' + str(word).replace('"', '""') + '"'


def as_name(word):
    """The word, unless a script cannot say it as the name of one file."""
    word = os.fspath(word)
    if set(word) & set("*?[]\n\r"):
        raise Unsupported(f"winscp takes {word!r} for a mask, or for two lines")
    return word


def pinned(public_line):
    """A host key as -hostkey wants it: type, bits and the SHA-256 fingerprint without its prefix."""
    kind, blob = public_line.split()[:2]
    bits = bits_of(kind, base64.b64decode(blob))
    return f"{kind} {bits} {fingerprint(public_line).removeprefix('SHA256:')}"


def bits_of(kind, blob):
    """The size of a key, as PuTTY counts it."""
    if kind == "ssh-ed25519":
        return 255
    if kind.startswith("ecdsa-sha2-nistp"):
        return int(kind.removeprefix("ecdsa-sha2-nistp"))
    fields, at = [], 0
    while at < len(blob):
        size = struct.unpack_from(">I", blob, at)[0]
        fields.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    return int.from_bytes(fields[2], "big").bit_length()  # of ssh-rsa: name, e, n


def write_private(path, text):
    """A new file that only its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def state_of(messages):
    """The state that failure messages stand for, and the message that decided."""
    for state, piece in _MESSAGES:
        for message in messages:
            if piece in message.lower():
                return state, message
    return "remote-error", messages[0]
