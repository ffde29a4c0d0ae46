"""PuTTY's psftp. It never switches the host key check off: keys are pinned on the command line."""

from interop.clients.base import Client, Unsupported
from interop.keys import fingerprint
from interop.process import run


def quoted(path):
    """A word of a psftp batch file; a quote is doubled."""
    return '"' + path.replace('"', '""') + '"'


class Psftp(Client):
    name = "psftp"
    program = "psftp"
    package = "putty-tools"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls rename mkdir rmdir rm chmod".split()
    )
    features = frozenset({"key", "password", "proxy", "space", "utf8", "bytes"})
    _MARK = "Listing directory "

    @classmethod
    def version(cls):
        return run(["psftp", "-V"], seconds=10).stdout.splitlines()[0]

    def line(self, verb, arguments):
        remote = self.target.path
        words = {
            "put": "put",
            "get": "get",
            "resume_put": "reput",
            "resume_get": "reget",
            "put_tree": "put -r",
            "get_tree": "get -r",
            "rename": "mv",
        }
        if verb in ("put", "resume_put", "put_tree"):
            return f"{words[verb]} {quoted(arguments[0])} {quoted(remote(arguments[1]))}"
        if verb in ("get", "resume_get", "get_tree"):
            return f"{words[verb]} {quoted(remote(arguments[0]))} {quoted(arguments[1])}"
        if verb == "rename":
            return f"mv {quoted(remote(arguments[0]))} {quoted(remote(arguments[1]))}"
        if verb == "chmod":
            return f"chmod {arguments[0]} {quoted(remote(arguments[1]))}"
        return f"{verb} {quoted(remote(arguments[0]))}"

    def argv(self, *words):
        target = self.target
        if not target.host_keys:
            raise Unsupported("psftp needs to know the host keys")
        argv = ["psftp", "-batch", "-P", str(target.port)]
        for key in target.host_keys:
            argv += ["-hostkey", fingerprint(key)]
        if target.key:
            argv += ["-i", target.key.ppk]
        if target.password is not None:
            secret = self.scratch / "password"
            secret.write_text(target.password + "\n")
            secret.chmod(0o600)
            argv += ["-pwfile", secret]
        if target.proxy_command:
            argv += ["-proxycmd", target.proxy_command]
        return [*argv, *words, f"{target.user}@{target.host}"]

    def judge(self, finished):
        """The user's name comes last in the output; it is never the reason."""
        state, reason = super().judge(finished)
        if reason.startswith("Using username"):
            lines = [line for line in finished.stdout.splitlines() if line.strip()]
            reason = lines[-1] if lines else reason
        return state, reason

    def perform(self, steps):
        batch = self.scratch / "batch"
        lines = [self.line(verb, arguments) for verb, *arguments in steps] + ["quit"]
        batch.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
        result = self.finish(steps, self.execute(self.argv("-b", batch)))
        if result.ok and any(step[0] == "ls" for step in steps):
            listing = result.said.rpartition(self._MARK)[2].splitlines()[1:]
            names = [line.split(None, 8)[8] for line in listing if len(line.split(None, 8)) == 9]
            result.names = [name for name in names if name not in (".", "..")]
        return result
