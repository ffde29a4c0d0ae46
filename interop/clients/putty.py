"""PuTTY's psftp, pscp in both its protocols, and plink.

They never switch the host key check off: keys are pinned on the command line. What has no option,
the limit of a key's use, is in a saved session below HOME. Passwords are read from a file.
"""

import posixpath
import re
from pathlib import Path

from interop.clients.base import AUTHORITY, Client, Result, Unsupported, bracketed
from interop.keys import fingerprint
from interop.process import run


def quoted(path):
    """A word of a psftp batch file; a quote is doubled."""
    return '"' + path.replace('"', '""') + '"'


def literal(path):
    """A path where psftp takes a pattern."""
    return re.sub(r"([\\*?\[\]])", r"\\\1", path)


# PuTTY's own orders, but for WARN, which stands behind all that the matrix asks for.
CIPHERS = "aes,chacha20,aesgcm,3des,blowfish,arcfour,WARN,des"
EXCHANGES = (
    "ntru-curve25519,ecdh,dh-gex-sha1,dh-group18-sha512,dh-group17-sha512,dh-group16-sha512,"
    "dh-group15-sha512,dh-group14-sha1,rsa,dh-group1-sha1,WARN"
)
HOST_KEYS = "ed448,ed25519,ecdsa,rsa,dsa,WARN"


class Putty(Client):
    """What PuTTY's programs share."""

    family = "putty"
    package = "putty-tools"
    features = frozenset(
        "key password hostkey proxy rekey compression ipv6 space utf8 bytes glob "
        "both certificate host-certificate".split()
    )
    key_types = (*Client.key_types, "ed448", "dsa", "rsa-sha1")
    software = r"^PuTTY_Release_0\.78$"
    lacks = {
        "prompts": "PuTTY 0.78 reads one password from a file, and asks on the terminal for more",
        "two-keys": "PuTTY 0.78 takes one key file",
        "algorithms": "PuTTY 0.78 orders families of algorithms (aes, ecdh), not single names",
        "version": "PuTTY 0.78 speaks SFTP 3 only",
    }

    @classmethod
    def version(cls):
        return run([cls.program, "-V"], seconds=10).stdout.splitlines()[0]

    def options(self):
        """The words before the destination, program's name included."""
        target = self.target
        if not target.host_keys:
            raise Unsupported(f"{self.name} needs to know the host keys")
        if target.chooses_algorithms:
            raise Unsupported(self.lacks["algorithms"])
        argv = [self.program, *self.session(), "-batch", "-noagent", "-P", str(target.port)]
        for key in target.host_keys:
            if not key.startswith(AUTHORITY):
                argv += ["-hostkey", fingerprint(key)]
        if target.key:
            argv += ["-i", target.key.ppk]
            if target.key.certificate:
                argv += ["-cert", target.key.certificate]
        if target.password is not None:
            secret = self.scratch / "password"
            secret.write_text(target.password + "\n")
            secret.chmod(0o600)
            argv += ["-pwfile", secret]
        if target.proxy_command:
            argv += ["-proxycmd", target.proxy_command]
        if target.algorithms.compression:
            argv.append("-C")
        return argv

    def session(self):
        """A saved session for what has no option; nothing when it is not needed."""
        folder = self.scratch / ".putty" / "sessions"
        folder.mkdir(parents=True, exist_ok=True)
        # Weak ciphers stand behind WARN, which is a question that nobody answers here.
        orders = f"Cipher={CIPHERS}\nKEX={EXCHANGES}\nHostKey={HOST_KEYS}\n"
        (folder / "Default%20Settings").write_text(orders)
        for key in self.target.host_keys:
            if key.startswith(AUTHORITY):
                self.trust(key.split()[2])
        if not self.target.rekey_bytes:
            return []
        (folder / "matrix").write_text(f"Protocol=ssh\n{orders}RekeyBytes={self.target.rekey_bytes}\n")
        return ["-load", "matrix"]

    def trust(self, authority):
        """A CA of hosts, as PuTTY keeps it."""
        folder = self.scratch / ".putty" / "sshhostcas"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "matrix").write_text(
            f"PublicKey={authority}\nValidity=*\nPermitRSASHA1=0\nPermitRSASHA256=1\nPermitRSASHA512=1\n"
        )

    def judge(self, finished):
        """The user's name comes last in the output; it is never the reason."""
        state, reason = super().judge(finished)
        if reason.startswith("Using username"):
            lines = [line for line in finished.stdout.splitlines() if line.strip()]
            reason = lines[-1] if lines else reason
        return state, reason

    def each(self, steps, argv_of):
        """One program run for each step; argv_of(verb, arguments) is its command line."""
        self.check_verbs(steps)
        result = Result(self.name, steps)
        for verb, *arguments in steps:
            finished = self.execute(argv_of(verb, arguments))
            result.runs.append(finished)
            result.state, result.reason = self.judge(finished)
            if not result.ok:
                break
            if verb == "ls":
                result.names = names_in(finished.stdout)
            if verb == "exec":
                result.output = finished.stdout
        return result


def names_in(text):
    """The names of the last folder that psftp, or pscp -ls, lists."""
    found = []
    for line in text.rpartition("Listing directory ")[2].splitlines()[1:]:
        match = re.match(r"\S{10,11}\s+\S+\s+\S+\s+\S+\s+\d+ \S{3} +\d+ +[\d:]{4,5} (.*)", line)
        if match and match[1] not in (".", ".."):
            found.append(match[1])
    return found


