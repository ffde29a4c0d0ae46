"""interop/run as its users start it: reports, exit codes, a client and a server of their own."""

import json
import os
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from interop.clients import OpenSshSftp, Paramiko
from interop.keys import KeyStore
from interop.programs import REPOSITORY, give, program_folder
from interop.servers import Settings, SftpdLite

jsonschema = pytest.importorskip("jsonschema", reason="skipped: python3-jsonschema")
RUN = REPOSITORY / "interop" / "run"
SCHEMA = json.loads((REPOSITORY / "docs/schemas/interop-results.json").read_text())
CLIENT = """
name = "mine"
version = ["sftp", "-V"]
features = ["key"]
[verbs]
put = ["sh", "-c", "echo 'put {local} {remote}' | sftp -q -b - -P {port} -i {key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile={known_hosts} {user}@{host}"]
get = ["sh", "-c", "echo 'get {remote} {local}' | sftp -q -b - -P {port} -i {key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile={known_hosts} {user}@{host}"]
"""


def interop(tmp_path, *words, **environment):
    """Runs interop/run with a report in tmp_path; returns what it did, and results.json."""
    for kind in (OpenSshSftp, SftpdLite):
        if kind.detect().missing:
            pytest.skip(f"skipped: {kind.detect().missing}")
    finished = subprocess.run(
        [RUN, "--report", tmp_path / "report", "--jobs", "1", *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={**os.environ, **environment},
    )
    path = tmp_path / "report" / "results.json"
    return finished, json.loads(path.read_text()) if path.exists() else None


def states(results):
    return {cell["id"]: cell["state"] for cell in results["cells"]}


def test_a_cell_leaves_reports_and_artefacts(tmp_path):
    cell = "openssh-sftp/sftp/rename@sftpd-lite"
    finished, results = interop(tmp_path, "--cell", cell)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    jsonschema.validate(results, SCHEMA)
    assert states(results) == {cell: "pass"}
    [entry] = results["cells"]
    assert entry["negotiated"]["sftp_version"] == 3 and entry["negotiated"]["auth"] == "publickey"
    server, capture = entry["witnesses"]["server"], entry["witnesses"]["capture"]
    assert server.items() <= capture.items() and server["cipher_in"]
    for name, path in entry["artefacts"].items():
        assert (tmp_path / "report" / path).stat().st_size > 0, name
    assert {"command", "client", "events", "keylog", "pcap-1", "verdict"} <= entry["artefacts"].keys()
    assert results["packages"] and results["machine"]["kernel"]
    junit = ElementTree.parse(tmp_path / "report" / "junit.xml")
    assert [case.get("name") for case in junit.iter("testcase")] == ["rename"]
    assert cell in (tmp_path / "report" / "index.html").read_text()


@pytest.mark.parametrize(
    "words, message",
    [
        (["--cell", "nonsense"], "'nonsense' is no cell"),
        (["--client", "nobody"], "--client 'nobody' is not known"),
        (["--server", "ftpd"], "--server 'ftpd' is not known"),
        (["--scenario", "sftp/nothing"], "--scenario 'sftp/nothing' is not known"),
        (["--target", "[::1"], "write HOST:PORT"),
        (["--repeat", "0"], "--repeat takes a number from 1"),
        (["--client-file", "none.toml"], "none.toml"),
        (["--cell", "openssh-sftp/sftp/nothing@sshd"], "no such cell"),
        (["--cell", "openssh-sftp/sftp/list@sshd", "--cell", "openssh-sftp/sftp/lisst@sshd"], "lisst"),
        (["--client", "psftp", "--scenario", "probe/offer"], "no cell is selected"),
        (["--jobs", "many"], "--jobs 'many'"),
        (["--target", "localhost:22"], "needs --target-key or --target-password-env"),
        (["--target", "localhost:22", "--target-key", "none"], "is no file"),
        (["--server-command", "no-such-program {port}"], "no-such-program is not found"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path, words, message):
    finished, results = interop(tmp_path, *words)
    assert finished.returncode == 2 and results is None
    assert message in finished.stderr and len(finished.stderr.splitlines()) == 1


def test_the_list_shows_what_is_absent_and_why(tmp_path):
    finished, _ = interop(tmp_path, "--list", "--json")
    document = json.loads(finished.stdout)
    winscp = next(client for client in document["clients"] if client["name"] == "winscp")
    assert winscp["missing"] or winscp["version"]
    assert len(document["scenarios"]) >= 40


def test_a_client_of_ones_own(tmp_path):
    (tmp_path / "mine.toml").write_text(CLIENT)
    words = ["--client-file", "mine.toml", "--client", "mine", "--server", "sftpd-lite"]
    finished, results = interop(tmp_path, *words, "--scenario", "sftp/put-get", "--scenario", "sftp/rename")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert states(results) == {
        "mine/sftp/put-get@sftpd-lite": "pass",
        "mine/sftp/rename@sftpd-lite": "unsupported",
    }


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('name = "mine"', 'name = "My Client"', "name must be"),
        ('name = "mine"', "", "name is missing"),
        ('name = "mine"', 'name = "psftp"', "there is a client psftp already"),
        ("[verbs]", "[verbs]\nfly = ['x']", "verbs: 'fly' is not known"),
        ("{local}", "{locale}", "no value for {locale}"),
        ("features", "featured", "'featured' is not known"),
    ],
)
def test_mistakes_in_a_client_file(tmp_path, old, new, message):
    (tmp_path / "mine.toml").write_text(CLIENT.replace(old, new, 1))
    finished, _ = interop(tmp_path, "--client-file", "mine.toml", "--client", "mine")
    assert finished.returncode == 2 and message in finished.stderr


def test_a_server_that_a_command_starts(tmp_path):
    command = (
        f"{program_folder() / 'sftpd-lite'} --listen 127.0.0.1:{{port}} --root {{root}} "
        "--authorized-keys {authorized_keys} --host-key {host_key} --user {user}"
    )
    words = ["--client", "openssh-sftp", "--scenario", "sftp/put-get", "--server-command", command]
    finished, results = interop(tmp_path, *words, "--target-base", "/")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert states(results) == {"openssh-sftp/sftp/put-get@command": "pass"}
    again = shlex.split(results["cells"][0]["rerun"])
    assert again[again.index("--server-command") + 1] == command and "--target-base" in again
    assert results["cells"][0]["witnesses"]["server"] is None


def test_a_server_that_runs_already(tmp_path, scratch):
    """Cells work in folders of their own and leave nothing behind."""
    if Paramiko.detect().missing:
        pytest.skip(f"skipped: {Paramiko.detect().missing}")
    keys = KeyStore(scratch / "keys")
    server = SftpdLite(scratch / "server", settings=Settings(), keys=keys)
    (server.root / "inbox").mkdir()
    give(server.root)
    shutil.copy(server.key.private, tmp_path / "id")
    shutil.copy(server.key.public, tmp_path / "id.pub")
    with server:
        words = ["--target", f"127.0.0.1:{server.port}", "--target-user", "alice", "--target-key", "id"]
        words += ["--target-base", "/inbox", "--client", "openssh-sftp", "--scenario", "sftp/*", "--all"]
        finished, results = interop(tmp_path, *words)
        assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr
        assert list((server.root / "inbox").iterdir()) == []
    passed = [cell for cell in results["cells"] if cell["state"] == "pass"]
    assert len(passed) >= 20
    assert all(cell["witnesses"]["capture"] for cell in passed)


def test_a_baseline_shows_what_became_worse(tmp_path):
    cell = "openssh-sftp/sftp/rename@sftpd-lite"
    finished, results = interop(tmp_path, "--cell", cell)
    assert finished.returncode == 0
    old = tmp_path / "old.json"
    old.write_text(json.dumps(results))
    finished, _ = interop(tmp_path, "--cell", cell, "--baseline", old)
    assert finished.returncode == 0, finished.stdout
    # The server is not there now: the cell is skipped, which is no worse; a broken baseline is an error.
    old.write_text("{}")
    finished, _ = interop(tmp_path, "--cell", cell, "--baseline", old)
    assert finished.returncode == 3


def test_repeated_cells(tmp_path):
    cell = "openssh-sftp/sftp/list@sftpd-lite"
    finished, results = interop(tmp_path, "--cell", cell, "--repeat", "3")
    assert finished.returncode == 0 and states(results) == {cell: "pass"}
    assert len(results["cells"][0]["runs"]) == 3
