"""What a cell leaves for a person to look at, in a fixed place below the report's folder."""

import json
import shlex
import shutil

from interop.matrix.cells import UNEXPECTED
from interop.programs import REPOSITORY

# A capture of a cell that passed is kept up to this size; of any other cell it is kept whole.
KEPT_CAPTURE = 400_000


class Keeper:
    """Writes each cell's folder; call it with a cell, its scenario and its Verdict."""

    def __init__(self, report, detection, clients, servers, keep_all=False, more=()):
        self.report = report
        self.detection = detection
        self.clients = clients
        self.servers = servers
        self.keep_all = keep_all
        self.more = more  # words of the command line without which there is no such cell

    def __call__(self, cell, scenario, verdict):
        folder = self.report / cell.folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        files = {}
        if verdict.world:
            files = self.files(folder, verdict)
        entry = self.entry(cell, scenario, verdict)
        prefix = cell.folder
        entry["artefacts"] = {name: f"{prefix}/{file}" for name, file in files.items()}
        entry["artefacts"]["verdict"] = f"{prefix}/verdict.json"
        write_json(folder / "verdict.json", entry)
        return entry

    def note_runs(self, cell, verdicts):
        """Writes into the verdict how each run of a repeated cell ended; different ends are flaky."""
        path = self.report / cell.folder / "verdict.json"
        entry = json.loads(path.read_text(encoding="utf-8"))
        worst = next((one for one in verdicts if one.state in UNEXPECTED), verdicts[-1])
        entry |= {
            "state": worst.state,
            "reason": worst.reason,
            "flaky": len({one.state for one in verdicts}) > 1,
            "runs": [
                {"state": one.state, "reason": one.reason, "seconds": one.seconds} for one in verdicts
            ],
        }
        write_json(path, entry)

    def files(self, folder, verdict):
        """Writes or copies what there is; name of the artefact -> file name."""
        world, found = verdict.world, {}

        def text(name, file, content):
            if content:
                (folder / file).write_text(content, encoding="utf-8", errors="backslashreplace")
                found[name] = file

        text("command", "command.txt", "".join(map(_command, _programs(world))))
        text("client", "client.txt", "".join(map(_said, _programs(world))))
        text("server", "server.log", world.server.log())
        events = getattr(world.server, "events_path", None)
        if events is not None and events.exists():
            text("events", "events.jsonl", events.read_text(errors="replace"))
        for number, trace in enumerate(world.traces or [], 1):
            name = "trace" if number == 1 else f"trace-{number}"
            write_json(folder / f"{name}.json", trace)
            found[name] = f"{name}.json"
        keys = getattr(world.server, "keylog_path", None)
        if keys is not None and keys.exists():
            text("keylog", "keys.log", keys.read_text())
        for number, path in enumerate(world.captures, 1):
            if self.keep_all or verdict.state != "pass" or path.stat().st_size <= KEPT_CAPTURE:
                name = f"session-{number}.pcap"
                shutil.copy(path, folder / name)
                (folder / name).chmod(0o644)
                found[f"pcap-{number}"] = name
        return found

    def entry(self, cell, scenario, verdict):
        """The cell as results.json has it."""
        client, server = self.clients.get(cell.client), self.servers[cell.server]
        world = verdict.world
        expected = next(
            (e.state for e in scenario.expect if client and e.applies(cell, self.version(client))), "pass"
        )
        record = world.records[-1] if world and world.records else None
        capture = world.witnesses[-1] if world and world.witnesses else None
        return {
            "id": str(cell),
            "client": cell.client,
            "family": client.family if client else cell.client,
            "client_version": self.version(client) if client else "",
            "server": cell.server,
            "server_version": self.version(server),
            "scenario": cell.scenario,
            "value": cell.value,
            "state": verdict.state,
            "reason": verdict.reason,
            "expected": expected,
            "seconds": verdict.seconds,
            "flaky": False,
            "runs": [{"state": verdict.state, "reason": verdict.reason, "seconds": verdict.seconds}],
            "negotiated": summary(record, capture),
            "witnesses": {
                "server": dict(record.negotiated) if record else None,
                "capture": values(capture) if capture else None,
            },
            "checks": verdict.checks,
            "artefacts": {},
            "rerun": shlex.join(["interop/run", *self.more, "--cell", str(cell)]),
        }

    def version(self, kind):
        return self.detection(kind).version or ""


def values(capture):
    """The negotiated values of a witness, without the lists that led to them."""
    return {key: value for key, value in capture.items() if not key.endswith("_offer")}


def summary(record, capture):
    """Everything that was negotiated, in one flat object."""
    found = values(capture) if capture else {}
    if record:
        found |= record.negotiated
        if record.sftp_version is not None:
            found["sftp_version"] = record.sftp_version
        if record.rekeys is not None:
            found["rekeys"] = record.rekeys
        won = [item["method"] for item in record.auth if item["result"] == "success"]
        if won:
            found["auth"] = won[-1]
    return found


def _programs(world):
    found = [finished for result in world.results for finished in result.runs]
    if "probe" in world.findings:
        found.append(world.findings["probe"])
    return found + world.findings.get("replay", [])


def _command(finished):
    words = shlex.join(finished.argv).replace(str(REPOSITORY), ".")
    return f"{words}\n# exit code {finished.exit_code}, {finished.seconds:.2f} s\n"


def _said(finished):
    return f"$ {finished.argv[0]} ...\n--- stdout\n{finished.stdout}--- stderr\n{finished.stderr}\n"


def write_json(path, document):
    """Writes beside the target and renames, so that nobody reads half a document."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.write("\n")
    temporary.rename(path)
