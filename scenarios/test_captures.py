"""--keylog and --pcap: Wireshark's own tshark reads them and sees the SFTP requests."""

import shutil
import subprocess

import pytest
from helpers import succeeded

from interop.clients import OpenSshSftp
from interop.clients.base import Algorithms
from interop.servers import SftpdLite


def test_tshark_sees_behind_the_encryption(make_server, make_client, scratch):
    if not shutil.which("tshark"):
        pytest.skip("skipped: no tshark")
    folder = scratch / "captures"
    folder.mkdir()
    folder.chmod(0o777)
    log, capture = folder / "keys.log", folder / "capture"
    server = make_server(options=["--keylog", str(log), "--pcap", str(capture)])
    server.root.joinpath("found.txt").write_text("x")
    readable = Algorithms(kex="curve25519-sha256", cipher="aes128-gcm@openssh.com")
    succeeded(make_client(OpenSshSftp, server, algorithms=readable).ls(""))
    server.wait_event("session_close")
    [pcap] = folder.glob("capture.*.pcap")
    assert pcap.stat().st_mode & 0o077 == 0 and log.stat().st_mode & 0o077 == 0
    shown = subprocess.run(
        ["tshark", "-r", pcap, "-d", f"tcp.port=={server.port},ssh", "-V",
         "-o", "tcp.check_checksum:TRUE", "-o", f"ssh.keylog_file:{log}"],
        capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert "User Authentication Success" in shown
    assert "SSH_FXP_OPENDIR" in shown
    assert "[Checksum Status: Bad]" not in shown and "[Checksum Status: Good]" in shown
