"""results.json, junit.xml, the summary, comparing and rendering: on made-up verdicts."""

import io
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from interop.programs import REPOSITORY
from interop.report import compare as comparing
from interop.report.cell import SHOWN, UNEXPECTED, clean, normalise, parse_id, unexpected
from interop.report.junit import junit
from interop.report.main import finish, gather, write_reports
from interop.report.page import embed, page
from interop.report.results import (
    Results,
    Unreadable,
    debian_packages,
    exit_code,
    short_version,
    summarise,
    write_json,
)
from interop.tests.report_sample import (
    HOSTILE,
    cell,
    folder_of,
    hostile,
    many,
    new_results,
    plausible,
    write_verdicts,
)

SCHEMAS = REPOSITORY / "docs" / "schemas"


def check_schema(name, document):
    jsonschema = pytest.importorskip("jsonschema", reason="skipped: python3-jsonschema is not installed")
    schema = json.loads((SCHEMAS / f"interop-{name}.json").read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    errors = [
        f"{list(error.absolute_path)}: {error.message[:200]}"
        for error in validator(schema).iter_errors(document)
    ]
    assert not errors, errors[:5]


def one(folder, *cells):
    results = new_results(folder)
    for entry in cells:
        results.add(entry)
    return results


# ---- Cells


def test_a_cells_id_tells_its_parts():
    assert parse_id("psftp/transport/cipher-each[aes128-ctr]@sshd") == {
        "client": "psftp",
        "scenario": "transport/cipher-each",
        "value": "aes128-ctr",
        "server": "sshd",
    }
    assert parse_id("a/b/c[x@y]@s")["value"] == "x@y"
    assert parse_id("a/b/c@s")["value"] is None
    assert parse_id("a/b@s") is None and parse_id("") is None


def test_an_unknown_state_is_an_error_and_never_good():
    odd = normalise({"id": "a/b/c@s", "state": "passed"})
    assert odd["state"] == "error" and "passed" in odd["reason"] and unexpected(odd)


def test_a_cell_that_says_little_still_fits_the_schema(tmp_path):
    results = one(tmp_path, {"id": "a/b/c@s", "state": "pass"})
    check_schema("results", results.document())
    assert results.cells["a/b/c@s"]["rerun"] == "interop/run --cell 'a/b/c@s'"


@pytest.mark.parametrize("state", SHOWN)
def test_which_states_make_a_run_red(tmp_path, state):
    entry = cell("a/b/c@s", "pass" if state == "flaky" else state, flaky=state == "flaky")
    bad = state in ("fail", "xpass", "error", "timeout", "crash", "flaky")
    assert unexpected(normalise(entry)) == bad == (state in UNEXPECTED)
    assert exit_code(one(tmp_path, entry)) == int(bad)


def test_a_run_without_cells_is_not_green(tmp_path):
    assert exit_code(new_results(tmp_path)) == 1
    assert "no cell was run" in summarise(new_results(tmp_path))


def test_artefacts_outside_the_report_are_not_linked():
    paths = {"a": "/etc/passwd", "b": "cells/../../x", "c": "cells/ok.txt", "d": ""}
    assert normalise({"id": "a/b/c@s", "state": "pass", "artefacts": paths})["artefacts"] == {
        "c": "cells/ok.txt"
    }


def test_text_of_programs_becomes_text_that_json_can_carry():
    assert clean("caf\udce9") == "caf\\xe9"
    assert clean({"a": (float("inf"), Path("x"), b"y")}) == {"a": [None, "x", "b'y'"]}


# ---- Collecting


def test_verdicts_of_all_workers_are_collected(tmp_path):
    sample = plausible(tmp_path, clients=2)
    write_verdicts(sample)
    results = new_results(tmp_path)
    results.collect(planned=sample.cells)
    assert results.cells == sample.cells


def test_a_cell_without_a_verdict_is_an_error(tmp_path):
    results = new_results(tmp_path)
    results.collect(planned=["psftp/sftp/put-get@sshd"])
    assert results.cells["psftp/sftp/put-get@sshd"]["state"] == "error"
    assert exit_code(results) == 1
    check_schema("results", results.document())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 3}', '{"id": "a/b/c@s", "checks": [1]}', "\xff"])
def test_a_verdict_that_cannot_be_read_is_an_error_of_its_cell(tmp_path, content):
    name = "psftp/transport/cipher-each[aes256-gcm@openssh.com]@sshd"
    home = tmp_path / folder_of(name)
    home.mkdir(parents=True)
    (home / "verdict.json").write_bytes(content.encode("latin-1"))
    results = new_results(tmp_path)
    results.collect()
    assert results.cells[name]["state"] == "error"


