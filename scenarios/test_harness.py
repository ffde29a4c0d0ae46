"""The harness itself, against Debian's sshd: a wrong judgement here would hide a fault elsewhere."""

import json
import os
import socket
import sys

import pytest
from helpers import with_clients

from interop.clients import ALL
from interop.clients.base import STATES, VERBS
from interop.keys import KeyPair
from interop.process import children_of, run, wait_until
from interop.programs import REPOSITORY
from interop.servers import Sshd
from interop.servers.base import free_port

BENCH = REPOSITORY / "interop" / "bench" / "run"


@pytest.fixture
def sshd(make_server):
    return make_server(Sshd)


def some_step(kind):
    return ("ls", "") if "ls" in kind.verbs else ("put", __file__, "f")


@with_clients()
def test_reasons_of_failure_are_told_apart(sshd, client_kind, make_client, scratch):
    other = KeyPair(scratch / "other")
    step = some_step(client_kind)

    def state(**changes):
        result = make_client(client_kind, sshd, **changes).run_steps([step])
        assert result.state in STATES and (result.ok or result.reason)
        return result.state

    assert state() == "ok"
    assert state(key=other) == "auth"
    assert state(host_keys=(other.public_line,)) == "hostkey"
    assert state(port=free_port()) == "connect"


@with_clients("get")
def test_a_missing_file_is_the_servers_answer(sshd, client_kind, make_client, scratch):
    result = make_client(client_kind, sshd).get("nothing", scratch / "copy")
    assert result.state == "remote-error", str(result)


@with_clients()
def test_a_client_that_hangs_is_ended(client_kind, make_client, make_server):
    """A port that accepts and says nothing: the time limit ends the client and its helpers."""
    sshd = make_server(Sshd)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        client = make_client(client_kind, sshd, seconds=1.5, port=port)
        result = client.run_steps([some_step(client_kind)])
    assert result.state == "timeout", str(result)


def test_every_client_says_what_it_can():
    for kind in ALL:
        assert kind.name and kind.package and kind.verbs <= VERBS.keys()


def test_a_program_over_time_takes_its_children_with_it():
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    finished = run([sys.executable, "-c", code], seconds=0.7)
    assert finished.timed_out and finished.exit_code < 0
    assert wait_until(lambda: not [pid for pid in children_of(os.getpid()) if is_sleep(pid)])


def is_sleep(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as line:
            return line.read().split("\0")[:2] == ["sleep", "60"]
    except OSError:
        return False


def test_the_bench_measures_something(tmp_path):
    report = tmp_path / "bench.json"
    words = ["--quick", "--runs", "1", "--no-floor", "--peers", "sshd", "--only", "connect"]
    finished = run([BENCH, *words, "--json", report], seconds=60)
    assert finished.exit_code == 0, finished
    rows = {row["metric"]: row["medians"]["sshd"] for row in json.loads(report.read_text())["results"]}
    assert 10 < rows["time"] < 5000 and 1 < rows["CPU"] < 1000, "milliseconds"
    assert "| connect | CPU, ms |" in finished.stdout


def test_the_bench_refuses_other_builds_than_release(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "CMakeCache.txt").write_text("CMAKE_BUILD_TYPE:STRING=Debug\n")
    environment = {**os.environ, "SSH2CORE_BIN": str(tmp_path / "bin")}
    finished = run([BENCH, "--peers", "sftpd-lite"], env=environment)
    assert finished.exit_code == 2 and "Release" in finished.stderr, finished
