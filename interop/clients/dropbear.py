"""Dropbear's dbclient: remote commands, and SFTP by OpenSSH's sftp with dbclient below it (`-S`)."""

import shlex

from interop.clients.base import Client, Result, Unsupported
from interop.clients.openssh import OpenSshSftp, marker
from interop.process import run


class Dbclient(OpenSshSftp):
    """The SSH side is dbclient's, the SFTP side sftp's. Each exec is a connection of its own."""

    name = "dbclient"
    family = "dropbear"
    program = "dbclient"
    package = "dropbear-bin, openssh-client"
    verbs = OpenSshSftp.verbs | {"exec"}
    features = frozenset("key password hostkey proxy ipv6 space utf8 bytes glob both".split())
    key_types = Client.key_types
    software = r"^dropbear_2022\.83$"
    lacks = {
        **{name: why for name, why in OpenSshSftp.lacks.items() if name != "exec"},
        "algorithms": "dbclient 2022.83 can set ciphers and MACs, but neither kex nor host key",
        "compression": "dbclient 2022.83 offers zlib always, without an option",
        "dsa": "Debian builds dbclient 2022.83 without DSA",
        "ed448": "dbclient 2022.83 has no Ed448",
        "rsa-sha1": "dbclient 2022.83 signs with SHA-2 only where the server knows it",
        "prompts": "dbclient 2022.83 has one answer, in DROPBEAR_PASSWORD",
        "two-keys": "dbclient 2022.83 gives up after a key that is not enough",
        "rekey": "dbclient 2022.83 has no option for it",
    }

    @classmethod
    def detect(cls):
        found = super().detect()
        sftp = OpenSshSftp.detect()
        return sftp if found.version and sftp.missing else found

    @classmethod
    def version(cls):
        return run(["dbclient", "-V"], seconds=10).said.strip()

    def connect(self):
        """dbclient up to the destination."""
        target = self.target
        wanted = target.algorithms
        if wanted.kex or wanted.host_key:
            raise Unsupported(self.lacks["algorithms"])
        if wanted.compression is False:
            raise Unsupported(self.lacks["compression"])
        words = ["dbclient", "-T", "-p", str(target.port)]
        if not self.pin():
            words += ["-y", "-y"]
        if target.key:
            words += ["-i", str(self.key())]
        if target.proxy_command:
            words += ["-J", target.proxy_command]
        for option, value in (("-c", wanted.cipher), ("-m", wanted.mac)):
            words += [option, value] if value else []
        return words

    def pin(self):
        """dbclient reads ~/.ssh/known_hosts, by the plain host name whatever the port."""
        folder = self.scratch / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        lines = [f"{self.target.host} {key}\n" for key in self.target.host_keys]
        (folder / "known_hosts").write_text("".join(lines))
        return bool(lines)

    def key(self):
        """The private key in dropbear's own format."""
        path = self.scratch / "key.db"
        if not path.exists():
            run(["dropbearconvert", "openssh", "dropbear", self.target.key.private, path])
        return path

    def environment(self, **more):
        """With this variable dbclient never asks; an empty one only lets a refused key end soon."""
        return Client.environment(self, DROPBEAR_PASSWORD=self.target.password or "", **more)

    def argv(self, *words):
        """sftp, which takes a wrapper for ssh; the wrapper ignores what sftp would tell ssh."""
        wrapper = self.scratch / "wrapper"
        destination = f"{self.target.user}@{self.target.host}"
        line = shlex.join([*self.connect(), "-s", destination, "sftp"])
        wrapper.write_text(f"#!/bin/sh\nexec {line}\n")
        wrapper.chmod(0o755)
        words = [word for word in words if word != "-oBatchMode=no"]
        return ["sftp", *words, "-F", "none", "-S", wrapper, "matrix"]

    def perform(self, steps):
        self.check_verbs(steps)
        if not any(step[0] == "exec" for step in steps):
            return super().perform(steps)
        result = Result(self.name, steps)
        for step in steps:
            one = self.command(step) if step[0] == "exec" else super().perform([step])
            result.runs += one.runs
            result.state, result.reason = one.state, one.reason
            for field in ("names", "attributes", "output"):
                if getattr(one, field) is not None:
                    setattr(result, field, getattr(one, field))
            if not result.ok:
                break
        return result

    def judge(self, finished):
        """A server that has enough of wrong logins disconnects; dbclient does not tell why."""
        state, reason = super().judge(finished)
        line = next((one for one in finished.stderr.splitlines() if "Disconnect received" in one), None)
        if line and state == "remote-error" and marker(0) not in finished.stdout:
            return "auth", line
        return state, reason

    def command(self, step):
        """A remote command; dbclient ends with its code, or with 1 after `dbclient: ...`."""
        destination = f"{self.target.user}@{self.target.host}"
        finished = self.execute([*self.connect(), destination, step[1]])
        result = self.finish([step], finished, output=finished.stdout)
        own = [line for line in finished.stderr.splitlines() if line.startswith("dbclient: ")]
        if finished.exit_code > 0 and not own and result.state != "timeout":
            result.state, result.reason = "remote-error", f"exit code {finished.exit_code}"
        return result