def test_verdicts_of_an_earlier_run_do_not_count(tmp_path):
    write_verdicts(one(tmp_path, cell("psftp/sftp/put-get@sshd")))
    results = new_results(tmp_path)
    results.begin()
    results.collect(planned=["psftp/sftp/put-get@sshd"])
    assert results.cells["psftp/sftp/put-get@sshd"]["state"] == "error"


def test_artefacts_named_from_the_cells_folder_are_named_from_the_reports(tmp_path):
    name = "psftp/sftp/put-get@sshd"
    write_json(tmp_path / folder_of(name) / "verdict.json", cell(name, artefacts={"log": "server.log"}))
    results = new_results(tmp_path)
    results.collect()
    assert results.cells[name]["artefacts"] == {"log": f"{folder_of(name)}/server.log"}


def test_two_verdicts_on_a_cell(tmp_path):
    name = "winscp/sftp/put-get@sftpd-lite"
    absent, good, bad = cell(name, "skipped"), cell(name), cell(name, "fail")
    assert one(tmp_path, absent, good).cells[name]["state"] == "pass"
    assert one(tmp_path, good, absent).cells[name]["state"] == "pass"
    assert not one(tmp_path, good, good).cells[name]["flaky"]
    for pair in ((good, bad), (bad, good)):
        both = one(tmp_path, *pair).cells[name]
        assert both["state"] == "fail" and both["flaky"] and len(both["runs"]) == 2


def test_results_are_written_whole_and_read_back(tmp_path):
    sample = plausible(tmp_path, clients=3)
    path = sample.write()
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"], "no temporary file stays"
    assert os.stat(path).st_mode & 0o444, "others may read it"
    again = Results.load(tmp_path)
    assert again.document() == sample.document() == json.loads(path.read_text())


def test_results_fit_the_schema(tmp_path):
    check_schema("results", plausible(tmp_path, clients=4).document())
    check_schema("results", hostile(tmp_path).document())
    unknown = cell("a/b/c@s", witnesses={"server": {"kex": "x", "mac_in": None}, "capture": {}})
    check_schema("results", one(tmp_path, unknown).document())


def test_totals_add_up(tmp_path):
    document = plausible(tmp_path).document()
    assert sum(document["totals"].values()) == len(document["cells"])
    assert document["totals"]["flaky"] == 1


def test_facts_of_this_machine_fit_the_schema(tmp_path):
    results = Results(tmp_path, ["interop/run"])
    results.packages = debian_packages(["base-files, no-such-package", None, ""])
    if Path("/usr/bin/dpkg-query").exists():
        assert list(results.packages) == ["base-files"]
    check_schema("results", results.document())


@pytest.mark.parametrize(
    "told, version",
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.1", "9.2p1"),
        ("sftpd-lite 0.1.0 (OpenSSL 3.0)", "0.1.0"),
        ("lftp | 4.9.2-2+b1", "4.9.2-2+b1"),
        (None, ""),
        ("devel\nmore", "devel"),
    ],
)
def test_the_number_in_a_version(told, version):
    assert short_version(told) == version


# ---- Summary


def test_the_summary_names_what_is_unexpected_and_how_to_run_it_again(tmp_path):
    text = summarise(
        one(tmp_path, cell("psftp/a/b@sshd", "fail", "3 bytes\nare missing"), cell("curl/a/b@sshd"))
    )
    assert "FAIL psftp/a/b@sshd: 3 bytes are missing\n    interop/run --cell 'psftp/a/b@sshd'\n" in text
    assert re.search(r"^psftp +1 fail$", text, re.M) and re.search(r"^curl +1 pass$", text, re.M)
    assert re.search(r"^sshfs +absent: /dev/fuse is not there$", text, re.M)
    assert text.endswith("2 cells in 512 s: 1 pass, 1 fail; 1 unexpected\n")


def test_the_summary_lets_no_control_character_through(tmp_path):
    text = summarise(hostile(tmp_path))
    assert all(c.isprintable() or c == "\n" for c in text)


# ---- junit.xml


def test_junit_counts_and_loads(tmp_path):
    results = plausible(tmp_path)
    root = ElementTree.fromstring(junit(results))
    counts = results.document()["totals"]
    assert root.get("tests") == str(len(results.cells)) == str(len(root.findall(".//testcase")))
    assert root.get("errors") == str(counts["error"]) == str(len(root.findall(".//error")))
    bad = sum(number for state, number in counts.items() if state in UNEXPECTED and state != "error")
    assert root.get("failures") == str(bad) == str(len(root.findall(".//failure")))
    still = counts["xfail"] + counts["unsupported"]
    assert root.get("skipped") == str(still) == str(len(root.findall(".//skipped")))
    assert {suite.get("name") for suite in root} >= {"psftp@sshd", "curl@proftpd"}
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_junit_says_what_happened(tmp_path):
    root = ElementTree.fromstring(junit(one(tmp_path, cell("psftp/a/b[v]@sshd", "fail", 'not "equal" <&>'))))
    case = root.find(".//testcase")
    assert (case.get("classname"), case.get("name")) == ("sshd.psftp.a", "b[v]")
    assert case.find("failure").get("message") == 'fail: not "equal" <&>'
    said = case.find("system-out").text
    assert "interop/run --cell 'psftp/a/b[v]@sshd'" in said and "BAD bytes equal" in said


