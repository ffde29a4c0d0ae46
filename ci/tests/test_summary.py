"""ci/summary.py must count what ctest and pytest write, and a stage that broke without a test."""

import subprocess
import sys
from pathlib import Path

import pytest

SUMMARY = Path(__file__).parent.parent / "summary.py"

CTEST = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="x" tests="4" failures="1" disabled="0" skipped="1">
  <testcase name="Wire.Ok" classname="Wire.Ok" status="run"/>
  <testcase name="Wire.Bad" classname="Wire.Bad" status="fail">
    <failure message=""/><system-out>expected 1, got 2</system-out></testcase>
  <testcase name="Io.NoIPv6" classname="Io.NoIPv6" status="notrun"><skipped message="SKIP_REGEX"/>
    <system-out>io_test.cpp:3: Skipped
no IPv6 here

[  SKIPPED ] Io.NoIPv6</system-out></testcase>
</testsuite>"""
PYTEST = """<testsuites><testsuite name="pytest">
  <testcase classname="test_a" name="test_ok"/>
  <testcase classname="test_a" name="test_broken"><error message="x">no server</error></testcase>
  <testcase classname="test_a" name="test_lftp">
    <skipped type="pytest.skip" message="skipped: lftp is missing">file:3</skipped></testcase>
</testsuite></testsuites>"""


def run(*words):
    return subprocess.run(
        [sys.executable, SUMMARY, *words], capture_output=True, text=True, timeout=60
    )


def test_the_sum_is_the_last_line_and_names_what_was_skipped(tmp_path):
    (tmp_path / "unit.xml").write_text(CTEST)
    (tmp_path / "scenarios.xml").write_text(PYTEST)
    (tmp_path / "unit.failed").write_text("unit tests\n")
    result = run("total", tmp_path)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "2 passed, 2 failed, 2 skipped"
    assert "skipped: 2\n" in result.stdout
    assert "Io.NoIPv6: no IPv6 here" in result.stdout
    assert "test_a::test_lftp: lftp is missing" in result.stdout


def test_a_stage_that_broke_counts_as_one_failure(tmp_path):
    (tmp_path / "release-build.failed").write_text("release build\n")
    result = run("total", tmp_path)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_all_is_well(tmp_path):
    (tmp_path / "s.xml").write_text("<testsuite><testcase classname='a' name='b'/></testsuite>")
    result = run("total", tmp_path)
    assert (result.returncode, result.stdout) == (0, "skipped: 0\n1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize("text", [None, "", "<testsuite><testc"])
def test_a_broken_result_file_is_no_success(tmp_path, text):
    if text is not None:
        (tmp_path / "s.xml").write_text(text)
    (tmp_path / "s.failed").write_text("scenarios\n")
    assert run("total", tmp_path).stdout.endswith("0 passed, 1 failed, 0 skipped\n")


def test_failures_show_their_output(tmp_path):
    (tmp_path / "unit.xml").write_text(CTEST)
    assert "expected 1, got 2" in run("failures", tmp_path / "unit.xml").stdout


def test_cells_that_a_client_cannot_do_are_no_skipped_tests(tmp_path):
    skipped = "<testcase classname='m' name='{0}'><skipped message='{0}: why'/></testcase>"
    cases = "".join(skipped.format(state) for state in ("unsupported", "xfail", "skipped"))
    (tmp_path / "matrix.xml").write_text(f"<testsuite>{cases}<testcase name='p'/></testsuite>")
    result = run("total", tmp_path)
    assert result.stdout.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"
