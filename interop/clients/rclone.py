"""rclone, on Go's own SSH and SFTP libraries. It works on paths: every step is a program run."""

import csv
import io

from interop.clients.base import Client, Result, Unsupported
from interop.process import run

# Always transfer, once, and tell it in one line.
_FLAGS = ("--config", "", "--ignore-times", "--retries", "1", "--low-level-retries", "1", "--stats", "0")
_WORDS = {
    "put": "copyto",
    "get": "copyto",
    "put_tree": "copy",
    "get_tree": "copy",
    "ls": "lsf",
    "rename": "moveto",
    "mkdir": "mkdir",
    "rmdir": "rmdir",
    "rm": "deletefile",
    "statvfs": "about",
}


class Rclone(Client):
    """All that is about the server is said in the environment: RCLONE_SFTP_ and an option's name."""

    name = "rclone"
    family = "go-ssh"
    program = "rclone"
    package = "rclone"
    verbs = frozenset(_WORDS)
    features = frozenset("key password hostkey space utf8 newline bytes glob ipv6 "
                         "both certificate host-certificate".split())  # fmt: skip
    key_types = (*Client.key_types, "dsa", "rsa-sha1")
    software = r"^rclone/"
    lacks = {
        "stat": "rclone 1.60.1 tells no permissions",
        "chmod": "rclone 1.60.1 has no permissions",
        "symlink": "rclone 1.60.1 makes no links over SFTP",
        "readlink": "rclone 1.60.1 follows links or skips them",
        "resume_put": "rclone 1.60.1 always transfers a file from its beginning",
        "resume_get": "rclone 1.60.1 always transfers a file from its beginning",
        "put_times": "rclone 1.60.1 keeps the modification time, but no permissions",
        "get_times": "rclone 1.60.1 keeps the modification time, but no permissions",
        "exec": "rclone 1.60.1 runs commands of its own only",
        "copy": "rclone 1.60.1 copies within a server by way of the client",
        "algorithms": "rclone 1.60.1 has no option for them",
        "rekey": "rclone 1.60.1 has no option for it",
        "compression": "Go's SSH library has none",
        "version": "rclone 1.60.1 always asks for SFTP 3",
        "proxy": "rclone 1.60.1 has no ProxyCommand",
    }
    one_connection = False

    @classmethod
    def version(cls):
        # Without --config it makes a folder in HOME, even in one that did not exist.
        return run(["rclone", "--config", "", "version"], seconds=10).stdout.splitlines()[0]

    def environment(self, **more):
        target = self.target
        settings = {
            "host": f"[{target.host}]" if ":" in target.host else target.host,
            "port": target.port,
            "user": target.user,
            "key_file": self.key_file(),
            "pubkey_file": target.key.certificate if target.key else None,
            "known_hosts_file": self.known_hosts(),
            "pass": self.obscured(),
            "shell_type": "none",
            "disable_hashcheck": "true",
        }
        words = {f"RCLONE_SFTP_{name.upper()}": str(value) for name, value in settings.items() if value}
        return super().environment(**words, **more)

    def key_file(self):
        """Go reads DSA keys in PEM only."""
        key = self.target.key
        if key is None:
            return None
        return key.pem if key.public_line.startswith("ssh-dss ") else key.private

    def obscured(self):
        """The password as rclone wants to be told it; read from stdin, since arguments are seen."""
        if self.target.password is None:
            return None
        env = Client.environment(self)
        finished = run(["rclone", "obscure", "-"], stdin=self.target.password.encode(), env=env, seconds=20)
        return finished.stdout.strip()

    def remote(self, name):
        return f":sftp:{self.target.path(name)}"

    def words(self, verb, arguments):
        """rclone's command for a step."""
        if verb not in _WORDS:
            raise Unsupported(self.lack(verb))
        if verb in ("put", "put_tree"):
            paths = [arguments[0], self.remote(arguments[1])]
        elif verb in ("get", "get_tree"):
            paths = [self.remote(arguments[0]), arguments[1]]
        else:
            paths = [self.remote(name) for name in arguments]
        flags = ["--create-empty-src-dirs"] if verb.endswith("tree") else []
        if verb == "ls":
            flags = ["--format", "p", "--csv", "--dir-slash=false"]  # names with a newline are quoted
        return [_WORDS[verb], *flags, "--", *paths]

    def perform(self, steps):
        commands = [(verb, self.words(verb, arguments)) for verb, *arguments in steps]
        result = Result(self.name, steps)
        for verb, words in commands:
            finished = self.execute(["rclone", *_FLAGS, *words])
            result.runs.append(finished)
            result.state, result.reason = self.judge(finished)
            if not result.ok:
                break
            if verb == "ls":
                rows = csv.reader(io.StringIO(finished.stdout, newline=""))
                result.names = [name for row in rows for name in row]
            elif verb == "statvfs":
                result.output = finished.stdout
        return result
