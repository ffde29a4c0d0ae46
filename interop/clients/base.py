"""What every client adapter has in common: where to go, what to do, how it went.

A client is driven by steps, `(verb, argument, ...)`, several in one connection where the program
can; put(), get() and so on are sequences of one step. Whether a step did what it should is for the
caller to check (bytes, the server's log): several programs end with 0 after an error.
"""

import os
import posixpath
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from interop.process import run

# The verbs, with their arguments. Remote paths are taken below Target.base.
VERBS = {
    "put": "local remote",
    "get": "remote local",
    "resume_put": "local remote",
    "resume_get": "remote local",
    "put_tree": "local remote",
    "get_tree": "remote local",
    "ls": "remote",
    "stat": "remote",
    "rename": "old new",
    "mkdir": "remote",
    "rmdir": "remote",
    "rm": "remote",
    "chmod": "mode remote",
    "symlink": "target remote",
    "readlink": "remote",
    "exec": "command",  # a remote command, not a path
    # What only some clients can ask a server for
    "hardlink": "old new",
    "copy": "old new",  # within the server
    "statvfs": "remote",
    "digest": "algorithm remote",  # computed by the server, printed in hexadecimal
    "put_fsync": "local remote",
    "put_times": "local remote",  # keeps modification time and permission bits
    "get_times": "remote local",
    "chmod_link": "mode remote",  # of the link itself
}

STATES = (
    "ok",
    "auth",
    "hostkey",
    "connect",
    "negotiation",
    "remote-error",
    "timeout",
    "crash",
)


# Marks, as in known_hosts, the key of a CA that signs certificates of hosts.
AUTHORITY = "@cert-authority "


@dataclass(frozen=True)
class Algorithms:
    """Names to offer, comma-separated; None leaves the client's own choice."""

    kex: str | None = None
    host_key: str | None = None
    cipher: str | None = None
    mac: str | None = None
    compression: bool | None = None
    user_key: str | None = None  # of the signatures of the user's key


@dataclass(frozen=True)
class Target:
    """A server as a client sees it."""

    host: str
    port: int
    user: str
    key: object = None  # a KeyPair
    password: str | None = None
    host_keys: tuple = ()  # public lines, behind AUTHORITY those of CAs; empty: any host key is accepted
    proxy_command: str | None = None
    base: str = "/"  # remote paths are relative to it
    algorithms: Algorithms = Algorithms()
    rekey_bytes: int | None = None
    sftp_version: int | None = None  # to ask for; None leaves the client's own choice
    second_key: object = None  # a KeyPair that is needed beside the first
    answers: tuple = ()  # to the questions of keyboard-interactive in their order; empty: the password

    def path(self, name):
        return posixpath.join(self.base, name)

    @property
    def chooses_algorithms(self):
        """Whether algorithms of the transport are named."""
        wanted = self.algorithms
        return any(name is not None for name in (wanted.kex, wanted.host_key, wanted.cipher, wanted.mac))


def bracketed(host):
    """An IPv6 address in brackets, for where a port or path follows."""
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True)
class Detection:
    """Either a version or the reason why the client cannot be used here."""

    version: str | None = None
    missing: str | None = None


@dataclass
class Result:
    """How a sequence of steps went. `state` is one of STATES; `reason` the line that says why."""

    client: str
    steps: list
    runs: list = field(default_factory=list)  # Finished, one for each program started
    state: str = "ok"
    reason: str = ""
    names: list | None = None  # of the last ls, without . and ..
    attributes: dict | None = None  # of the last stat: size, mode, type
    link: str | None = None  # of the last readlink
    output: str | None = None  # of the last exec, or what statvfs printed

    @property
    def ok(self):
        return self.state == "ok"

    @property
    def said(self):
        return "".join(finished.said for finished in self.runs)

    def __str__(self):
        last = self.runs[-1] if self.runs else None
        code = f", exit code {last.exit_code}" if last else ""
        return f"{self.client}: {self.state}{code}: {self.reason}\n{self.said[-2000:]}"


class Unsupported(Exception):
    """The client has no such operation."""


