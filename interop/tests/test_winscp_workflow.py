"""The workflow that runs the real WinSCP: what can be said of it without a Windows runner.

It is parsed, looks like a workflow, and every command of ours that it names exists and knows the
options that it is given.
"""

import os
import re
import shlex
import subprocess

import pytest

from interop.matrix.options import parser
from interop.programs import REPOSITORY

yaml = pytest.importorskip("yaml", reason="skipped: python3-yaml is not installed")
PATH = REPOSITORY / ".github/workflows/winscp.yml"
STEP_KEYS = {"name", "uses", "run", "with", "if", "shell", "env", "id", "continue-on-error", "working-directory"}


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load(PATH.read_text())


def steps(workflow):
    return [(name, step) for name, job in workflow["jobs"].items() for step in job["steps"]]


def lines(workflow):
    """(job, line) of each line of shell, comments left out."""
    text = [(name, step["run"]) for name, step in steps(workflow) if "run" in step]
    return [
        (name, line.strip())
        for name, lines in text
        for line in lines.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def own_commands(workflow):
    """The command lines that begin with a program of this repository."""
    return [shlex.split(line) for _, line in lines(workflow) if re.match(r"(ci|interop)/", line)]


def test_it_says_that_it_is_not_run_here():
    comment = PATH.read_text().split("name:")[0]
    assert "Not run here: it needs a Windows runner" in comment
    assert "not run here" in (REPOSITORY / "docs/interop-winscp.md").read_text().lower()


def test_it_is_a_workflow(workflow):
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
    assert "workflow_dispatch" in triggers
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["jobs"]) == {"linux", "windows", "merge"}
    for job in workflow["jobs"].values():
        assert {"name", "runs-on", "timeout-minutes", "steps"} <= set(job)
        assert set(job.get("needs", [])) <= set(workflow["jobs"])
    assert workflow["jobs"]["windows"]["runs-on"].startswith("windows-")


def test_each_step_does_one_thing(workflow):
    for _, step in steps(workflow):
        assert ("uses" in step) != ("run" in step), step
        assert set(step) <= STEP_KEYS, step
        assert "with" not in step or "uses" in step, step
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+[\d.]*", step.get("uses", "a/b@v1")), step


def test_artifacts_that_are_read_are_made(workflow):
    made = {step["with"]["name"] for _, step in steps(workflow) if "upload-artifact" in step.get("uses", "")}
    named = {word for command in own_commands(workflow) for word in command if word.startswith("report-")}
    assert named == {"report-linux", "report-windows"} <= made


def test_every_program_of_ours_exists(workflow):
    programs = {command[0] for command in own_commands(workflow)}
    assert programs == {"ci/setup", "interop/run", "interop/render", "interop/report/merge.py"}
    for program in programs:
        assert os.access(REPOSITORY / program, os.X_OK), program


def test_every_command_knows_its_options(workflow):
    for program, *arguments in own_commands(workflow):
        if program == "interop/run":
            options = parser().parse_args(arguments)
            assert options.list or options.report
        elif program == "ci/setup":
            assert re.search(rf"\b{arguments[0]}\) sections", (REPOSITORY / program).read_text())
        else:
            shown = subprocess.run([REPOSITORY / program, "--help"], capture_output=True, text=True, timeout=60)
            assert shown.returncode == 0 and "usage" in shown.stdout
            assert len(arguments) == 3  # what is written, and the two reports


def test_the_shell_lines_are_shell(workflow):
    for _, step in steps(workflow):
        if "run" in step:
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True, timeout=10)


def test_the_program_is_named_as_the_adapter_wants_it(workflow):
    exports = [line for _, line in lines(workflow) if line.startswith("export ")]
    assert len(exports) == 1 and exports[0].startswith("export SSH2CORE_WINSCP=")
    assert exports[0].rstrip("'").endswith("/WinSCP.com")


def test_cmake_options_exist(workflow):
    text = (REPOSITORY / "CMakeLists.txt").read_text()
    for _, line in lines(workflow):
        for option in re.findall(r"-D(\w+)=", line):
            assert f"option({option} " in text
