"""The kinds of scenario beside plain transfers: those that bring in our other programs.

`keytool`: the user's key is made or converted by keytool, then each client logs in with it.
`probe`: probe scans the cell's server; its record must be what the server was set to.
`replay`: the cell's capture is decoded and played again without a difference.
"""

import json
import re

from interop.keys import KeyPair
from interop.matrix.checks import Broken, NoEvidence, decodes
from interop.process import run
from interop.programs import program_folder

_PROGRAMS = {"keytool": "keytool", "probe": "probe", "replay": "replay"}


def missing_program(scenario):
    """Why a scenario's own program cannot be used here; None when it can."""
    name = _PROGRAMS.get(scenario.kind)
    if name and not (program_folder() / name).exists():
        return f"{name} is not built"
    return None


def made_key(scenario, folder):
    """The user's key as keytool makes it; None when the scenario leaves that to the harness.

    `make_key` is a list of command lines of keytool, run in a folder of their own; {out} stands for
    the private key that must be there in the end, with its public key as {out}.pub.
    """
    if scenario.kind != "keytool":
        return None
    out = folder / "made" / "key"
    out.parent.mkdir()
    for words in scenario.make_key:
        argv = [program_folder() / "keytool", *(word.replace("{out}", str(out)) for word in words)]
        made = run(argv, cwd=out.parent, seconds=60)
        if made.exit_code != 0:
            raise Broken(f"keytool {' '.join(words)}: exit code {made.exit_code}: {made.said.strip()}")
    return KeyPair.existing(out)


def before_collecting(world):
    """What a kind does while the server runs, before its record is read."""
    if world.scenario.kind == "probe":
        server = world.server
        target = f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
        argv = [program_folder() / "probe", "scan", "--jsonl", "--fail-on", "never", target]
        world.findings["probe"] = run(argv, seconds=30)


def after_collecting(world):
    """What a kind does with the captures, the server still running."""
    if world.scenario.kind == "replay" and _has_run():
        target = f"{world.server.host}:{world.server.port}"
        key = world.server.key.private
        for path in world.captures:
            argv = [program_folder() / "replay", "run", path, "--keylog", world.server.keylog_path]
            done = run([*argv, "--target", target, "--key", key], seconds=60)
            world.findings.setdefault("replay", []).append(done)


def _has_run():
    """Whether this build's replay plays captures, or only looks into them."""
    shown = run([program_folder() / "replay", "--help"], seconds=10).stdout
    return re.search(r"^\s+run\s", shown, re.MULTILINE) is not None


def checks_of(kind):
    """(name, function) of the checks that every scenario of the kind gets."""
    return {
        "probe": [("scan equals the server's KEXINIT", scan_equals_offer)],
        "replay": [("capture decodes", capture_decodes), ("replay differs nowhere", replay_equal)],
    }.get(kind, [])


def scan_equals_offer(world):
    """probe's lists are those that the server sent, by the capture; its exit code says done."""
    finished = world.findings["probe"]
    if finished.exit_code != 0:
        raise Broken(f"probe: exit code {finished.exit_code}: {finished.said.strip()[-300:]}")
    lines = [json.loads(line) for line in finished.stdout.splitlines() if line.strip()]
    record = next((line for line in lines if "status" in line), None)
    if record is None or record["status"] != "ok":
        raise Broken(f"probe's record: {record}")
    offer = next((found["server_offer"] for found in world.witnesses if "server_offer" in found), None)
    if offer is None:
        raise Broken("the capture has no KEXINIT of the server")
    pairs = {
        "kex": "kex",
        "key": "host_key_algorithms",
        "enc": "ciphers",
        "mac": "macs",
        "compression": "compression",
    }
    for field, name in pairs.items():
        said = [entry["algorithm"] for entry in record[field]]
        if said != list(offer[name]):
            raise Broken(f"probe says {field} {said}, the server sent {offer[name]}")
    return "kex, host keys, ciphers, macs and compression equal"


def capture_decodes(world):
    """The decoder found nothing that it could not read, and the SFTP requests are there."""
    if not world.traces:
        raise Broken(world.undecoded or "no capture was decoded")
    decodes(world)
    messages = [message for trace in world.traces for message in trace["messages"]]
    requests = sum(message.get("layer") == "sftp" for message in messages)
    if not requests:
        raise Broken("no SFTP message in the capture")
    return f"{len(messages)} messages, {requests} of SFTP"


def replay_equal(world):
    """Played against the server again, the session's answers are the same."""
    if "replay" not in world.findings:
        raise NoEvidence("this build's replay has no 'run'")
    for done in world.findings["replay"]:
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        result = next((line["result"] for line in lines if "result" in line), None)
        if done.exit_code != 0 or result is None or result["differences"]:
            raise Broken(f"replay: exit code {done.exit_code}: {result or done.said[-300:]}")
    return f"{len(world.findings['replay'])} sessions replayed"