# Lower-case pieces of messages of OpenSSH, PuTTY, libssh2, lftp, paramiko and asyncssh. The first
# that occurs decides; the order matters, since an authentication failure also closes a connection.
_MESSAGES = (
    ("hostkey", "host key verification failed"),
    ("hostkey", "identification has changed"),
    ("hostkey", "host key not in manually configured list"),
    ("hostkey", "host key did not match"),
    ("hostkey", "the host key is not cached"),
    ("hostkey", "remote key was not ok"),
    ("hostkey", "denied sha256 fingerprint"),
    ("hostkey", "host key is not trusted"),
    ("hostkey", "hostkeynotverifiable"),
    ("hostkey", "badhostkeyexception"),
    ("hostkey", "hostkeymismatch"),
    ("hostkey", "hostkeyunknown"),
    ("hostkey", "hostkey has been changed"),
    ("hostkey", "reject hostkey"),
    ("hostkey", "not found in known_hosts"),
    ("hostkey", "host key mismatch"),
    ("hostkey", "host is not in the trusted hosts file"),
    ("hostkey", "knownhosts:"),  # Go
    ("hostkey", "bad host key"),  # Conch
    ("negotiation", "unable to negotiate"),
    ("negotiation", "no matching"),
    ("negotiation", "does not correspond to any supported algorithm"),  # PuTTY
    ("negotiation", "no common algorithm"),  # Go
    ("negotiation", "couldn't agree"),
    ("negotiation", "incompatiblepeer"),
    ("negotiation", "could not settle on"),
    ("negotiation", "no compatible"),
    ("negotiation", "key exchange failed"),
    ("negotiation", "algorithm negotiation fail"),
    ("negotiation", "is not a supported algorithm"),
    ("negotiation", "incompatible ssh"),
    ("negotiation", "unable to exchange encryption keys"),
    ("negotiation", "keyexchangefailed"),
    ("auth", "permission denied (p"),  # publickey, password: the methods that are left
    ("auth", "permission denied (k"),
    ("auth", "permission denied ()"),
    ("auth", "server refused our key"),
    ("auth", "sshpermissiondenied"),
    ("auth", "too many authentication failures"),
    ("auth", "access denied"),
    ("auth", "authentication failed"),
    ("auth", "authentication failure"),
    ("auth", "authenticationexception"),
    ("auth", "unable to authenticate, attempted"),  # Go
    ("auth", "no supported authentication methods"),
    ("auth", "bad authentication type"),
    ("auth", "no auth methods could be used"),
    ("auth", "login failed"),
    ("auth", "available authentication methods"),
    ("auth", "jschexception: auth fail"),
    ("auth", "jschexception: auth cancel"),
    ("auth", "login incorrect"),
    ("auth", "cannot answer interactive prompts in batch mode"),
    ("auth", "configured password was not accepted"),
    ("connect", "connection refused"),
    ("connect", "connectionrefusederror"),
    ("connect", "connectionlost"),
    ("connect", "failed to connect"),
    ("connect", "could not resolve"),
    ("connect", "no route to host"),
    ("connect", "unable to connect"),
    ("connect", "kex_exchange_identification"),
    ("connect", "banner exchange"),
    ("connect", "error reading ssh protocol banner"),
    ("connect", "failed getting banner"),
    ("connect", "error reading from socket"),
    ("timeout", "timed out"),
    ("timeout", "timeout"),
)


def classify(finished):
    """The state of one run, from its exit code and what it printed, and the line that decided."""
    if finished.timed_out:
        return "timeout", f"no end after {finished.seconds:.0f} s"
    if finished.exit_code == 0:
        return "ok", ""
    if finished.exit_code in (-13, 141):  # SIGPIPE: its own ssh was gone when it wrote
        return "connect", "ended by SIGPIPE: the connection was gone"
    if finished.exit_code < 0 or finished.exit_code in (132, 134, 135, 136, 139):
        return "crash", f"ended by a signal ({finished.exit_code})"
    lines = [line.strip() for line in finished.said.splitlines() if line.strip()]
    for state, piece in _MESSAGES:
        for line in lines:
            if piece in line.lower():
                return state, line
    return "remote-error", lines[-1] if lines else f"exit code {finished.exit_code}, no message"


