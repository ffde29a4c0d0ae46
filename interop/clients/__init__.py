"""One adapter per real client program; ALL is what the tests and the matrix iterate over."""

from interop.clients.base import Algorithms, Client, Detection, Result, Target, Unsupported
from interop.clients.curl import Curl
from interop.clients.lftp import Lftp
from interop.clients.libraries import AsyncSsh, Paramiko
from interop.clients.openssh import OpenSsh, OpenSshScp, OpenSshSftp
from interop.clients.putty import Psftp

ALL = (OpenSshSftp, OpenSshScp, Psftp, Lftp, Curl, Paramiko, AsyncSsh)

__all__ = [
    "ALL",
    "Algorithms",
    "AsyncSsh",
    "Client",
    "Curl",
    "Detection",
    "Lftp",
    "OpenSsh",
    "OpenSshScp",
    "OpenSshSftp",
    "Paramiko",
    "Psftp",
    "Result",
    "Target",
    "Unsupported",
]