def test_junit_survives_hostile_text(tmp_path):
    root = ElementTree.fromstring(junit(hostile(tmp_path)).encode("utf-8"))
    cases = root.findall(".//testcase")
    assert len(cases) == len(HOSTILE)
    assert any(HOSTILE[0] in case.find("failure").text for case in cases)


def test_junit_loads_in_junitparser(tmp_path):
    junitparser = pytest.importorskip("junitparser", reason="skipped: python3-junitparser is not installed")
    for results in (plausible(tmp_path), hostile(tmp_path)):
        xml = junitparser.JUnitXml.fromstring(junit(results).encode("utf-8"))
        assert sum(len(list(suite)) for suite in xml) == len(results.cells)


# ---- Comparing


@pytest.mark.parametrize(
    "before, after, kind",
    [
        ("pass", "pass", None),
        ("pass", "fail", "worse"),
        ("pass", "xfail", "worse"),
        ("pass", "unsupported", "worse"),
        ("pass", "flaky", "worse"),
        ("fail", "crash", "worse"),
        ("unsupported", "fail", "worse"),
        ("fail", "pass", "better"),
        ("crash", "fail", "better"),
        ("xfail", "xpass", "better"),
        ("flaky", "pass", "better"),
        ("fail", "timeout", "changed"),
        ("error", "fail", "changed"),
        (None, "fail", "appeared"),
        ("skipped", "pass", "appeared"),
        ("pass", None, "gone"),
        ("pass", "skipped", "gone"),
        (None, "skipped", None),
        ("skipped", None, None),
    ],
)
def test_better_or_worse(before, after, kind):
    assert comparing.judge(before, after) == kind


def test_a_comparison_fits_the_schema_and_says_all(tmp_path):
    old = one(
        tmp_path, cell("a/b/worse@s"), cell("a/b/better@s", "fail"), cell("a/b/gone@s"), cell("a/b/same@s")
    )
    new = one(
        tmp_path, cell("a/b/worse@s", "fail"), cell("a/b/better@s"), cell("a/b/new@s"), cell("a/b/same@s")
    )
    new.clients[0] = {**new.clients[0], "version": "openssh-sftp 10.0"}
    found = comparing.compare(old, new)
    check_schema("compare", found)
    assert {name: [entry["id"] for entry in found[name]] for name in comparing.LISTS} == {
        "worse": ["a/b/worse@s"],
        "better": ["a/b/better@s"],
        "changed": [],
        "appeared": ["a/b/new@s"],
        "gone": ["a/b/gone@s"],
    }
    assert found["same"] == 1
    assert found["versions"] == [
        {"kind": "client", "name": "openssh-sftp", "old": "openssh-sftp 9.2p1", "new": "openssh-sftp 10.0"}
    ]
    text = comparing.to_text(found)
    assert "worse    a/b/worse@s: pass -> fail: remote file differs" in text
    assert text.endswith("1 worse, 1 better, 0 changed, 1 appeared, 1 gone, 1 the same\n")


