"""One adapter per real client program; ALL is what the matrix iterates over."""

from interop.clients.base import Algorithms, Client, Detection, Result, Target, Unsupported
from interop.clients.curl import Curl
from interop.clients.lftp import Lftp
from interop.clients.libraries import AsyncSsh, Paramiko
from interop.clients.openssh import OpenSsh, OpenSshScp, OpenSshSftp
from interop.clients.putty import Psftp

# The clients that the tests of our own server's behaviour are run with.
FIRST = (OpenSshSftp, OpenSshScp, Psftp, Lftp, Curl, Paramiko, AsyncSsh)

ALL = (*FIRST,)

__all__ = [
    "ALL",
    "FIRST",
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
