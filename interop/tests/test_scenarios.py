"""Scenario files: what is read, and how each kind of mistake is told."""

import re

import pytest

from interop.clients.base import VERBS
from interop.matrix.cells import CellError, Cell, Selection, expand, parse_cell
from interop.matrix.checks import CHECKS
from interop.matrix.scenario import FOLDER, ScenarioError, load, load_file
from interop.matrix.words import WordError, content_of, name_of, size_of, substituted
from interop.programs import REPOSITORY

GOOD = """
[[scenario]]
id = "sftp/good"
title = "A good one"
reference = "RFC 4253 section 6"
level = "MUST"
local = { "one.bin" = "random 10" }
steps = [["put", "one.bin", "up.bin"]]
checks = [["same", "local:one.bin", "remote:up.bin"]]
"""


def read(tmp_path, text):
    path = tmp_path / "file.toml"
    path.write_text(text, encoding="utf-8")
    return load_file(path)


def test_all_shipped_scenarios_are_good():
    scenarios = load()
    assert len(scenarios) >= 40
    for scenario in scenarios.values():
        assert scenario.title and scenario.reference, scenario.id
        for expectation in scenario.expect:
            assert len(expectation.reason) > 20, f"{scenario.id}: {expectation.client}: say why"
    core = [scenario.id for scenario in scenarios.values() if "core" in scenario.sets]
    assert len(core) <= 60, f"{len(core)} core scenarios"
    assert {one.group for one in scenarios.values()} >= {"transport", "auth", "sftp", "ext", "limits", "fault"}


def test_no_two_scenarios_differ_in_names_and_sizes_only():
    """What differs in a value, size or name is a family, and not a second scenario."""

    def shape(scenario):
        text = repr((scenario.kind, scenario.settings, scenario.runs, scenario.checks, scenario.remote,
                     scenario.local, scenario.disk, scenario.make_key))  # fmt: skip
        text = re.sub(r"\d+(KiB|MiB|GiB)?", "N", text)
        for number, name in enumerate(dict.fromkeys(re.findall(r"[\w$./-]+\.(?:bin|txt)", text))):
            text = text.replace(name, f"F{number}")
        return text

    seen = {}
    for scenario in load().values():
        other = seen.setdefault(shape(scenario), scenario.id)
        assert other == scenario.id, f"{scenario.id} is {other} again"


def test_a_good_file(tmp_path):
    [scenario] = read(tmp_path, GOOD)
    assert scenario.group == "sftp" and scenario.wanted == {"put"}
    assert scenario.runs[0].outcome == ("ok",)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('level = "MUST"', 'level = "must"', "file.toml:3: sftp/good: level: 'must' is not known"),
        ('level = "MUST"', "", "level: is missing"),
        ('"put", "one', '"putt", "one', "run: step 1: 'putt' is not known; did you mean 'put'?"),
        (', "up.bin"]]', "]]", "run: step 1: put takes: local remote"),
        ('["same", "local:one.bin", "remote:up.bin"]', '["same", "x"]', "checks: takes: place:name place:name"),
        ('["same",', '["sane",', "checks: 'sane' is not known; did you mean 'same'?"),
        ("random 10", "randon 10", "content: 'randon 10' is no content"),
        ("random 10", "random 10kB", "'10kB' is no size"),
        ("sftp/good", "good", "id: must be group/name"),
        ("local =", "lokal =", "key: 'lokal' is not known; did you mean 'local'?"),
        ("[[scenario]]", "[[scenarios]]", "only [[scenario]] tables may stand here"),
        ('level = "MUST"', 'level = "MUST"\nsettings = { cipher = ["x"] }', "did you mean 'ciphers'?"),
        ('level = "MUST"', 'level = "MUST"\noutcome = "fine"', "outcome: 'fine' is not known"),
        ('level = "MUST"', 'level = "MUST"\nservers = ["ssh"]', "servers: 'ssh' is not known"),
        ('level = "MUST"', 'level = "MUST"\nparallel = "2"', "parallel: must be a int"),
        ('level = "MUST"', 'level = "MUST"\nfault = { kind = "flop" }', "fault: kind: 'flop' is not known"),
        ('level = "MUST"', 'level = "MUST"\nruns = [{}]', "runs: then 'steps' belongs into one of them"),
        ('level = "MUST"', 'level = "MUST"\nexpect = [{ client = "x", state = "xfail", reason = "y" }]',
         "version is missing"),
        ('level = "MUST"', 'level = "MUST"\nsettings = { host_keys = ["dsx"] }', "'dsx' is not known; did you mean 'dsa'?"),
        ('title = "A good one"', 'title = "A good one', "line 4"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, GOOD.replace(old, new))
    assert message in str(error.value) and "file.toml" in str(error.value)


