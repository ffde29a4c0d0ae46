"""Servers for the tests: ours in every mode, and the references that it is compared with."""

from interop.servers.base import Server, ServerFailed
from interop.servers.proftpd import Proftpd
from interop.servers.record import SessionRecord
from interop.servers.settings import Settings, UnsupportedSetting
from interop.servers.sftpd_lite import InetdMode, ProxyMode, SftpdLite, SocatMode, SubsystemMode
from interop.servers.sshd import Sshd

REFERENCES = (Sshd, Proftpd)
MODES = (SftpdLite, InetdMode, SocatMode, ProxyMode, SubsystemMode)

__all__ = [
    "MODES",
    "REFERENCES",
    "InetdMode",
    "Proftpd",
    "ProxyMode",
    "Server",
    "ServerFailed",
    "SessionRecord",
    "Settings",
    "SftpdLite",
    "SocatMode",
    "Sshd",
    "SubsystemMode",
    "UnsupportedSetting",
]
