"""interop/report/merge.py: the cells of several results.json in one."""

import json
import subprocess

import pytest

from interop.programs import REPOSITORY
from interop.report.merge import main
from interop.report.results import Results, totals
from interop.tests.report_sample import cell, new_results


def results(folder, *cells, **changes):
    made = new_results(folder)
    for entry in cells:
        made.add(entry)
    for name, value in changes.items():
        setattr(made, name, value)
    made.write()
    return folder / "results.json"


def client(name, version=None, missing=None):
    return {"name": name, "family": name, "version": version, "missing": missing}


@pytest.fixture
def parts(tmp_path):
    """A run without winscp and one that has it alone."""
    linux = results(
        tmp_path / "linux",
        cell("psftp/sftp/put@sftpd-lite"),
        cell("winscp/sanity/transfer@sftpd-lite", "skipped", reason="winscp.com not found"),
        clients=[client("psftp", "0.78"), client("winscp", missing="winscp.com not found")],
    )
    windows = results(
        tmp_path / "windows",
        cell("winscp/sanity/transfer@sftpd-lite"),
        cell("winscp/sftp/put@sftpd-lite", "fail", reason="no bytes"),
        clients=[client("psftp", missing="not installed"), client("winscp", "WinSCP 6.6.3")],
    )
    return linux, windows


def load(path):
    return json.loads(path.read_text())


def test_cells_of_all_and_the_last_of_the_same(parts, tmp_path):
    assert main([str(tmp_path / "all.json"), *map(str, parts)]) == 0
    document = load(tmp_path / "all.json")
    assert {entry["id"]: entry["state"] for entry in document["cells"]} == {
        "psftp/sftp/put@sftpd-lite": "pass",
        "winscp/sanity/transfer@sftpd-lite": "pass",
        "winscp/sftp/put@sftpd-lite": "fail",
    }
    assert document["totals"] == {"pass": 2, "fail": 1} == totals(document["cells"])
    assert document["started"] == load(parts[0])["started"]


def test_a_later_verdict_replaces_and_is_not_mixed(tmp_path):
    parts = [
        results(tmp_path / state, cell("psftp/sftp/put@sshd", state, reason="x")) for state in ("pass", "fail")
    ]
    for order, wanted in ((parts, {"fail": 1}), (parts[::-1], {"pass": 1})):
        assert main([str(tmp_path / "all.json"), *map(str, order)]) == 0
        document = load(tmp_path / "all.json")
        assert document["totals"] == wanted and document["cells"][0]["flaky"] is False


def test_clients_are_listed_once_and_as_they_were_where_they_were(parts, tmp_path):
    main([str(tmp_path / "all.json"), *map(str, parts)])
    found = {entry["name"]: entry for entry in load(tmp_path / "all.json")["clients"]}
    assert found["winscp"]["version"] == "WinSCP 6.6.3" and found["winscp"]["missing"] is None
    assert found["psftp"]["version"] == "0.78"


def test_the_output_may_be_an_input_and_a_folder_will_do(parts, tmp_path):
    linux, windows = parts
    assert main([str(linux), str(linux), str(windows.parent)]) == 0
    assert len(Results.load(linux).cells) == 3


def test_what_is_no_results_file_is_refused(parts, tmp_path, capsys):
    (tmp_path / "other.json").write_text('{"schema": "something/else"}')
    for bad in ("other.json", "nowhere.json"):
        assert main([str(tmp_path / "all.json"), str(parts[0]), str(tmp_path / bad)]) == 3
        assert bad in capsys.readouterr().err
    assert not (tmp_path / "all.json").exists()


def test_it_is_a_program(parts, tmp_path):
    program = REPOSITORY / "interop/report/merge.py"
    done = subprocess.run([program, tmp_path / "all.json", *parts], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([program], capture_output=True, timeout=60).returncode == 2
