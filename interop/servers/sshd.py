"""OpenSSH's server on a private port, started in the foreground with its own configuration."""

import os
import shutil
from pathlib import Path

from interop.keys import KeyPair
from interop.process import run
from interop.servers.base import Server, caller, changed, free_port


class Sshd(Server):
    """Serves internal-sftp, or the given subsystem command, to the given user by key.

    By default only what a test needs is set. With debian=True the lines of Debian's sshd_config
    are kept, as the benchmark wants them.
    """

    name = "sshd"
    program = "/usr/sbin/sshd"
    package = "openssh-server"
    _DEBIAN = (
        "KbdInteractiveAuthentication no",
        "UsePAM yes",
        "X11Forwarding yes",
        "PrintMotd no",
        "AcceptEnv LANG LC_*",
    )

    def __init__(self, folder, root=None, *, subsystem="internal-sftp", user=None, debian=False,
                 key=None, lines=(), login=None):
        super().__init__(folder, root)
        self.user = user or caller()
        self.key = key or KeyPair(self.folder / "user")
        self.host_key = KeyPair(self.folder / "host")
        self.subsystem = subsystem
        self.lines = tuple(lines) + (self._DEBIAN if debian else ("UsePAM no", "PrintMotd no"))
        self.login = login

    @classmethod
    def version(cls):
        return run(["ssh", "-V"], seconds=10).said.strip()  # sshd 9.2 has no option for it

    def configuration(self):
        keys = self.folder / "authorized_keys"
        keys.write_text(self.key.public.read_text())
        keys.chmod(0o644)
        return "\n".join(
            [
                f"Port {self.port}",
                f"ListenAddress {self.host}",
                f"HostKey {self.host_key.private}",
                f"AuthorizedKeysFile {keys}",
                "PidFile none",
                "StrictModes no",  # the test's folder lies below a world-writable one
                f"Subsystem sftp {self.subsystem}",
                *self.lines,
                "",
            ]
        )

    def start(self):
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists on it
        self.port = free_port()
        path = self.folder / "sshd_config"
        path.write_text(self.configuration())
        self.launch([shutil.which(self.program), "-D", "-e", "-f", path])
        self.wait_for_port()

    def target(self, **changes):
        defaults = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "key": self.key,
            "host_keys": (self.host_key.public_line,),
            "base": str(self.root),
        }
        return changed(defaults, changes)
