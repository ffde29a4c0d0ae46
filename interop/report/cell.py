"""What a cell is in results.json, and how a verdict file becomes one that the schema accepts."""

import json
import math
import re

STATES = ("pass", "fail", "xfail", "xpass", "unsupported", "skipped", "error", "timeout", "crash")
# How a cell counts and is shown: a flaky one is flaky, whatever its last run said.
SHOWN = (*STATES, "flaky")
UNEXPECTED = frozenset(("fail", "xpass", "error", "timeout", "crash", "flaky"))
# Nobody tried: another machine's verdict on the same cell says more.
UNTRIED = frozenset(("skipped", "unsupported"))
EXPECTED = ("pass", "xfail", "unsupported")

_ID = re.compile(
    r"(?P<client>[^/]+)/(?P<scenario>[^/]+/[^\[@]+)(?:\[(?P<value>.*)\])?@(?P<server>[^@]+)", re.S
)


def shown(cell):
    """The word under which a cell is counted: its state, or flaky."""
    return "flaky" if cell["flaky"] else cell["state"]


def unexpected(cell):
    """Whether the cell makes a run red: fail, xpass, error, timeout, crash, or flaky."""
    return shown(cell) in UNEXPECTED


def parse_id(cell_id):
    """{client, scenario, value, server} of 'CLIENT/GROUP/NAME[VALUE]@SERVER'; None when it is none."""
    match = _ID.fullmatch(cell_id)
    return match.groupdict() if match else None


def rerun_line(cell_id):
    """The command that runs just this cell again, quoted for a shell."""
    quoted = cell_id.replace("'", "'\\''")
    return f"interop/run --cell '{quoted}'"


def clean(value):
    """The same value with only what JSON can carry: no lone surrogates, no infinities, names as text.

    Programs' output is decoded with surrogateescape; a byte that was no UTF-8 becomes \\xNN here.
    """
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return re.sub("[\ud800-\udfff]", _escape, value)
        return value
    if isinstance(value, dict):
        return {clean(str(name)): clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean(str(value))


def _escape(match):
    number = ord(match[0])
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"


def normalise(raw):
    """A cell with every field of the schema and no other. An id that cannot be read: ValueError.

    A state that is none becomes `error` with a reason, so that nothing unknown can count as good.
    """
    if not isinstance(raw, dict):
        raise ValueError("a verdict must be a JSON object")
    raw = clean(raw)
    parts = parse_id(str(raw.get("id", "")))
    if parts is None:
        raise ValueError(f"no cell id: {raw.get('id')!r}")
    state, reason = raw.get("state"), _text(raw.get("reason"))
    if state not in STATES:
        state, reason = "error", f"the verdict's state is {state!r}, which is none. {reason}".rstrip()
    expected = raw.get("expected")
    return {
        "id": raw["id"],
        "client": parts["client"],
        "family": _text(raw.get("family")),
        "client_version": _maybe(raw.get("client_version")),
        "server": parts["server"],
        "server_version": _maybe(raw.get("server_version")),
        "scenario": parts["scenario"],
        "value": parts["value"],
        "state": state,
        "reason": reason,
        "expected": expected if expected in EXPECTED else "pass",
        "seconds": _seconds(raw.get("seconds")),
        "flaky": bool(raw.get("flaky")),
        "runs": [_run(run) for run in raw.get("runs") or []],
        "negotiated": _known(raw.get("negotiated")),
        "witnesses": _witnesses(raw.get("witnesses") or {}),
        "checks": [_check(check) for check in raw.get("checks") or []],
        "artefacts": {name: path for name, path in (raw.get("artefacts") or {}).items() if _below(path)},
        "rerun": _text(raw.get("rerun")) or rerun_line(raw["id"]),
    }


def undecided(cell_id, reason):
    """The error cell that stands for one whose verdict is missing or cannot be read."""
    return normalise({"id": cell_id, "state": "error", "reason": reason})


def merged(one, other):
    """One cell of two verdicts on it, from two machines or shards.

    A verdict beats `skipped` and `unsupported`; two equal ones leave the later; two different ones
    make the cell flaky, with both among its runs.
    """
    if one["state"] in UNTRIED or other["state"] in UNTRIED:
        return one if other["state"] in UNTRIED and one["state"] not in UNTRIED else other
    if one["state"] == other["state"]:
        return {**other, "flaky": one["flaky"] or other["flaky"]}
    worse = one if one["state"] != "pass" else other
    return {**worse, "flaky": True, "runs": [*_runs_of(one), *_runs_of(other)]}


def _runs_of(cell):
    return cell["runs"] or [_run(cell)]


def _run(run):
    state = run.get("state")
    return {
        "state": state if state in STATES else "error",
        "reason": _text(run.get("reason")),
        "seconds": _seconds(run.get("seconds")),
    }


def _check(check):
    return {
        "check": _text(check.get("check")),
        "ok": bool(check.get("ok")),
        "detail": _text(check.get("detail")),
    }


def _witnesses(witnesses):
    return {name: _known(witnesses.get(name)) or None for name in ("server", "capture")}


def _known(values):
    """Without what the witness could not tell."""
    return {name: value for name, value in (values or {}).items() if value is not None}


def _below(path):
    """Whether an artefact's path is relative and stays below the report's folder."""
    return isinstance(path, str) and path != "" and not path.startswith("/") and ".." not in path.split("/")


def _text(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _maybe(value):
    return None if value is None else _text(value)


def _seconds(value):
    return round(max(0.0, float(value)), 3) if isinstance(value, (int, float)) else 0.0
