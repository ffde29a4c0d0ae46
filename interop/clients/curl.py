"""curl with libssh2. Every step is a URL, hence a connection, of its own."""

from urllib.parse import quote

from interop.clients.base import Client, Detection, Result, bracketed
from interop.keys import fingerprint
from interop.process import run


def quoted(path):
    """A word of a -Q command."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Curl(Client):
    name = "curl"
    program = "curl"
    package = "curl"
    # Not symlink: libssh2 1.10.0-3+deb12u1 calls it an unknown error although the server, sshd as
    # well, made the link and answered OK.
    verbs = frozenset("put get resume_put resume_get ls rename mkdir rmdir rm chmod".split())
    features = frozenset({"key", "password", "space", "utf8", "bytes", "newline"})

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
        return f"sftp://{bracketed(self.target.host)}:{self.target.port}{encoded}"

    def common(self):
        target = self.target
        words = ["curl", "-q", "-sS", "--connect-timeout", "20"]
        pin = self.pin()
        words += ["--hostpubsha256", pin] if pin else ["-k"]
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
        """The digest of the one host key; with several nobody knows which will be used."""
        if len(self.target.host_keys) != 1:
            return None
        return fingerprint(self.target.host_keys[0]).removeprefix("SHA256:")

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
        return ["-Q", command, "--list-only", "-o", "/dev/null", self.url("", folder=True)]

    def perform(self, steps):
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
        return result

    def judge(self, finished):
        known = {7: "connect", 28: "timeout", 60: "hostkey", 67: "auth"}
        if finished.exit_code in known:
            return known[finished.exit_code], finished.stderr.strip()
        return super().judge(finished)
