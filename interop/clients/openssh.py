"""OpenSSH's sftp, scp (over SFTP, and in its old protocol) and plain ssh."""

import re

from interop.clients.base import Client, Result, bracketed
from interop.process import run
from interop.software_token import provider


def ssh_options(target, known_hosts):
    """The -o options that ssh, sftp and scp share, with nothing taken from this machine."""
    methods = (["publickey"] if target.key else []) + (
        ["password", "keyboard-interactive"] if target.password is not None else []
    )
    options = [
        "LogLevel=INFO",
        "ConnectTimeout=20",
        "IdentitiesOnly=yes",
        f"PreferredAuthentications={','.join(methods) or 'publickey'}",
        "UpdateHostKeys=yes",
        "GlobalKnownHostsFile=/dev/null",
        f"UserKnownHostsFile={known_hosts or '/dev/null'}",
        f"StrictHostKeyChecking={'yes' if known_hosts else 'no'}",
    ]
    if target.password is None:
        options.append("BatchMode=yes")
    else:
        options.append(f"NumberOfPasswordPrompts={max(1, len(target.answers))}")
        options += [] if target.key else ["PubkeyAuthentication=no"]
    for key in filter(None, (target.key, target.second_key)):
        options.append(f"IdentityFile={key.private}")
        if key.public_line.startswith("sk-"):
            options.append(f"SecurityKeyProvider={provider()}")
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
        ("PubkeyAcceptedAlgorithms", wanted.user_key),
    ):
        if value is not None:
            options.append(f"{name}={value}")
    if wanted.compression is not None:
        options.append(f"Compression={'yes' if wanted.compression else 'no'}")
    words = ["-F", "none"]
    for option in options:
        words += ["-o", option]
    return words


_ONE_ANSWER = 'printf "%s\\n" "$SSH2CORE_TEST_PASSWORD"\n'
# Answers the first question with the first line, and so on.
_ASKPASS = """#!/bin/sh
cd "$HOME" && echo >>asked && printf '%s\\n' "$SSH2CORE_TEST_PASSWORD" | sed -n "$(wc -l <asked)p"
"""


class OpenSsh(Client):
    """What the programs of OpenSSH share."""

    family = "openssh"
    package = "openssh-client"
    features = frozenset(
        "key password hostkey proxy algorithms rekey compression ipv6 space utf8 bytes glob "
        "both two-keys prompts certificate host-certificate user-algorithms".split()
    )
    key_types = (*Client.key_types, "dsa", "rsa-sha1", "sk-ed25519", "sk-ecdsa")
    software = r"^OpenSSH_9\.2p1$"
    lacks = {
        "version": "OpenSSH 9.2p1 speaks SFTP 3 only",
        "ed448": "OpenSSH 9.2p1 has no Ed448",
    }

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
        ask.write_text(_ASKPASS if self.target.answers else _ASKPASS.splitlines()[0] + "\n" + _ONE_ANSWER)
        ask.chmod(0o700)
        return super().environment(
            SSH_ASKPASS=str(ask),
            SSH_ASKPASS_REQUIRE="force",
            SSH2CORE_TEST_PASSWORD="\n".join(self.target.answers) or self.target.password,
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
    """sftp with a batch file."""

    name = "openssh-sftp"
    program = "sftp"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls stat rename mkdir rmdir rm chmod symlink "
        "hardlink copy statvfs put_fsync put_times get_times chmod_link".split()
    )
    lacks = {
        **OpenSsh.lacks,
        "readlink": "sftp 9.2p1 has no command that tells where a link leads",
        "exec": "sftp runs commands only on its own side",
        "newline": "a batch file has one command a line",
    }
    _WORDS = {
        "put": "put",
        "resume_put": "put -a",
        "put_tree": "put -R",
        "put_fsync": "put -f",
        "put_times": "put -p",
        "get": "get",
        "resume_get": "get -a",
        "get_tree": "get -R",
        "get_times": "get -p",
        "rename": "rename",
        "hardlink": "ln",
        "copy": "copy",
        "symlink": "ln -s",
        "chmod": "chmod",
        "chmod_link": "chmod -h",
        "ls": "@ls -1a",
        "stat": "@ls -lan",
        "statvfs": "@df",
    }

    def line(self, verb, arguments):
        """The step in sftp's language."""
        words = [self._WORDS.get(verb, verb)]
        words += [quoted(word) for word in self.resolved(verb, arguments)]
        return " ".join(words)

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
        self.check_verbs(steps)
        lines = []
        for number, (verb, *arguments) in enumerate(steps):
            lines += [f"@!echo '{marker(number)}'", self.line(verb, arguments)]
        finished = self.batch(lines)
        result = self.finish(steps, finished)
        if result.ok:
            for number, text in printed(finished.stdout).items():
                shown = [line for line in text.splitlines() if not line.startswith("sftp> ")]
                self.read(result, steps[number], shown)
        return result

    def read(self, result, step, lines):
        """Takes what one step printed into the result."""
        if step[0] == "ls":
            folder = self.target.path(step[1]).rstrip("/")
            names = [unescape(line).removeprefix(folder).lstrip("/") for line in lines]
            result.names = [name for name in names if name not in (".", "..", "")]
        elif step[0] == "stat":  # of a folder, the line of `.`
            own = [line for line in lines if line.endswith("/.")]
            result.attributes = attributes_of((own or lines)[0])
        elif step[0] == "statvfs":
            result.output = "\n".join(lines)


