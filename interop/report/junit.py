"""junit.xml, as GitLab, Jenkins and the JUnit parsers read it."""

import json
import re
from xml.sax.saxutils import escape, quoteattr

from interop.report.cell import shown
from interop.report.results import write_text

# What XML 1.0 section 2.2 has no way to write, not even as a reference.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = ("xfail", "unsupported", "skipped")
# Failures are findings about the programs; only the harness's own troubles are errors.
_FAILURE = ("fail", "xpass", "timeout", "crash", "flaky")


def junit(results):
    """The document as text: one testsuite for each client@server, one testcase for each cell."""
    suites = {}
    for name in sorted(results.cells):
        cell = results.cells[name]
        suites.setdefault(f"{cell['client']}@{cell['server']}", []).append(cell)
    cells = list(results.cells.values())
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_attributes('interop', cells)}>"]
    for suite, members in suites.items():
        started = {"timestamp": results.started.removesuffix("Z")}
        lines.append(f" <testsuite{_attributes(suite, members, **started)}>")
        lines.append("  <properties>")
        for program in ("client", "server"):
            version = members[0][f"{program}_version"] or "unknown"
            pair = {"name": f"{program}_version", "value": version}
            lines.append(f"   <property{_words(pair)}/>")
        lines.append("  </properties>")
        lines += [line for cell in members for line in _testcase(cell)]
        lines.append(" </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def write_junit(results, path):
    """Writes junit() to a file."""
    write_text(path, junit(results))


def _testcase(cell):
    value = "" if cell["value"] is None else f"[{cell['value']}]"
    group, _, name = cell["scenario"].partition("/")
    words = {
        "classname": f"{cell['server']}.{cell['client']}.{group}",
        "name": name + value,
        "time": f"{cell['seconds']:.3f}",
    }
    yield f"  <testcase{_words(words)}>"
    state, reason = shown(cell), cell["reason"] or "no reason given"
    message = {"message": f"{state}: {reason}"}
    if state in _SKIPPED:
        yield f"   <skipped{_words(message)}/>"
    elif state in _FAILURE:
        yield f"   <failure{_words({**message, 'type': state})}>{_text(reason)}</failure>"
    elif state == "error":
        yield f"   <error{_words({**message, 'type': state})}>{_text(reason)}</error>"
    yield f"   <system-out>{_text(_story(cell))}</system-out>"
    yield "  </testcase>"


def _story(cell):
    """What somebody who sees only the CI's page wants to know."""
    lines = [cell["id"], f"expected {cell['expected']}, was {shown(cell)}", f"again: {cell['rerun']}"]
    lines += [
        f"{'ok ' if check['ok'] else 'BAD'} {check['check']}: {check['detail']}".rstrip(": ")
        for check in cell["checks"]
    ]
    lines += [
        f"run {number}: {run['state']} {run['reason']}".rstrip()
        for number, run in enumerate(cell["runs"], 1)
        if len(cell["runs"]) > 1
    ]
    if cell["negotiated"]:
        lines.append("negotiated: " + json.dumps(cell["negotiated"], ensure_ascii=False))
    lines += [f"{name}: {path}" for name, path in cell["artefacts"].items()]
    return "\n".join(lines)


def _attributes(name, cells, **more):
    states = [shown(cell) for cell in cells]
    return _words(
        {
            "name": name,
            "tests": len(cells),
            "failures": sum(state in _FAILURE for state in states),
            "errors": states.count("error"),
            "skipped": sum(state in _SKIPPED for state in states),
            "time": f"{sum(cell['seconds'] for cell in cells):.3f}",
            **more,
        }
    )


def _words(pairs):
    """` name="value"` for each pair; line ends in a value survive as references."""
    ends = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
    return "".join(f" {name}={quoteattr(_legal(str(value)), ends)}" for name, value in pairs.items())


def _text(text):
    return escape(_legal(text), {"\r": "&#13;"})


def _legal(text):
    return _ILLEGAL.sub("", text)
