"""The servers that are compared, set up alike: same user, folder and kind of host key."""

import os

from interop.bench.meter import new_meter
from interop.process import wait_until
from interop.programs import account
from interop.servers import Proftpd, SftpdLite, Sshd
from interop.servers.base import free_port

KEX = "curve25519-sha256"  # what all three have


class LoggingSftpdLite(SftpdLite):
    """As a user starts it: a text log in a file, no JSON."""

    def command(self, *mode):
        words = super().command(*mode)
        words.remove("--json")
        return [*words, "--log", str(self.folder / "sftpd-lite.log")]

    def start(self):
        self.port = free_port()
        self.launch(self.command("--listen", f"{self.host}:{self.port}"), cwd=self.root)
        self.wait_for_port()


def make_peer(name, folder, root):
    """A server that is not yet started, in Debian's configuration where it is Debian's."""
    user = account().pw_name
    if name == "sshd":
        return Sshd(folder, root, user=user, debian=True)
    if name == "proftpd":
        return Proftpd(folder, root, user=user, lines=["MaxInstances 300"])
    return LoggingSftpdLite(folder, root, users=(user,), as_root=os.getuid() == 0)


class Peer:
    """A started server with its meter."""

    NAMES = ("sshd", "proftpd", "sftpd-lite")

    def __init__(self, name, folder, root, meter_kind):
        self.name = name
        self.meter = new_meter(name, meter_kind)
        self.server = make_peer(name, folder, root)
        self.server.popen_options = self.meter.popen_options()
        self.server.start()
        self.meter.attach(self.server)

    def cpu(self):
        return self.meter.cpu()

    def settle(self):
        """Waits until no session is left, so that its whole CPU time is counted."""
        if not wait_until(lambda: not self.server.sessions(), 20):
            raise RuntimeError(f"{self.name}: sessions do not end: {self.server.sessions()}")

    def stop(self):
        self.server.stop()
        self.meter.close()
