"""One adapter per real client program; ALL is what the matrix iterates over."""

from interop.clients.base import Algorithms, Client, Detection, Result, Target, Unsupported
from interop.clients.c_libraries import LibSsh, LibSsh2
from interop.clients.conch import Cftp
from interop.clients.curl import Curl, CurlScp
from interop.clients.dropbear import Dbclient
from interop.clients.erlang import ErlangSftp
from interop.clients.filezilla import FileZilla
from interop.clients.jsch import JSch
from interop.clients.lftp import Lftp
from interop.clients.libraries import AsyncSsh, Paramiko
from interop.clients.node import Ssh2SftpClient
from interop.clients.openssh import OpenSsh, OpenSshScp, OpenSshScpLegacy, OpenSshSftp, OpenSshSsh
from interop.clients.perl import NetSftpForeign, NetSsh2
from interop.clients.php import Phpseclib2, Phpseclib3
from interop.clients.putty import Plink, Pscp, PscpScp, Psftp
from interop.clients.rclone import Rclone
from interop.clients.ruby import NetSftp
from interop.clients.sshfs import Sshfs
from interop.clients.winscp import WinScp
from interop.clients.winscp_profile import WinScpProfile

# The clients that the tests of our own server's behaviour are run with.
FIRST = (OpenSshSftp, OpenSshScp, Psftp, Lftp, Curl, Paramiko, AsyncSsh)

# All, in the order of depth: the first are meant to be perfect.
ALL = (
    OpenSshSftp,
    OpenSshScp,
    OpenSshScpLegacy,
    OpenSshSsh,
    Psftp,
    Pscp,
    PscpScp,
    Plink,
    FileZilla,
    Paramiko,
    Lftp,
    Curl,
    CurlScp,
    AsyncSsh,
    WinScpProfile,
    WinScp,
    NetSftp,
    Dbclient,
    LibSsh,
    LibSsh2,
    Rclone,
    Phpseclib2,
    Phpseclib3,
    Sshfs,
    Ssh2SftpClient,
    NetSftpForeign,
    NetSsh2,
    ErlangSftp,
    Cftp,
    JSch,
)

__all__ = [
    "ALL",
    "FIRST",
    "Algorithms",
    "AsyncSsh",
    "Cftp",
    "Client",
    "Curl",
    "CurlScp",
    "Dbclient",
    "Detection",
    "ErlangSftp",
    "FileZilla",
    "JSch",
    "Lftp",
    "LibSsh",
    "LibSsh2",
    "NetSftp",
    "NetSftpForeign",
    "NetSsh2",
    "OpenSsh",
    "OpenSshScp",
    "OpenSshScpLegacy",
    "OpenSshSftp",
    "OpenSshSsh",
    "Paramiko",
    "Phpseclib2",
    "Phpseclib3",
    "Plink",
    "Pscp",
    "PscpScp",
    "Psftp",
    "Rclone",
    "Result",
    "Ssh2SftpClient",
    "Sshfs",
    "Target",
    "Unsupported",
    "WinScp",
    "WinScpProfile",
]
