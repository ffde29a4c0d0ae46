"""TCP wrappers in front: inetd starts tcpd, which starts sftpd-lite or hangs up, by its own lists.

libwrap reads /etc/hosts.allow and /etc/hosts.deny alone: inetd gets two of its own, in a mount namespace."""

import os
import shlex
from pathlib import Path

import pytest
from helpers import succeeded

from interop.clients import OpenSshSftp
from interop.process import run
from interop.servers.base import free_port
from interop.servers.sftpd_lite import InetdMode

LISTS = ("hosts.allow", "hosts.deny")
TCPD = Path("/usr/sbin/tcpd")

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="skipped: a mount namespace needs root"),
    pytest.mark.skipif(not TCPD.exists(), reason="skipped: no tcpd"),
]


class TcpdMode(InetdMode):
    """Below inetd and tcpd, whose lists stand in `folder`."""

    name = "sftpd-lite-tcpd"

    def apart(self, *words):
        """The words of a command that sees our lists."""
        mounts = " && ".join(f"mount --bind {shlex.quote(str(self.folder))}/{name} /etc/{name}" for name in LISTS)
        return ["unshare", "-m", "sh", "-c", f'mount --make-rprivate / && {mounts} && exec "$@"', "sh", *words]

    def allow(self, allowed, denied):
        for name, text in zip(LISTS, (allowed, denied)):
            (self.folder / name).write_text(text + "\n")

    def start(self):
        self.port = free_port(self.host)
        script = self.folder / "sftpd-lite"  # the name that the lists know
        script.write_text(f"#!/bin/sh\nexec {shlex.join(self.session_command())}\n")
        script.chmod(0o755)
        inetd = self.folder / "inetd.conf"
        inetd.write_text(f"{self.host}:{self.port} stream tcp nowait nobody {TCPD} {script} --inetd\n")
        self.allow("", "")
        if run(self.apart("true"), seconds=10).exit_code != 0:
            pytest.skip("skipped: no mount namespace here, or no /etc/hosts.allow to put one over")
        self.launch(self.apart("inetd", "-i", "-E", "-R", "10000", str(inetd)))
        self.wait_for_port()


@pytest.mark.parametrize("allowed, denied, welcome", [
    ("", "", True),
    ("", "sftpd-lite: 127.0.0.1", False),
    ("", "ALL: ALL", False),
    ("sftpd-lite: 127.", "ALL: ALL", True),
    ("sshd: ALL", "ALL: ALL", False),
    ("", "sftpd-lite: 10.0.0.0/8", True),
    ("sftpd-lite: 127.0.0.1: deny", "", False),
])
def test_tcpd_decides(make_server, make_client, allowed, denied, welcome):
    server = make_server(TcpdMode)
    server.allow(allowed, denied)
    before = len(server.all("session_open"))
    result = make_client(OpenSshSftp, server).ls("")
    if welcome:
        succeeded(result)
        assert server.wait_event("session_open", before + 1)[-1]["peer"].startswith("127.0.0.1:")
    else:
        assert not result.ok and len(server.all("session_open")) == before
