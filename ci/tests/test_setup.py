"""ci/setup must do nothing when nothing is missing, and say what it lacks without root."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CI = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path):
    """A copy of ci/setup; in its list everything is there. apt-get leaves a mark."""
    shutil.copy(CI / "setup", tmp_path)
    (tmp_path / "packages.txt").write_text(
        "# a comment\n[run]\ncommand:nothing-like-it|sh dash\nfile:/bin/s* dash\n[test]\ncommand:ls coreutils\n"
    )
    (tmp_path / "bin").mkdir()
    apt = tmp_path / "bin" / "apt-get"
    apt.write_text(f"#!/bin/sh\ntouch {tmp_path}/apt-was-called\nexit 1\n")
    apt.chmod(0o755)
    identity = tmp_path / "bin" / "id"
    identity.write_text("#!/bin/sh\necho 1000\n")  # never root, so that nothing here installs
    identity.chmod(0o755)
    return tmp_path


def run(folder, *words):
    environment = dict(os.environ, PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    result = subprocess.run(
        [folder / "setup", *words], env=environment, capture_output=True, text=True, timeout=60
    )
    assert not (folder / "apt-was-called").exists()
    return result


@pytest.mark.parametrize("which", ["run", "test"])
def test_nothing_missing_needs_no_root(folder, which):
    result = run(folder, which)
    assert result.returncode == 0, result.stderr
    assert "nothing is missing" in result.stdout


def test_only_the_wanted_section_counts(folder):
    with open(folder / "packages.txt", "a") as packages:
        packages.write("command:nothing-like-it some-package\n")
    assert run(folder, "run").returncode == 0
    result = run(folder, "test")
    assert result.returncode == 3
    assert "some-package" in result.stderr
    assert f"sudo {folder}/setup test" in result.stderr


@pytest.mark.parametrize("proof", ["header:no/such.h", "file:/no/such*", "python:no_such_module"])
def test_each_kind_of_proof_can_fail(folder, proof):
    with open(folder / "packages.txt", "a") as packages:
        packages.write(f"{proof} some-package\n")
    assert run(folder, "test").returncode == 3


def test_a_wrong_word_is_a_usage_error(folder):
    assert run(folder, "everything").returncode == 2
