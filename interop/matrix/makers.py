"""How the matrix makes its servers: each of ours and the references, and one that a user names."""

from interop.matrix.foreign import CommandServer, TargetServer, split_address
from interop.servers import InetdMode, Proftpd, SftpdLite, Sshd, SubsystemMode

KINDS = {
    "sftpd-lite": SftpdLite,
    "sshd": Sshd,
    "proftpd": Proftpd,
    "sftpd-lite-inetd": InetdMode,
    "sftpd-lite-subsystem": SubsystemMode,
}


_NO_COMMANDS = {"exec": "sftpd-lite runs no commands, by design"}
LACKS = {
    "sftpd-lite": _NO_COMMANDS,
    "sftpd-lite-inetd": _NO_COMMANDS,
    "sftpd-lite-subsystem": {"scp": "of the SSH session only SFTP is ours: its scp is sshd's"},
    "proftpd": {"exec": "mod_sftp runs no commands"},
}


class Maker:
    """A server by name: whether it is here, and a fresh one for each cell."""

    def __init__(self, kind, lacks=None):
        self.kind = kind
        self.lacks = lacks or {}  # service, verb or feature -> why the server does not have it

    def detect(self):
        return self.kind.detect()

    def make(self, folder, settings, keys, key):
        """A server that is not yet started; `key` replaces the user's key of the store."""
        more = {"key": key} if key else {}
        return self.kind(folder, settings=settings, keys=keys, **more)


def makers(options):
    """Name -> Maker. A server that the user named stands alone."""
    if options.target and options.server_command:
        raise ValueError("--target and --server-command exclude each other")
    if options.target:
        split_address(options.target)
        TargetServer.check(options)
        return {"target": TargetServer.maker(options)}
    if options.server_command:
        CommandServer.check(options)
        return {"command": CommandServer.maker(options)}
    return {name: Maker(kind, LACKS.get(name)) for name, kind in KINDS.items()}