class Client(ABC):
    """One client program. Make one per target; `scratch` becomes its HOME."""

    name = ""
    family = ""  # clients of one family share their SSH engine: openssh, putty, libssh2 ...
    program = ""  # what must be on PATH
    package = ""  # the Debian package that brings it
    verbs = frozenset()
    # What it can beside the verbs:
    #   key, password    ways to log in           hostkey     refuses a host key it was not told
    #   proxy            a ProxyCommand           algorithms  the names to offer can be set
    #   user-algorithms  the names with which the user's key signs can be set
    #   rekey            rekeys on request        version     the SFTP version can be set
    #   space, utf8, newline, bytes (no UTF-8), glob (quotes, *, ?, [, backslash): names it can say
    #   ipv6, compression
    #   both             logs in by key and then password, where both are wanted
    #   two-keys         logs in by two keys, where both are wanted
    #   prompts          answers several questions of keyboard-interactive, each with its own answer
    #   certificate      shows a certificate of its key; host-certificate: trusts a CA of hosts
    features = frozenset()
    # Types of user keys that work, the preferred one first; names of interop.keys.KEY_TYPES.
    key_types = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa")
    # Why a verb, feature or key type is missing, where the plain "has no X" says too little. With
    # the version for which it was checked.
    lacks = {}
    service = "sftp"  # what it asks the server for: sftp, scp or exec (its verb exec needs exec too)
    # A regular expression for the software version in its identification, with the version of the program.
    software = ""
    one_connection = True  # False: every step is a connection, or a program run, of its own

    def __init__(self, target, scratch, seconds=60):
        self.target = target
        self.scratch = Path(scratch)
        self.seconds = seconds
        self.scratch.mkdir(parents=True, exist_ok=True)

    @classmethod
    def detect(cls):
        """Whether the program is there, and which version."""
        if shutil.which(cls.program) is None:
            return Detection(missing=f"{cls.program} not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    @abstractmethod
    def version(cls):
        """The version as the program tells it."""

    @abstractmethod
    def perform(self, steps):
        """Carries out the steps, in one connection if the program can, and returns a Result.

        Raises Unsupported for a verb that it does not know: the matrix asks for one that nobody
        has, to see whether an adapter makes things up.
        """

    @classmethod
    def lack(cls, *wanted):
        """Why the client cannot do all of this (verbs, features, key types); None when it can."""
        known = {*cls.verbs, *cls.features, *cls.key_types}
        for one in wanted:
            if one not in known:
                return cls.lacks.get(one, f"{cls.name} has no {one}")
        return None

    @classmethod
    def capabilities(cls):
        """Each verb with None, or the reason why the client does not have it."""
        return {verb: cls.lack(verb) for verb in VERBS}

    def environment(self, **more):
        """A clean environment: no agent, no configuration of the caller."""
        return {
            "HOME": str(self.scratch),
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            **more,
        }

    def execute(self, argv, **options):
        """Runs a program in the client's environment, within its time limit."""
        options.setdefault("env", self.environment())
        options.setdefault("seconds", self.seconds)
        return run(argv, cwd=self.scratch, **options)

    def run_steps(self, steps):
        """perform(), after checking that the client has all the verbs."""
        steps = [tuple(os.fspath(word) for word in step) for step in steps]
        self.check_verbs(steps)
        for verb, *arguments in steps:
            if len(arguments) != len(VERBS[verb].split()):
                raise TypeError(f"{verb} takes {VERBS[verb]}")
        return self.perform(steps)

    def check_verbs(self, steps):
        """Raises Unsupported for a verb that the client does not have; perform() begins with it."""
        for verb, *_ in steps:
            if verb not in self.verbs:
                raise Unsupported(self.lack(verb))

    def resolved(self, verb, arguments):
        """A step's arguments, remote paths below the base, the others as they are."""
        kinds = VERBS[verb].split()
        paths = ("remote", "old", "new")
        return [
            self.target.path(word) if kind in paths else word
            for kind, word in zip(kinds, arguments)
        ]

    def known_hosts(self):
        """A known_hosts file with the target's keys; None when any key is accepted."""
        if not self.target.host_keys:
            return None
        path = self.scratch / "known_hosts"
        port = "" if self.target.port == 22 else f":{self.target.port}"
        name = f"[{self.target.host}]{port}" if port else self.target.host
        lines = []
        for key in self.target.host_keys:
            mark = AUTHORITY if key.startswith(AUTHORITY) else ""
            lines.append(f"{mark}{name} {key.removeprefix(AUTHORITY)}\n")
        path.write_text("".join(lines))
        return path

    def finish(self, steps, finished, **parsed):
        """A Result for one run of one program."""
        state, reason = self.judge(finished)
        return Result(self.name, steps, [finished], state, reason, **parsed)

    def judge(self, finished):
        """classify(), for adapters to sharpen where their program's exit code lies."""
        return classify(finished)

    def put(self, local, remote):
        return self.run_steps([("put", local, remote)])

    def get(self, remote, local):
        return self.run_steps([("get", remote, local)])

    def resume_put(self, local, remote):
        return self.run_steps([("resume_put", local, remote)])

    def resume_get(self, remote, local):
        return self.run_steps([("resume_get", remote, local)])

    def put_tree(self, local, remote):
        return self.run_steps([("put_tree", local, remote)])

    def get_tree(self, remote, local):
        return self.run_steps([("get_tree", remote, local)])

    def ls(self, remote):
        return self.run_steps([("ls", remote)])

    def stat(self, remote):
        return self.run_steps([("stat", remote)])

    def rename(self, old, new):
        return self.run_steps([("rename", old, new)])

    def mkdir(self, remote):
        return self.run_steps([("mkdir", remote)])

    def rmdir(self, remote):
        return self.run_steps([("rmdir", remote)])

    def rm(self, remote):
        return self.run_steps([("rm", remote)])

    def chmod(self, mode, remote):
        return self.run_steps([("chmod", mode, remote)])

    def symlink(self, target, remote):
        """`target` is written into the link as it is, not taken below the base."""
        return self.run_steps([("symlink", target, remote)])