def marker(number):
    """A line that a program prints before the output of step `number`."""
    return f"--- step {number} ---"


def printed(text):
    """What was printed after each marker, by the number of the step."""
    pieces = re.split(r"^--- step (\d+) ---\n", text, flags=re.MULTILINE)
    return {int(number): piece for number, piece in zip(pieces[1::2], pieces[2::2])}


def attributes_of(line):
    """Size, mode and type from a line like `-rw-r--r--    1 0        0        42 Jan  1 00:00 name`."""
    letters = line[:10]
    size = re.search(r" (\d+) +[A-Z][a-z]{2} +\d+ +[\d:]+ ", line)
    bits = 0
    for letter, bit in zip(letters[1:], (1 << shift for shift in range(8, -1, -1))):
        bits |= bit if letter not in "-ST" else 0
    kinds = {"-": "file", "d": "directory", "l": "symlink"}
    return {"size": int(size[1]), "mode": bits, "type": kinds.get(letters[0], "other")}


class OpenSshScp(OpenSsh):
    """scp as it is since OpenSSH 9: over SFTP. One program run for each step."""

    name = "openssh-scp"
    program = "scp"
    verbs = frozenset("put get put_tree get_tree put_times get_times".split())
    features = OpenSsh.features | {"newline"}
    one_connection = False
    mode = "-s"
    _FLAGS = {"put_tree": ["-r"], "get_tree": ["-r"], "put_times": ["-p"], "get_times": ["-p"]}

    def remote(self, name):
        """A remote file as a word of the command line."""
        return self.at(self.target.path(name))

    def at(self, path):
        return f"{self.target.user}@{bracketed(self.target.host)}:{path}"

    def source(self, name):
        """A remote file to get: scp takes the path for a pattern."""
        return self.at(re.sub(r"([\\*?\[])", r"\\\1", self.target.path(name)))

    def perform(self, steps):
        self.check_verbs(steps)
        result = Result(self.name, steps)
        for verb, source, sink in steps:
            if verb.startswith("put"):
                files = [source, self.remote(sink)]
            else:
                files = [self.source(source), sink]
            flags = [self.mode, *self._FLAGS.get(verb, ()), "-P", str(self.target.port)]
            result.runs.append(self.execute(["scp", *flags, *self.options(), *files]))
            result.state, result.reason = self.judge(result.runs[-1])
            if not result.ok:
                break
        return result


class OpenSshScpLegacy(OpenSshScp):
    """scp -O: the rcp protocol of a remote scp, whose command line a remote shell reads."""

    name = "openssh-scp-legacy"
    service = "scp"
    mode = "-O"
    features = OpenSshScp.features - {"newline"}
    lacks = {
        "newline": "a backslash before a newline means nothing to a shell, and scp takes no quotes",
        "version": "no SFTP in the rcp protocol",
    }

    def remote(self, name):
        path = re.sub(r"([\s!-+;-@\[-^`{-~])", r"\\\1", self.target.path(name), flags=re.ASCII)
        return self.at(path)

    def source(self, name):
        return self.remote(name)


class OpenSshSsh(OpenSsh):
    """Plain ssh: one remote command for each connection."""

    name = "openssh-ssh"
    program = "ssh"
    service = "exec"
    verbs = frozenset({"exec"})
    features = OpenSsh.features | {"newline"}
    lacks = {"version": "ssh itself speaks no SFTP"}
    one_connection = False

    def perform(self, steps):
        self.check_verbs(steps)
        result = Result(self.name, steps)
        for _, command in steps:
            finished = self.ssh(command=[command])
            result.runs.append(finished)
            result.state, result.reason = self.judge(finished)
            if not result.ok:
                break
            result.output = finished.stdout
        return result

    def judge(self, finished):
        """ssh ends with 255 for errors of its own, with the command's code otherwise."""
        if 0 < finished.exit_code < 255 and not finished.timed_out:
            return "remote-error", f"exit code {finished.exit_code}"
        return super().judge(finished)
