"""lftp. It speaks SFTP itself and lets ssh make the connection; it asks for SFTP 6."""

import os
import shlex

from interop.clients.base import Client, Detection, bracketed
from interop.clients.openssh import attributes_of, ssh_options
from interop.process import run


def quoted(path):
    """A word of lftp's language."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Lftp(Client):
    name = "lftp"
    program = "lftp"
    package = "lftp"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls stat rename mkdir rmdir rm chmod symlink".split()
    )
    features = frozenset({"key", "password", "proxy", "algorithms", "rekey", "space", "utf8", "bytes"})
    _MARK = "--- listing ---"

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
        remote = self.target.path
        if verb in ("put", "resume_put"):
            flag = " -c" if verb == "resume_put" else ""
            return f"put{flag} {quoted(arguments[0])} -o {quoted(remote(arguments[1]))}"
        if verb in ("get", "resume_get"):
            flag = " -c" if verb == "resume_get" else ""
            overwrite = "set xfer:clobber yes; "
            return f"{overwrite}get{flag} {quoted(remote(arguments[0]))} -o {quoted(arguments[1])}"
        if verb == "put_tree":
            return f"mirror -R --no-perms {quoted(arguments[0])} {quoted(remote(arguments[1]))}"
        if verb == "get_tree":
            return f"mirror {quoted(remote(arguments[0]))} {quoted(arguments[1])}"
        if verb in ("ls", "stat"):
            words = "cls -1aB --sort=name" if verb == "ls" else "cls -l"
            folder = remote(arguments[0]) + ("/" if verb == "ls" else "")
            return f"echo '{self._MARK}'; {words} {quoted(folder)}"
        if verb == "rename":
            return f"mv {quoted(remote(arguments[0]))} {quoted(remote(arguments[1]))}"
        if verb == "chmod":
            return f"chmod {arguments[0]} {quoted(remote(arguments[1]))}"
        if verb == "symlink":
            return f"ln -s {quoted(arguments[0])} {quoted(remote(arguments[1]))}"
        return f"{verb} {quoted(remote(arguments[0]))}"

    def script(self, lines):
        target = self.target
        connect = ["ssh", "-a", "-x", *ssh_options(target, self.known_hosts())]
        login = f"{target.user}," + ("" if target.password is None else target.password)
        return "; ".join(
            [
                f"set sftp:connect-program {quoted(shlex.join(connect))}",
                "set cmd:fail-exit yes",
                "set net:max-retries 1",
                "set net:timeout 20",
                "set cmd:interactive no",
                f"open -p {target.port} -u {quoted(login)} sftp://{bracketed(target.host)}",
                *lines,
            ]
        )

    def perform(self, steps):
        script = self.script([self.line(verb, arguments) for verb, *arguments in steps])
        result = self.finish(steps, self.execute(["lftp", "--norc", "-c", script]))
        verbs = [step[0] for step in steps if step[0] in ("ls", "stat")]
        if result.ok and verbs:
            lines = result.runs[0].stdout.rpartition(self._MARK + "\n")[2].splitlines()
            if verbs[-1] == "ls":
                names = [line.rstrip("/") for line in lines]
                result.names = [name for name in names if name not in (".", "..")]
            else:
                result.attributes = attributes_of(lines[0])
        return result