def test_the_same_id_twice(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    with pytest.raises(ScenarioError, match="b.toml: sftp/good is also in a.toml"):
        load(tmp_path)


def test_families_put_their_values_in(tmp_path):
    text = GOOD.replace('level = "MUST"', 'level = "MUST"\nvalues = ["7", "9"]').replace("random 10", "random $value")
    [scenario] = read(tmp_path, text)
    assert scenario.bind("9").local == {"one.bin": "random 9"}
    assert scenario.bind("7").runs[0].steps == (("put", "one.bin", "up.bin"),)


def test_a_set_may_take_some_values_of_a_family_only(tmp_path):
    family = 'level = "MUST"\nsets = ["core"]\nvalues = ["7", "9"]\nin_sets = ["9"]'
    text = GOOD.replace('level = "MUST"', family)
    [scenario] = read(tmp_path, text)
    assert [str(value) for value in Selection(set="core").values_of(scenario)] == ["9"]
    assert list(Selection().values_of(scenario)) == ["7", "9"]
    assert list(Selection(set="core", scenarios=("*",)).values_of(scenario)) == ["7", "9"]
    with pytest.raises(ScenarioError, match="in_sets"):
        read(tmp_path, text.replace('["9"]', '["8"]'))


def test_words():
    assert size_of("3KiB") == 3072 and size_of(5) == 5
    assert name_of("percent:caf%E9") == "caf\udce9" and name_of("100%25") == "100%25"
    assert content_of("random 1MiB mode 0640 time 12").mode == 0o640
    assert content_of("random 1MiB mode 0640 time 12").time == 12
    assert substituted({"a": ["$x", "n$x"]}, {"x": 3}) == {"a": [3, "n3"]}
    for wrong in ("", "random", "random 1 mode 9", "link", "files x random 1", "first 3 of up.bin"):
        with pytest.raises((WordError, ValueError)):
            content_of(wrong)


def test_cells_have_names():
    cell = Cell("psftp", "transport/cipher-each", "aes128-gcm@openssh.com", "sshd")
    assert str(cell) == "psftp/transport/cipher-each[aes128-gcm@openssh.com]@sshd"
    assert parse_cell(str(cell)) == cell
    assert parse_cell("curl/sftp/put-get@sftpd-lite").value is None
    for wrong in ("", "curl", "curl/sftp@x", "curl/a/b", "curl/a/b[x@y", "c/a/b@"):
        with pytest.raises(CellError):
            parse_cell(wrong)


def test_a_unit_of_work_is_one_client_and_one_server():
    """pytest-xdist takes what follows the last @ of a test's name: with one in it, few workers did all."""
    assert parse_cell("mine/a/b[x@y]@sshd").unit == "mine on sshd"


def test_sanity_comes_first_and_last():
    cells = expand(load(), {"psftp": None}, ["sshd"], Selection(set="core", clients=("psftp",)))
    assert cells[0].value == "first" and cells[-1].value == "last" and len(cells) > 20
    alone = expand(load(), {"psftp": None}, ["sshd"], Selection(scenarios=("sftp/list",)))
    assert [str(cell) for cell in alone] == ["psftp/sftp/list@sshd"]
    one = expand(load(), {"psftp": None}, ["sshd"], Selection(cells=(parse_cell("psftp/sftp/list@sshd"),)))
    assert [str(cell) for cell in one] == ["psftp/sftp/list@sshd"]


def test_the_manual_has_every_word():
    """docs/interop.md lists each check and each verb, with what the code says of it."""
    manual = (REPOSITORY / "docs" / "interop.md").read_text(encoding="utf-8")
    for name, check in CHECKS.items():
        line = f"| `{name}` | {check.help} |"
        assert line in manual, f"docs/interop.md lacks: {line}"
    for verb, arguments in VERBS.items():
        assert f"| `{verb}` | {arguments} |" in manual, f"docs/interop.md lacks the verb {verb}"
    assert FOLDER.name in manual
