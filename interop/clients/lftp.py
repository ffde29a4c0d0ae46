"""lftp. It speaks SFTP itself and lets ssh make the connection; it asks for SFTP 6.

Its commands, the password in one of them, are in a file.
"""

import os
import re
import shlex

from interop.clients.base import Client, Detection, bracketed
from interop.clients.openssh import OpenSsh, attributes_of, marker, printed, ssh_options
from interop.process import run


def quoted(path):
    """A word of lftp's language."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal(path):
    """A path where lftp takes a pattern."""
    return re.sub(r"([\\*?\[\]{}~])", r"\\\1", path)


def _plain(line):
    """The name in a line of `cls --perms`: without the letter that marks folders and links."""
    permissions, _, name = line.partition(" ")
    return name[:-1] if permissions[:1] in "dl" and name.endswith(("/", "@")) else name


class Lftp(Client):
    name = "lftp"
    family = "lftp"
    program = "lftp"
    package = "lftp, openssh-client"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls stat rename mkdir rmdir rm chmod symlink "
        "readlink".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms rekey compression version ipv6 space utf8 bytes "
        "glob both two-keys certificate host-certificate user-algorithms".split()
    )
    key_types = OpenSsh.key_types
    software = OpenSsh.software
    lacks = {
        "ed448": OpenSsh.lacks["ed448"],
        "hardlink": "lftp 4.9.2 makes hard links in SFTP 6 only, which sshd does not speak",
        "put_times": "lftp 4.9.2 sends times with a single file, but no permissions",
        "get_times": "lftp 4.9.2 takes times with a single file, but no permissions",
        "statvfs": "lftp 4.9.2 has no command for it",
        "copy": "lftp 4.9.2 copies through the client only",
        "newline": "lftp 4.9.2 ends a command at a newline, also within quotes",
        "exec": "lftp 4.9.2 runs no remote commands over SFTP",
    }

    @classmethod
    def detect(cls):
        try:
            for descriptor in os.openpty():
                os.close(descriptor)
        except OSError as error:
            return Detection(missing=f"lftp runs ssh on a pseudo-terminal: {error.strerror}")
        return super().detect()

    @classmethod
    def version(cls):
        return run(["lftp", "--version"], seconds=10).stdout.splitlines()[0]

    def line(self, verb, arguments):
        """The step in lftp's language."""
        words = [quoted(word) for word in self.resolved(verb, arguments)]
        if verb in ("put", "resume_put"):
            return f"put {'-c ' if verb == 'resume_put' else ''}{words[0]} -o {words[1]}"
        if verb == "get":
            return f"set xfer:clobber yes; get {words[0]} -o {words[1]}"
        if verb == "resume_get":
            return f"get -c {words[0]} -o {words[1]}"
        if verb in ("put_tree", "get_tree"):
            flags = "-R --no-perms" if verb == "put_tree" else ""
            return f"mirror {flags} {words[0]} {words[1]}"
        if verb in self._LISTINGS:
            folder = "/" if verb == "ls" else ""
            return f"{self._LISTINGS[verb]} {quoted(literal(self.target.path(arguments[0])) + folder)}"
        return " ".join([{"rename": "mv", "symlink": "ln -s"}.get(verb, verb), *words])

    _LISTINGS = {"ls": "cls -1aB --perms --sort=name", "stat": "cls -ld", "readlink": "cls -ld"}

    def script(self, lines):
        """All commands, those that connect first."""
        target = self.target
        connect = ["ssh", "-a", "-x", *ssh_options(target, self.known_hosts())]
        login = f"{target.user}," + ("" if target.password is None else target.password)
        version = [f"set sftp:protocol-version {target.sftp_version}"] if target.sftp_version else []
        return [
            f"set sftp:connect-program {quoted(shlex.join(connect))}",
            *version,
            "set cmd:fail-exit yes",
            "set net:max-retries 1",
            "set net:timeout 20",
            "set cmd:interactive no",
            f"open -p {target.port} -u {quoted(login)} sftp://{bracketed(target.host)}",
            *lines,
        ]

    def perform(self, steps):
        self.check_verbs(steps)
        lines = []
        for number, (verb, *arguments) in enumerate(steps):
            lines += [f"echo '{marker(number)}'", self.line(verb, arguments)]
        path = self.scratch / "script"
        path.touch(mode=0o600)
        path.write_bytes(("\n".join(self.script(lines)) + "\n").encode("utf-8", "surrogateescape"))
        result = self.finish(steps, self.execute(["lftp", "--norc", "-f", path]))
        if result.ok:
            for number, text in printed(result.runs[0].stdout).items():
                self.read(result, steps[number], text)
        return result

    def read(self, result, step, text):
        """Takes what one step printed into the result."""
        if step[0] == "ls":
            names = [_plain(line) for line in text.splitlines()]
            result.names = [name for name in names if name not in (".", "..")]
        elif step[0] == "stat":
            result.attributes = attributes_of(text.splitlines()[0])
        elif step[0] == "readlink":
            result.link = text.rstrip("\n").partition("@ -> ")[2]