def run_compare(*words):
    command = [str(REPOSITORY / "interop" / "compare"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_compare_exit_codes(tmp_path):
    good = one(tmp_path / "good", cell("a/b/c@s")).write()
    one(tmp_path / "bad", cell("a/b/c@s", "fail")).write()
    assert run_compare(good, tmp_path / "good").returncode == 0
    assert run_compare(tmp_path / "bad", good).returncode == 0
    assert run_compare(good, tmp_path / "bad").returncode == 1
    assert run_compare(good).returncode == 2
    absent = run_compare(good, tmp_path / "absent")
    assert absent.returncode == 3 and "absent" in absent.stderr and not absent.stdout
    (tmp_path / "other.json").write_text('{"schema": "ssh2core/bench/1"}')
    assert run_compare(good, tmp_path / "other.json").returncode == 3
    assert run_compare("--help").returncode == 0
    check_schema("compare", json.loads(run_compare("--json", good, tmp_path / "bad").stdout))


# ---- All reports, and shards


def test_finish_writes_all_reports(tmp_path):
    results, out = plausible(tmp_path / "new", clients=2), io.StringIO()
    plausible(tmp_path / "old", clients=2, seed=5).write()
    assert finish(results, tmp_path / "old", out) == 1
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"results.json", "junit.xml", "index.html", "compare.json"}
    assert "against the run of 2026-03-01T10:20:30Z:" in out.getvalue()


def test_worse_than_the_baseline_is_red_too(tmp_path):
    name = "psftp/sftp/put-get@sshd"
    one(tmp_path / "old", cell(name)).write()
    results = one(tmp_path / "new", cell(name, "unsupported"))
    assert exit_code(results) == 0 and finish(results, None, io.StringIO()) == 0
    assert finish(results, tmp_path / "old", io.StringIO()) == 1
    assert finish(results, tmp_path / "new", io.StringIO()) == 0


def test_the_last_run_in_the_same_folder_can_be_the_baseline(tmp_path):
    name = "psftp/sftp/put-get@sshd"
    finish(one(tmp_path, cell(name), cell("psftp/sftp/chmod@sshd")), None, io.StringIO())
    for baseline in (tmp_path, tmp_path / "results.json"):
        results = new_results(tmp_path)
        results.begin()
        assert {path.name for path in tmp_path.iterdir()} == {"previous.json"}, "nothing old counts as new"
        results.add(cell(name))
        out = io.StringIO()
        finish(results, baseline, out)
        assert "the same" in out.getvalue()


def test_a_bad_baseline_does_not_cost_the_reports(tmp_path):
    with pytest.raises(Unreadable):
        finish(plausible(tmp_path, clients=1), tmp_path / "absent.json", io.StringIO())
    assert (tmp_path / "index.html").exists()


def test_shards_become_one_report(tmp_path):
    whole = plausible(tmp_path / "whole", clients=4)
    shards = [new_results(tmp_path / f"shard {number}") for number in range(3)]
    for number, entry in enumerate(whole.cells.values()):
        shards[number % 3].add(entry)
    for shard in shards:
        write_verdicts(shard)
    shards[0].write()
    merged = gather(tmp_path / "out", [shard.folder for shard in shards])
    write_reports(merged)
    assert merged.cells == whole.cells
    assert Results.load(tmp_path / "out").scenarios == shards[0].scenarios
    check_schema("results", json.loads((tmp_path / "out" / "results.json").read_text()))
    for entry in merged.cells.values():
        for path in entry["artefacts"].values():
            assert (tmp_path / "out" / path).read_text() == f"{entry['id']}\n"
    again = gather(tmp_path / "out", [tmp_path / "out"])
    assert again.cells == whole.cells


def test_a_run_that_was_killed_can_be_rendered(tmp_path):
    write_verdicts(plausible(tmp_path, clients=2))
    results = gather(tmp_path, [tmp_path])
    write_reports(results)
    check_schema("results", json.loads((tmp_path / "results.json").read_text()))
    assert {entry["name"] for entry in results.clients} == {"curl", "openssh-sftp", "scp"}
    assert {entry["name"] for entry in results.servers} == {"sftpd-lite", "sshd", "proftpd"}
    assert results.document()["tool_version"] == "0.1.0"


def test_render_merges_a_machine_that_has_the_client(tmp_path):
    name = "winscp/sftp/put-get@sftpd-lite"
    linux, windows = one(tmp_path / "linux", cell(name, "skipped")), one(tmp_path / "windows", cell(name))
    linux.clients = [{"name": "winscp", "family": "WinSCP", "version": None, "missing": "no Windows"}]
    windows.clients = [{"name": "winscp", "family": "WinSCP", "version": "6.3", "missing": None}]
    for shard in (linux, windows):
        shard.write()
        write_verdicts(shard)
    command = [REPOSITORY / "interop" / "render", *(tmp_path / name for name in ("out", "windows", "linux"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    out = Results.load(tmp_path / "out")
    assert out.cells[name]["state"] == "pass" and out.clients[0]["version"] == "6.3"
    nothing = [REPOSITORY / "interop" / "render", tmp_path / "out2", tmp_path / "nothing"]
    assert subprocess.run(nothing, capture_output=True, timeout=60).returncode == 3


# ---- The page, without a browser


def test_nothing_in_the_data_can_end_the_script_element():
    text = embed({"a": list(HOSTILE[:3]), "b": clean(HOSTILE[4])})
    assert not re.search("[<>&\u2028\u2029\x00-\x1f]|[^\x00-\x7f]", text)
    assert json.loads(text)["a"] == list(HOSTILE[:3])


def test_the_page_stands_alone(tmp_path):
    text = page(hostile(tmp_path))
    for mark in ("<script>window", "<img src=x", "{{style}}", "http://", "https://", "@import", "url("):
        assert mark not in text, mark
    assert text.count("<script") == 3


def test_ten_thousand_cells_are_written_in_time(tmp_path):
    results = many(tmp_path)
    began = time.monotonic()
    write_reports(results)
    assert time.monotonic() - began < 60, "2 seconds on an idle machine"
    assert (tmp_path / "index.html").stat().st_size < 8_000_000
