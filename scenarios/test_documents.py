"""The examples in the documents run, or say what they lack.

A block of shell code is preceded by `<!-- run -->`, and then runs here, in an empty folder with our
programs on the path, or by `<!-- not run here: needs X -->`."""

import os
import re
import shutil
import subprocess

import pytest

from interop.programs import REPOSITORY, program_folder

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (?P<note>[^\n]*) -->\n)?```sh\n(?P<code>.*?)```", re.DOTALL)


def examples():
    for document in DOCUMENTS:
        text = document.read_text()
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start("code"))
            yield pytest.param(block, id=f"{document.name}:{line}")


@pytest.mark.parametrize("block", examples())
def test_an_example_runs_or_says_what_it_lacks(block, scratch):
    note = block["note"] or ""
    if note.startswith("not run here: needs "):
        return
    assert note == "run", "a block of sh lacks its note: run, or not run here: needs X"
    for program in ("ssh-keygen", "sftp"):
        if program in block["code"] and not shutil.which(program):
            pytest.skip(f"skipped: no {program}")
    (scratch / "interop").symlink_to(REPOSITORY / "interop")
    scratch.chmod(0o755)
    environment = dict(
        os.environ, PATH=f"{program_folder()}:{os.environ['PATH']}", HOME=str(scratch)
    )
    result = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", "as_root=\n" + block["code"]],
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
