"""Builds with bugs on purpose are for the fuzzers alone."""

import subprocess
from pathlib import Path

TOP = Path(__file__).parent.parent.parent


def test_only_the_fuzz_preset_takes_planted_bugs(tmp_path):
    done = subprocess.run(
        ["cmake", "-S", TOP, "-B", tmp_path, "-DSSH2CORE_PLANTED_BUGS=ON"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SSH2CORE_PLANTED_BUGS is for fuzzers alone" in done.stderr
