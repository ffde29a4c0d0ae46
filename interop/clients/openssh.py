"""OpenSSH's sftp, scp (SFTP mode) and plain ssh."""

import re

from interop.clients.base import Client, Result, bracketed, classify
from interop.process import run


def ssh_options(target, known_hosts):
    """The -o options that ssh, sftp and scp share, with nothing taken from this machine."""
    options = [
        "LogLevel=INFO",
        "ConnectTimeout=20",
        "IdentitiesOnly=yes",
        "PreferredAuthentications=" + ("password" if target.password is not None else "publickey"),
        "GlobalKnownHostsFile=/dev/null",
        f"UserKnownHostsFile={known_hosts or '/dev/null'}",
        f"StrictHostKeyChecking={'yes' if known_hosts else 'no'}",
    ]
    if target.password is None:
        options.append("BatchMode=yes")
    else:
        options += ["NumberOfPasswordPrompts=1", "PubkeyAuthentication=no"]
    if target.key:
        options.append(f"IdentityFile={target.key.private}")
    if target.proxy_command:
        options.append(f"ProxyCommand={target.proxy_command}")
    if target.rekey_bytes:
        options.append(f"RekeyLimit={target.rekey_bytes}")
    wanted = target.algorithms
    for name, value in (
        ("KexAlgorithms", wanted.kex),
        ("HostKeyAlgorithms", wanted.host_key),
        ("Ciphers", wanted.cipher),
        ("MACs", wanted.mac),
    ):
        if value is not None:
            options.append(f"{name}={value}")
    if wanted.compression is not None:
        options.append(f"Compression={'yes' if wanted.compression else 'no'}")
    words = ["-F", "none"]
    for option in options:
        words += ["-o", option]
    return words


class OpenSsh(Client):
    """What the programs of OpenSSH share."""

    package = "openssh-client"
    features = frozenset({"key", "password", "proxy", "algorithms", "rekey", "space", "utf8", "bytes"})

    @classmethod
    def version(cls):
        return run(["ssh", "-V"], seconds=10).said.strip()

    def options(self):
        return ssh_options(self.target, self.known_hosts())

    def environment(self, **more):
        """ssh asks a program of ours for the password, so that no terminal is needed."""
        if self.target.password is None:
            return super().environment(**more)
        ask = self.scratch / "askpass"
        ask.write_text('#!/bin/sh\nprintf "%s\\n" "$SSH2CORE_TEST_PASSWORD"\n')
        ask.chmod(0o700)
        return super().environment(
            SSH_ASKPASS=str(ask),
            SSH_ASKPASS_REQUIRE="force",
            SSH2CORE_TEST_PASSWORD=self.target.password,
            **more,
        )

    def ssh(self, *words, command=(), **options):
        """Plain ssh to the target: the words before the destination, the command after it."""
        destination = ["-p", str(self.target.port), f"{self.target.user}@{self.target.host}"]
        return self.execute(["ssh", *self.options(), *words, *destination, *command], **options)


def quoted(path):
    """A word of an sftp batch file: in double quotes glob characters mean themselves."""
    return '"' + re.sub(r'([\\"])', r"\\\1", path) + '"'


def unescape(text):
    """Undoes the \\ooo that sftp prints for what it takes for unprintable."""
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), raw)
    return raw.replace(rb"\n", b"\n").decode("utf-8", "surrogateescape")


class OpenSshSftp(OpenSsh):
    name = "openssh-sftp"
    program = "sftp"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls stat rename mkdir rmdir rm chmod symlink".split()
    )
    _MARK = "--- listing ---"

    def line(self, verb, arguments):
        remote = self.target.path
        if verb in ("put", "resume_put", "put_tree"):
            local, name = arguments
            flag = {"put": "", "resume_put": " -a", "put_tree": " -R"}[verb]
            return f"put{flag} {quoted(local)} {quoted(remote(name))}"
        if verb in ("get", "resume_get", "get_tree"):
            name, local = arguments
            flag = {"get": "", "resume_get": " -a", "get_tree": " -R"}[verb]
            return f"get{flag} {quoted(remote(name))} {quoted(local)}"
        if verb in ("ls", "stat"):
            flags = "-1a" if verb == "ls" else "-ln"
            return f"@!echo '{self._MARK}'\n@ls {flags} {quoted(remote(arguments[0]))}"
        if verb == "rename":
            return f"rename {quoted(remote(arguments[0]))} {quoted(remote(arguments[1]))}"
        if verb == "chmod":
            return f"chmod {arguments[0]} {quoted(remote(arguments[1]))}"
        if verb == "symlink":
            return f"ln -s {quoted(arguments[0])} {quoted(remote(arguments[1]))}"
        return f"{verb} {quoted(remote(arguments[0]))}"

    def argv(self, *words):
        target = self.target
        destination = f"{target.user}@{bracketed(target.host)}"
        return ["sftp", *words, *self.options(), "-P", str(target.port), destination]

    def batch(self, lines, *words):
        """Runs lines of sftp's own language; stops at the first that fails.

        Words come first on the command line: of two equal -o options ssh takes the first.
        """
        batch = self.scratch / "batch"
        batch.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
        if self.target.password is not None:  # before -b, which says BatchMode=yes
            words = ("-oBatchMode=no", *words)
        return self.execute(self.argv(*words, "-b", batch))

    def perform(self, steps):
        finished = self.batch([self.line(verb, arguments) for verb, *arguments in steps])
        result = self.finish(steps, finished)
        listing = finished.stdout.rpartition(self._MARK + "\n")[2]
        verbs = [step[0] for step in steps if step[0] in ("ls", "stat")]
        if result.ok and verbs:
            lines = [line for line in listing.splitlines() if not line.startswith("sftp> ")]
            if verbs[-1] == "ls":
                folder = self.target.path([step[1] for step in steps if step[0] == "ls"][-1])
                names = [unescape(line).removeprefix(folder).lstrip("/") for line in lines]
                result.names = [name for name in names if name not in (".", "..", "")]
            else:
                result.attributes = attributes_of(lines[0])
        return result


def attributes_of(line):
    """Size and mode from a line like `-rw-r--r--    1 0        0        42 Jan  1 00:00 name`."""
    words = line.split(None, 8)
    bits = 0
    for letter, bit in zip(words[0][1:10], (1 << shift for shift in range(8, -1, -1))):
        bits |= bit if letter not in "-ST" else 0
    kinds = {"-": "file", "d": "directory", "l": "symlink"}
    return {"size": int(words[4]), "mode": bits, "type": kinds.get(words[0][0], "other")}


class OpenSshScp(OpenSsh):
    """scp as it is since OpenSSH 9: over SFTP. One program run for each step."""

    name = "openssh-scp"
    program = "scp"
    verbs = frozenset({"put", "get", "put_tree", "get_tree"})
    features = OpenSsh.features | {"newline"}
    mode = "-s"

    def remote(self, name):
        return f"{self.target.user}@{bracketed(self.target.host)}:{self.target.path(name)}"

    def perform(self, steps):
        result = Result(self.name, steps)
        for verb, source, sink in steps:
            words = ["-r"] if verb.endswith("tree") else []
            if verb.startswith("put"):
                files = [source, self.remote(sink)]
            else:
                files = [re.sub(r"([\\*?\[])", r"\\\1", self.remote(source)), sink]
            argv = ["scp", self.mode, *self.options(), "-P", str(self.target.port), *words, *files]
            result.runs.append(self.execute(argv))
            result.state, result.reason = classify(result.runs[-1])
            if not result.ok:
                break
        return result
