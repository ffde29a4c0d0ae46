"""One test for each cell of the matrix. interop/run is the comfortable way to start it."""

import pytest

from interop.matrix.cells import UNEXPECTED


def test_cell(cell, bench, pytestconfig):
    scenario = pytestconfig.matrix.scenarios[cell.scenario]
    verdicts = [bench.run(cell, scenario) for _ in range(pytestconfig.matrix.options.repeat)]
    states = {verdict.state for verdict in verdicts}
    verdict = next((one for one in verdicts if one.state in UNEXPECTED), verdicts[-1])
    if len(verdicts) > 1:
        bench.keep.note_runs(cell, verdicts)
    if len(states) > 1:
        pytest.fail(f"flaky: {', '.join(one.state for one in verdicts)}", pytrace=False)
    if verdict.state in UNEXPECTED:
        pytest.fail(f"{verdict.state}: {verdict.reason}", pytrace=False)
    if verdict.state == "xfail":
        pytest.xfail(verdict.reason)
    if verdict.state in ("unsupported", "skipped"):
        pytest.skip(f"{verdict.state}: {verdict.reason}")
