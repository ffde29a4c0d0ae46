"""What a client was told is true: errors of the file system below reach the request that they belong to, whole files are
whole, and with HiddenStores the old content stays when the new one could not be kept. ENOSPC: test_file_rules.py, test_scp.py."""

import os
import subprocess
import sys

import pytest
from helpers import host, same, succeeded
from test_file_rules import Raw

from interop.clients import OpenSshScpLegacy, OpenSshSftp
from interop.process import run, wait_until
from interop.programs import give, new_folder

FAILURE = 4
PIECE = 32768
PROGRAM = os.path.join(os.path.dirname(__file__), "..", "interop", "failing_files.py")


@pytest.fixture
def failing():
    """failing("write", "EIO", 100000) mounts a folder in which writes behind that byte fail; gives folder and mount."""
    mounted = []

    def make(call, error, at=0):
        if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
            pytest.skip("skipped: needs root and /dev/fuse")
        if subprocess.run([sys.executable, "-c", "import fuse"], capture_output=True, check=False).returncode:
            pytest.skip("skipped: python3-fuse is not installed")
        folder, mount = new_folder(), new_folder()
        give(folder)
        process = subprocess.Popen([sys.executable, PROGRAM, str(folder), str(mount), call, error, str(at)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        mounted.append((process, mount, folder))
        wait_until(lambda: os.path.ismount(mount) or process.poll() is not None, 10)
        if not os.path.ismount(mount):
            process.terminate()
            said = process.communicate(timeout=10)[1].decode()
            assert "Traceback" not in said, said
            pytest.skip(f"skipped: FUSE cannot mount here: {said}")
        return folder, mount

    yield make
    for process, mount, folder in mounted:
        run(["umount", "-l", mount], seconds=10)
        process.terminate()
        process.communicate(timeout=10)
        run(["rm", "-rf", folder], seconds=10)
        mount.rmdir()


@pytest.fixture
def serving(make_server, scratch):
    """serving(root, "HiddenStores on") starts a server on that root under such a configuration."""

    def make(root, *lines):
        path = scratch / "durable.conf"
        path.write_text(host("AllowOverwrite on", *lines))
        path.chmod(0o644)
        return make_server(root=root, options=["--config", path])

    return make


@pytest.mark.parametrize("error", ["EIO", "EDQUOT", "ENOSPC"])
def test_pipelined_writes_have_their_own_answers(error, failing, serving):
    """All that was answered OK is in the file; all that was not is refused, each WRITE for itself."""
    folder, mount = failing("write", error, 10 * PIECE)
    raw = Raw(serving(mount))
    handle = raw.open("f")
    for number in range(20):
        raw.write(number, handle, number * PIECE, bytes([number + 1]) * PIECE)
    answers = [raw.status() for _ in range(20)]
    assert [number for number, _ in answers] == list(range(20))
    assert [code for _, code in answers] == [0] * 10 + [FAILURE] * 10
    raw.write(30, handle, 0, b"again" + bytes(PIECE))  # the session and the handle go on
    assert raw.status() == (30, 0)
    raw.close_file(handle)
    raw.end()
    content = (folder / "f").read_bytes()
    assert content[:5] == b"again" and len(content) == 10 * PIECE
    for number in range(2, 10):
        assert content[number * PIECE : (number + 1) * PIECE] == bytes([number + 1]) * PIECE


@pytest.mark.parametrize("error, said", [("EIO", "Failure"), ("EDQUOT", "Failure")])
@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "hidden"])
def test_sftp_hears_of_it_and_hidden_stores_keep_the_old(hidden, error, said, failing, serving, make_client, random_file):
    folder, mount = failing("write", error, 100_000)
    (folder / "f").write_bytes(b"old content")
    (folder / "f").chmod(0o666)
    give(folder)
    client = make_client(OpenSshSftp, serving(mount, f"HiddenStores {'on' if hidden else 'off'}"))
    big, small = random_file(400_000), random_file(50_000)
    result = client.put(big, "f")
    assert not result.ok and said in str(result), result
    if hidden:
        assert (folder / "f").read_bytes() == b"old content"
        assert sorted(path.name for path in folder.iterdir()) == ["f"]
    succeeded(client.put(small, "f"))
    assert same(small, folder / "f")


@pytest.mark.parametrize("error", ["EIO", "EDQUOT"])
@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "hidden"])
def test_scp_hears_of_it(hidden, error, failing, serving, make_client, random_file):
    folder, mount = failing("write", error, 100_000)
    (folder / "f").write_bytes(b"old content")
    (folder / "f").chmod(0o666)
    give(folder)
    client = make_client(OpenSshScpLegacy, serving(mount, f"HiddenStores {'on' if hidden else 'off'}"))
    result = client.put(random_file(400_000), "f")
    assert not result.ok and ("nput/output" in str(result) or "uota" in str(result)), result
    if hidden:
        assert (folder / "f").read_bytes() == b"old content"
        assert sorted(path.name for path in folder.iterdir()) == ["f"]


@pytest.mark.parametrize("call", ["flush", "fsync"])
def test_errors_that_come_late(call, failing, serving):
    """What close(2) or fsync(2) still says is told to CLOSE or fsync@openssh.com; a hidden store stays away then."""
    folder, mount = failing(call, "EIO")
    (folder / "f").write_bytes(b"old content")
    (folder / "f").chmod(0o666)
    give(folder)
    server = serving(mount, "HiddenStores on")
    raw = Raw(server)
    handle = raw.open("f")
    raw.write(1, handle, 0, b"new content")
    assert raw.status() == (1, 0)
    if call == "fsync":
        name = b"fsync@openssh.com"
        raw.send(200, (7).to_bytes(4, "big") + len(name).to_bytes(4, "big") + name + len(handle).to_bytes(4, "big") + handle)
        assert raw.status() == (7, FAILURE)
        assert raw.close_file(handle) == 0
        assert (folder / "f").read_bytes() == b"new content"
    else:
        assert raw.close_file(handle) == FAILURE
        assert (folder / "f").read_bytes() == b"old content"
    raw.end()


@pytest.mark.parametrize("kind", [OpenSshSftp, OpenSshScpLegacy], ids=lambda kind: kind.name)
def test_a_read_only_file_system(kind, serving, make_client, random_file, scratch):
    if os.geteuid() != 0:
        pytest.skip("skipped: only root can mount")
    folder, mount = new_folder(), new_folder()
    (folder / "f").write_bytes(b"old content")
    give(folder)
    try:
        if run(["mount", "--bind", folder, mount], seconds=10).exit_code:
            pytest.skip("skipped: no bind mounts here")
        client = make_client(kind, serving(mount))
        if run(["mount", "-o", "remount,bind,ro", mount], seconds=10).exit_code:
            pytest.skip("skipped: no read-only bind mounts here")
        for name in ("f", "new"):
            result = client.put(random_file(10), name)
            said = "ead-only file system" if kind is OpenSshScpLegacy else "ermission denied"
            assert not result.ok and said in str(result), result
        succeeded(client.get("f", scratch / "back"))
        assert (scratch / "back").read_bytes() == b"old content" and [one.name for one in folder.iterdir()] == ["f"]
    finally:
        run(["umount", "-l", mount], seconds=10)
        run(["rm", "-rf", folder], seconds=10)
        mount.rmdir()
