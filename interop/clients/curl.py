"""curl with libssh2, over SFTP and over scp. Every step is a URL, hence a connection, of its own.

Host keys are in ~/.ssh/known_hosts, where curl looks. The first line for the host decides which type
of key it asks the server for, and of RSA it asks in a way that libssh2 1.10 does not understand.
"""

from urllib.parse import quote

from interop.clients.base import Client, Detection, Result, Unsupported, bracketed
from interop.process import run


def quoted(path):
    """A word of a -Q command."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Curl(Client):
    """curl with sftp:// URLs."""

    name = "curl"
    family = "libssh2"
    program = "curl"
    package = "curl"
    scheme = "sftp"
    verbs = frozenset("put get resume_put resume_get ls rename mkdir rmdir rm chmod statvfs".split())
    features = frozenset("key password hostkey compression ipv6 space utf8 bytes newline glob both".split())
    key_types = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "dsa", "rsa-sha1")
    software = r"^libssh2_1\.10\.0$"
    one_connection = False
    lacks = {
        "symlink": "libssh2 1.10.0-3+deb12u1 calls it an unknown error although the server, sshd as "
        "well, made the link and answered OK",
        "hardlink": "of curl 7.88.1's -Q commands ln is a symbolic link",
        "stat": "curl 7.88.1 has no command that shows attributes without the transfer",
        "readlink": "curl 7.88.1 has no command for it",
        "put_tree": "curl 7.88.1 moves single files",
        "get_tree": "curl 7.88.1 moves single files",
        "put_times": "curl 7.88.1 sends no times with a file",
        "get_times": "curl 7.88.1 takes times (--remote-time) but no permissions",
        "exec": "curl runs no commands",
        "rsa": "libssh2 1.10.0 signs with RSA and SHA-1 only, which servers refuse",
        "algorithms": "curl 7.88.1 has no option for algorithms",
        "rekey": "curl 7.88.1 has no option for it",
        "proxy": "curl 7.88.1 has no proxy command",
        "version": "libssh2 1.10.0 speaks SFTP 3 only",
    }

    @classmethod
    def version(cls):
        return run(["curl", "--version"], seconds=10).stdout.splitlines()[0]

    @classmethod
    def detect(cls):
        found = super().detect()
        if found.version and "libssh2" not in found.version:
            return Detection(missing="this curl has no libssh2")
        return found

    def url(self, name, folder=False):
        """The path in a URL is absolute, escaped byte by byte."""
        path = self.target.path(name)
        if folder and not path.endswith("/"):
            path += "/"
        encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
        return f"{self.scheme}://{bracketed(self.target.host)}:{self.target.port}{encoded}"

    def common(self):
        target = self.target
        if target.chooses_algorithms:
            raise Unsupported(self.lacks["algorithms"])
        words = ["curl", "-q", "-g", "-sS", "--connect-timeout", "20"]
        words += ["--compressed-ssh"] if target.algorithms.compression else []
        if target.host_keys:
            self.pin()
        else:
            words.append("-k")
        if target.password is not None:  # in a file: arguments are seen by everybody
            netrc = self.scratch / "curl.conf"
            secret = f"{target.user}:{target.password}".replace("\\", "\\\\").replace('"', '\\"')
            netrc.write_text(f'user = "{secret}"\n')
            netrc.chmod(0o600)
            words += ["-K", netrc]
        else:
            words += ["-u", f"{target.user}:"]
        if target.key:
            words += ["--key", target.key.private, "--pubkey", target.key.public]
        return words

    def pin(self):
        """Writes known_hosts, RSA last."""
        keys = sorted(self.target.host_keys, key=lambda line: line.startswith("ssh-rsa"))
        path = self.scratch / ".ssh" / "known_hosts"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        host = self.target.host if self.target.port == 22 else f"[{self.target.host}]:{self.target.port}"
        path.write_text("".join(f"{host} {key}\n" for key in keys))

    def words(self, verb, arguments):
        if verb in ("put", "resume_put"):
            resume = ["-C", "-"] if verb == "resume_put" else []
            return [*resume, "-T", arguments[0], self.url(arguments[1])]
        if verb in ("get", "resume_get"):
            resume = ["-C", "-"] if verb == "resume_get" else []
            return [*resume, "-o", arguments[1], self.url(arguments[0])]
        if verb == "ls":
            return ["--list-only", self.url(arguments[0], folder=True)]
        remote = self.target.path
        if verb == "rename":
            command = f"rename {quoted(remote(arguments[0]))} {quoted(remote(arguments[1]))}"
        elif verb == "chmod":
            command = f"chmod {arguments[0]} {quoted(remote(arguments[1]))}"
        else:
            command = f"{verb} {quoted(remote(arguments[0]))}"
        shown = ["-D", "-"] if verb == "statvfs" else []
        return ["-Q", command, "--list-only", *shown, "-o", "/dev/null", self.url("", folder=True)]

    def perform(self, steps):
        self.check_verbs(steps)
        result = Result(self.name, steps)
        for verb, *arguments in steps:
            finished = self.execute([*self.common(), *self.words(verb, arguments)])
            result.runs.append(finished)
            result.state, result.reason = self.judge(finished)
            if not result.ok:
                break
            if verb == "ls":
                names = finished.stdout.split("\n")
                result.names = [name for name in names if name not in (".", "..", "")]
            if verb == "statvfs":
                result.output = finished.stdout
        return result

    def judge(self, finished):
        known = {7: "connect", 28: "timeout", 60: "hostkey", 67: "auth"}
        if finished.exit_code in known:
            return known[finished.exit_code], finished.stderr.strip()
        return super().judge(finished)


class CurlScp(Curl):
    """curl with scp:// URLs."""

    name = "curl-scp"
    scheme = "scp"
    service = "scp"
    features = Curl.features - {"newline"}
    verbs = frozenset({"put", "get"})
    lacks = {
        **Curl.lacks,
        **{
            verb: "curl 7.88.1 can only put and get with scp:// URLs"
            for verb in "ls rename mkdir rmdir rm chmod statvfs symlink hardlink".split()
        },
        "newline": "libssh2 1.10.0 writes the name into a line of the rcp protocol as it is",
        "resume_put": "scp begins at the beginning",
        "resume_get": "scp begins at the beginning",
        "version": "no SFTP in the rcp protocol",
    }
