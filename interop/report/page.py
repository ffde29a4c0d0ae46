"""index.html: the whole report in one file that loads nothing and works from a disk."""

import base64
import hashlib
import html
import json
import posixpath
import re
from pathlib import Path

from interop.report.cell import SHOWN, UNEXPECTED, rerun_line, shown, unexpected
from interop.report.compare import LISTS
from interop.report.results import short_version, totals, write_text

PARTS = Path(__file__).parent / "page"
SCRIPTS = ("data.js", "grid.js", "list.js", "panel.js", "page.js")


def page(results, comparison=None):
    """The page as text. `comparison`: from compare(), to mark what changed since a baseline."""
    document = results.document()
    style = (PARTS / "page.css").read_text(encoding="utf-8")
    code = "\n".join((PARTS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    script = f'(() => {{\n"use strict";\n{code}\n}})();'
    cells = document["cells"]
    verdict, tone = _verdict(cells)
    values = {
        "style": style,
        "script": script,
        # Nothing but this style and this script may run, and nothing may be loaded, whatever a
        # peer managed to get into a reason.
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        "title": html.escape(f"{verdict} - interoperability of {_programs(document['servers'])}"),
        "verdict": html.escape(verdict),
        "tone": tone,
        "facts": "".join(f"<li>{html.escape(fact)}</li>" for fact in _facts(document, comparison)),
        "totals": _static_totals(cells),
        "versions": _versions(document),
        "index": embed(_index(document, comparison)),
        "details": embed(_details(cells)),
    }
    template = (PARTS / "template.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def write_page(results, path, comparison=None):
    """Writes page() to a file."""
    write_text(path, page(results, comparison))


def embed(value):
    """JSON that may stand inside a script element: no <, > or & can end it, no U+2028 a line."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode() + "'"


def _verdict(cells):
    """The sentence at the top, and good, bad or none."""
    bad = sum(map(unexpected, cells))
    if not cells:
        return "No cell was run", "bad"
    if not bad:
        return f"All {len(cells):,} cells came out as expected", "good"
    verb = "is" if bad == 1 else "are"
    return f"{bad:,} of {len(cells):,} cells {verb} unexpected", "bad"


def _programs(entries):
    return ", ".join(entry["name"] for entry in entries) or "no server"


def _facts(document, comparison):
    """The short facts below the verdict."""
    present = [client for client in document["clients"] if not client.get("missing")]
    families = len({client.get("family") or client["name"] for client in present})
    minutes, seconds = divmod(round(document["seconds"]), 60)
    if all(server["name"] != "sftpd-lite" for server in document["servers"]):
        yield f"ssh2core {short_version(document['tool_version'])}"
    for server in document["servers"]:
        if not server.get("missing"):
            yield f"{server['name']} {short_version(server.get('version'))}"
    yield f"{len(present)} clients of {families} families"
    yield f"{len({cell['scenario'] for cell in document['cells']})} scenarios"
    yield document["started"].replace("T", " ").removesuffix("Z") + " UTC"
    yield f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    if comparison:
        yield f"against the run of {comparison['old']['started'].replace('T', ' ').removesuffix('Z')} UTC"


def _static_totals(cells):
    """The totals for who has no script; the script makes filters of them."""
    return "".join(
        f'<li class="chip s-{state}">{state} <b>{number}</b></li>' for state, number in totals(cells).items()
    )


def _versions(document):
    """Tables of clients, servers and packages, and what is known of the machine."""
    sections = []
    for title, name in (("Servers", "servers"), ("Clients", "clients")):
        rows = "".join(
            _row(entry["name"], entry.get("version") or f"absent: {entry.get('missing') or 'not found'}")
            for entry in document[name]
        )
        sections.append(_table(title, rows))
    machine = dict(document["machine"])
    if document["command"]:
        machine["command"] = " ".join(document["command"])
    sections.append(_table("Machine", "".join(_row(name, value) for name, value in machine.items())))
    packages = "".join(_row(name, value) for name, value in sorted(document["packages"].items()))
    sections.append(_table("Packages", packages))
    return "".join(sections)


def _table(title, rows):
    return f"<section><h2>{title}</h2><table>{rows}</table></section>" if rows else ""


def _row(name, value):
    return f"<tr><th scope=row>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"


def _index(document, comparison):
    """What the grid needs of every cell, names as numbers to keep it small."""
    cells = document["cells"]
    changes = {entry["id"]: (kind, entry) for kind in LISTS for entry in (comparison or {}).get(kind, ())}
    present = {cell["id"] for cell in cells}
    lost = [entry for kind, entry in changes.values() if kind == "gone" and entry["id"] not in present]
    everybody = cells + lost
    tables = {
        "clients": _names(document["clients"], "name", (cell["client"] for cell in everybody)),
        "servers": _names(document["servers"], "name", (cell["server"] for cell in everybody)),
        "scenarios": _scenarios(document["scenarios"], everybody),
    }
    numbers = {
        "client": {entry["name"]: number for number, entry in enumerate(tables["clients"])},
        "server": {entry["name"]: number for number, entry in enumerate(tables["servers"])},
        "scenario": {entry["id"]: number for number, entry in enumerate(tables["scenarios"])},
    }

    def place(cell):
        return [*(numbers[name][cell[name]] for name in ("client", "server", "scenario")), cell["value"]]

    rows = []
    for cell in cells:
        kind, entry = changes.get(cell["id"], (None, None))
        row = [*place(cell), shown(cell), cell["expected"], cell["reason"], cell["seconds"]]
        rows.append([*row, kind, entry["old"]] if kind else row)
    for entry in lost:
        rows.append([*place(entry), "gone", "pass", entry["old_reason"], 0, "gone", entry["old"]])
    return {
        "states": [state for state in SHOWN],
        "unexpected": sorted(UNEXPECTED),
        "baseline": comparison["old"] if comparison else None,
        **tables,
        "cells": rows,
    }


def _names(entries, key, used):
    """The entries with a cell, in the order given, then those nobody described."""
    wanted = dict.fromkeys(used)
    known = {entry[key]: entry for entry in entries if entry[key] in wanted}
    return [*known.values(), *({key: name} for name in sorted(wanted) if name not in known)]


def _scenarios(entries, cells):
    """Scenarios with a cell, groups in the order in which they first come."""
    found = _names(entries, "id", (cell["scenario"] for cell in cells))
    groups = {}
    for entry in found:
        group = entry.get("group") or entry["id"].partition("/")[0]
        groups.setdefault(group, []).append({**entry, "group": group})
    return [entry for members in groups.values() for entry in members]


def _details(cells):
    """What only an opened cell shows. Negotiated values repeat: they stand in a pool, once each."""
    pool = {}

    def pooled(values):
        return pool.setdefault(json.dumps(values), len(pool)) if values else None

    rows = []
    for cell in cells:
        server, capture = cell["witnesses"]["server"], cell["witnesses"]["capture"]
        told = {**(server or {}), **(capture or {})}
        others = {name: value for name, value in cell["negotiated"].items() if name not in told}
        rows.append({**_detail(cell), "seen": [pooled(server), pooled(capture), pooled(others)]})
    return {"pool": [json.loads(values) for values in pool], "cells": rows}


def _detail(cell):
    """The rest; what is empty, said before or to be told from the id is left out."""
    detail = {name: cell[name] for name in ("client_version", "server_version", "checks") if cell[name]}
    if len(cell["runs"]) > 1:
        detail["runs"] = cell["runs"]
    if cell["artefacts"]:
        home = posixpath.commonpath([posixpath.dirname(path) for path in cell["artefacts"].values()])
        names = {name: posixpath.relpath(path, home or ".") for name, path in cell["artefacts"].items()}
        detail["home"] = home
        detail["artefacts"] = [name if name == path else [name, path] for name, path in names.items()]
    if cell["rerun"] != rerun_line(cell["id"]):
        detail["rerun"] = cell["rerun"]
    return detail