class Psftp(Putty):
    """psftp with a batch file, all steps in one connection."""

    name = "psftp"
    program = "psftp"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls rename mkdir rmdir rm chmod".split()
    )
    lacks = {
        **Putty.lacks,
        "stat": "psftp 0.78 lists folders only, without a word on a single file",
        "symlink": "psftp 0.78 has no command for links",
        "readlink": "psftp 0.78 has no command for links",
        "hardlink": "psftp 0.78 has no command for links",
        "exec": "psftp 0.78 runs commands only on its own side",
        "newline": "a batch file has one command a line",
    }
    _WORDS = {
        "resume_put": "reput",
        "resume_get": "reget",
        "put_tree": "put -r",
        "get_tree": "get -r",
        "rename": "mv",
    }

    def line(self, verb, arguments):
        """The step in psftp's language. Only some commands take patterns."""
        words = self.resolved(verb, arguments)
        if verb in ("ls", "rm", "rmdir"):
            words[0] = literal(words[0])
        if verb == "chmod":
            words[1] = literal(words[1])
        if verb == "rename":
            words[0] = literal(words[0])
        return " ".join([self._WORDS.get(verb, verb), *(quoted(word) for word in words)])

    def argv(self, *words):
        return [*self.options(), *words, f"{self.target.user}@{self.target.host}"]

    def perform(self, steps):
        self.check_verbs(steps)
        batch = self.scratch / "batch"
        lines = [self.line(verb, arguments) for verb, *arguments in steps] + ["quit"]
        batch.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
        result = self.finish(steps, self.execute(self.argv("-b", batch)))
        if result.ok and any(step[0] == "ls" for step in steps):
            result.names = names_in(result.runs[0].stdout)
        return result


class Pscp(Putty):
    """pscp over SFTP."""

    name = "pscp"
    program = "pscp"
    verbs = frozenset("put get put_tree get_tree put_times get_times ls".split())
    features = Putty.features | {"newline"}
    lacks = {**Putty.lacks, "stat": "pscp 0.78 lists folders only"}
    one_connection = False
    mode = "-sftp"
    _FLAGS = {"put_tree": ["-r"], "get_tree": ["-r"], "put_times": ["-p"], "get_times": ["-p"]}

    def remote(self, name, pattern=False):
        """A remote path as a word of the command line."""
        path = self.target.path(name)
        path = literal(path) if pattern else path
        return f"{self.target.user}@{bracketed(self.target.host)}:{path}"

    def argv(self, verb, arguments):
        options = [*self.options(), self.mode, *self._FLAGS.get(verb, ())]
        if verb == "ls":
            return [*options, "-ls", self.remote(arguments[0], pattern=True)]
        if verb == "put_tree":
            return [*options, *self.tree(*arguments)]
        if verb.startswith("put"):
            return [*options, arguments[0], self.remote(arguments[1])]
        return [*options, self.remote(arguments[0], pattern=True), arguments[1]]

    def tree(self, local, remote):
        """pscp puts a folder into one that exists, under its own name: a link has the one wanted."""
        parent, name = posixpath.split(posixpath.normpath(remote))
        staged = self.scratch / "staged" / name
        staged.parent.mkdir(exist_ok=True)
        staged.unlink(missing_ok=True)
        staged.symlink_to(Path(local).resolve())
        return [staged, self.remote(parent)]

    def perform(self, steps):
        return self.each(steps, self.argv)


class PscpScp(Pscp):
    """pscp in the old protocol, with a remote scp whose command line a remote shell reads."""

    name = "pscp-scp"
    service = "scp"
    mode = "-scp"
    verbs = Pscp.verbs - {"ls"}
    lacks = {
        **Putty.lacks,
        "ls": "pscp -scp -ls asks the server's shell for ls -la: no question of scp",
        "version": "no SFTP in the rcp protocol",
    }

    def remote(self, name, pattern=False):
        path = self.target.path(name)
        if re.search(r"[^\w/.,:@%+=-]", path):
            path = "'" + path.replace("'", "'\"'\"'") + "'"
        return f"{self.target.user}@{bracketed(self.target.host)}:{path}"

    def tree(self, local, remote):
        return [local, self.remote(remote)]


class Plink(Putty):
    """plink: one remote command for each connection."""

    name = "plink"
    program = "plink"
    service = "exec"
    verbs = frozenset({"exec"})
    features = Putty.features | {"newline"}
    lacks = {**Putty.lacks, "version": "plink 0.78 itself speaks no SFTP"}
    one_connection = False

    def argv(self, _verb, arguments):
        destination = f"{self.target.user}@{self.target.host}"
        return [*self.options(), "-ssh", "-no-antispoof", "-T", destination, arguments[0]]

    def perform(self, steps):
        return self.each(steps, self.argv)

    def judge(self, finished):
        """plink has the command's code; errors of its own say FATAL ERROR."""
        state, reason = super().judge(finished)
        if finished.exit_code > 0 and "FATAL ERROR" not in finished.stderr and state != "timeout":
            return "remote-error", f"exit code {finished.exit_code}"
        return state, reason
