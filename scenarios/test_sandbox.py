"""What a session gives up once its user is known, and what it still can do."""

import ctypes
import ctypes.util
import errno
import os
import subprocess

import pytest
from conftest import need
from helpers import answer, logged, mode_of, same

from interop.clients import OpenSshSftp
from interop.process import run
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

REQUIRE = ("--sandbox", "require")


@pytest.fixture
def required():
    """Skips where the kernel, or this build, cannot do it; says so in its own words."""
    need(SftpdLite)
    who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
    finished = run([binary(), "--check", *who, "--root", "/tmp", *REQUIRE], seconds=10)
    if "cannot be had" in finished.stdout:
        pytest.skip("skipped: " + finished.stdout.strip())


@pytest.fixture
def inside(required, logging, make_client):
    """A running session with the sandbox that must be there, the server and the process's status."""
    server, log = logging("Sandbox require", options=["--log-level", "debug"])
    client = make_client(OpenSshSftp, server)
    process = subprocess.Popen(client.argv("-b", "-"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=client.environment())  # fmt: skip
    assert server.wait_event("sftp")
    (session,) = server.sessions()
    with open(f"/proc/{session}/status") as lines:
        status = dict(line.split(":", 1) for line in lines)
    yield log, {name: value.strip() for name, value in status.items()}
    process.kill()
    process.wait()


def test_the_kernel_agrees(inside):
    log, status = inside
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2" and int(status["Seccomp_filters"]) >= 1
    said = logged(log, "sandbox landlock_abi=")
    assert "file_tree=confined" in said and "system_calls=filtered" in said, said


def test_all_that_a_client_does_still_works(required, make_server, make_client, random_file):
    server = make_server(options=REQUIRE)
    client = make_client(OpenSshSftp, server)
    file = random_file(3_000_000, "file")
    back = file.with_name("back")
    answer(
        client,
        "mkdir folder", f"put -p {file} folder/file", "ln folder/file hard", "ln -s folder/file soft",
        "rename hard folder/hard", "chmod 640 folder/hard", "ls -la folder", "ls -lan", "df", "df -h folder",
        "copy folder/file copied", f"get -p soft {back}", "rm copied",
        "mkdir gone", "rmdir gone",
    )  # fmt: skip
    assert same(file, back) and mode_of(server.root / "folder" / "hard") == 0o640
    assert not server.crash_reports()


def test_names_of_owners_are_known(required, make_server, make_client, served_by):
    server = make_server(options=REQUIRE)
    (server.root / "file").write_text("")
    listing = answer(make_client(OpenSshSftp, server), "ls -l")
    assert server.root.joinpath("file").owner() in listing


def without_landlock():
    """Makes landlock_create_ruleset(2) fail in this process, as on a kernel that has none."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(0x7FFF0000))  # SCMP_ACT_ALLOW
    fail = 0x00050000 | errno.ENOSYS  # SCMP_ACT_ERRNO
    assert library.seccomp_rule_add(context, ctypes.c_uint32(fail), ctypes.c_int(444), ctypes.c_uint(0)) == 0
    assert library.seccomp_load(context) == 0


@pytest.mark.parametrize("mode, code", [("require", 2), ("auto", 0), ("off", 0)])
def test_a_kernel_without_landlock(required, tmp_path, mode, code):
    who = ["--run-as", "nobody", "--user", "alice"] if os.geteuid() == 0 else []
    words = [binary(), "--check", *who, "--root", tmp_path, "--sandbox", mode]
    finished = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=20,
                              preexec_fn=without_landlock, check=False)  # fmt: skip
    assert finished.returncode == code or (code == 0 and finished.returncode == 1), finished
    assert ("the kernel has no Landlock" in finished.stdout) is (mode == "require"), finished


def test_the_root_of_the_machine_is_no_sandbox(required):
    who = ["--run-as", "nobody", "--user", "alice"] if os.geteuid() == 0 else []
    finished = run([binary(), "--check", *who, "--root", "/", *REQUIRE], seconds=10)
    assert finished.exit_code == 2 and "the root is /" in finished.stdout, finished


def test_subsystem_mode_has_it_too(required, lite_command, scratch):
    refused = lite_command("--subsystem", *REQUIRE, stdin=b"")
    assert refused.exit_code == 2 and "the root is /" in refused.stderr, refused
    tree = scratch / "tree"
    tree.mkdir()
    tree.chmod(0o777)
    init = bytes.fromhex("00000005 01 00000003".replace(" ", ""))
    served = lite_command("--subsystem", *REQUIRE, "--root", tree, stdin=init)
    assert served.exit_code == 0, served


def test_an_unknown_word(lite_command):
    refused = lite_command("--check", "--sandbox", "maybe")
    assert refused.exit_code == 2 and "off, auto or require" in refused.stderr, refused
