"""Made-up results for the tests of the reports: a plausible run, and strings that want to break out."""

import random
from pathlib import Path
from urllib.parse import quote

from interop.report.results import Results, write_json

CLIENTS = {
    "openssh-sftp": ("OpenSSH", "9.2p1"),
    "scp": ("OpenSSH", "9.2p1"),
    "scp-legacy": ("OpenSSH", "9.2p1"),
    "psftp": ("PuTTY", "0.78"),
    "pscp": ("PuTTY", "0.78"),
    "fzsftp": ("FileZilla", "3.63.0"),
    "curl": ("curl", "7.88.1"),
    "lftp": ("lftp", "4.9.2"),
    "rclone": ("rclone", "1.60.1"),
    "paramiko": ("paramiko", "2.12.0"),
    "asyncssh": ("AsyncSSH", "2.10.1"),
    "net-sftp-foreign": ("Net::SFTP::Foreign", "1.93"),
    "net-ssh2": ("Net::SSH2", "0.73"),
    "ruby-net-sftp": ("net-sftp", "4.0.0"),
    "phpseclib2": ("phpseclib", "2.0.42"),
    "phpseclib3": ("phpseclib", "3.0.19"),
    "conch": ("Twisted", "22.4.0"),
    "erlang": ("Erlang", "25.2.3"),
    "ssh2-sftp-client": ("ssh2", "12.1.1"),
    "jsch": ("JSch", "0.1.55"),
    "dbclient": ("dropbear", "2022.83"),
    "libssh": ("libssh", "0.10.6"),
    "libssh2": ("libssh2", "1.10.0"),
    "winscp-wire-profile": ("WinSCP wire profile", "6.6.3"),
}
SERVERS = {"sftpd-lite": "0.1.0", "sshd": "OpenSSH_9.2p1 Debian-2+deb12u10", "proftpd": "1.3.8"}
CIPHERS = ("aes128-ctr", "aes256-ctr", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com")
GROUPS = {
    "sanity": ("transfer",),
    "transport": (
        "cipher-each",
        "kex-first",
        "rekey-by-server",
        "compression-delayed",
        "strict-kex",
        "ident-line",
    ),
    "auth": (
        "publickey",
        "password",
        "wrong-key",
        "two-methods",
        "banner",
        "too-many-tries",
        "host-key-changed",
    ),
    "sftp": (
        "put-get",
        "resume-upload",
        "listing-large",
        "rename-over",
        "symlink",
        "names-utf8",
        "stat-missing",
        "read-only",
        "tree-recursive",
        "chmod",
        "empty-file",
        "handles-many",
    ),
    "ext": ("posix-rename", "statvfs", "fsync", "hardlink", "copy-data"),
    "limits": ("sessions-max", "idle-timeout", "login-timeout"),
    "fault": ("connection-cut", "disk-full", "slow-peer", "mac-broken"),
}
HOSTILE = (
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "\u2028\u2029 'single' \"double\" `tick` ${x} {{index}} &amp; \\u003c",
    "nul \x00 bell \x07 escape \x1b[31m del \x7f c1 \x9b noncharacter \ufffe",
    "not UTF-8: \udcff\udc80, half a pair: \ud800",
    "]]> <!-- --> \r\n\ttab",
    "\u202eright to left, combining a\u0301, emoji \U0001f600",
)
NEGOTIATED = {
    "kex": "curve25519-sha256",
    "host_key": "ssh-ed25519",
    "cipher_in": "aes256-gcm@openssh.com",
    "cipher_out": "aes256-gcm@openssh.com",
    "mac_in": "",
    "mac_out": "",
    "compression_in": "none",
    "compression_out": "none",
    "strict_kex": True,
}
REASONS = {
    "fail": "remote file differs from the local one from byte 32768 on (1048576 and 1015808 bytes)",
    "xfail": "{version} does not check the host key's signature algorithm (checked by hand)",
    "xpass": "passed, although the scenario expects a failure of {version}",
    "unsupported": "the client has no such operation",
    "skipped": "not found on this machine",
    "error": "the tap lost its connection: [Errno 104] Connection reset by peer",
    "timeout": "no end after 30 s",
    "crash": "sftpd-lite ended by signal 11",
}


def folder_of(cell_id):
    """Where a cell's files lie in a report, as the runner names it."""
    return "cells/" + quote(cell_id, safe="/.,_-@+=[]", errors="surrogatepass")


def cell(cell_id, state="pass", reason=None, **more):
    """A verdict as the runner writes it."""
    client = cell_id.partition("/")[0]
    family, version = CLIENTS.get(client, (client, None))
    server = cell_id.rpartition("@")[2]
    if reason is None:
        reason = REASONS.get(state, "").format(version=f"{client} {version}")
    expected = {"xfail": "xfail", "xpass": "xfail", "unsupported": "unsupported"}.get(state, "pass")
    capture = dict(NEGOTIATED)
    if state == "fail":
        capture["cipher_out"] = "aes128-ctr"
    tried = state not in ("skipped", "unsupported")
    return {
        "id": cell_id,
        "family": family,
        "client_version": version,
        "server_version": SERVERS.get(server),
        "state": state,
        "reason": reason,
        "expected": expected,
        "seconds": 0.412 if tried else 0,
        "flaky": False,
        "runs": [{"state": state, "reason": reason, "seconds": 0.412}] if tried else [],
        "negotiated": {**NEGOTIATED, "sftp_version": 3, "rekeys": 0} if tried else {},
        "witnesses": {"server": NEGOTIATED, "capture": capture}
        if tried
        else {"server": None, "capture": None},
        "checks": [
            {"check": "outcome", "ok": True, "detail": "ok"},
            {
                "check": "bytes equal",
                "ok": state in ("pass", "xpass"),
                "detail": "" if state == "pass" else reason,
            },
            {"check": "cipher", "ok": True, "detail": "aes256-gcm@openssh.com, both ways"},
        ]
        if tried
        else [],
        "artefacts": {
            name: f"{folder_of(cell_id)}/{name}"
            for name in ("command.txt", "client.txt", "server.log", "trace.json", "session-1.pcap")
        }
        if tried
        else {},
        "rerun": f"interop/run --cell '{cell_id}'",
        **more,
    }


def new_results(folder):
    """Results without a cell, with clients, servers, scenarios and fixed facts."""
    results = Results(folder, ["interop/run", "--all"])
    results.started, results.seconds = "2026-03-01T10:20:30Z", 512.3
    results.machine = {"kernel": "6.1.0-30-amd64", "system": "Debian 12", "python": "3.11.2", "cores": 2}
    results.packages = {"openssh-client": "1:9.2p1-2+deb12u10", "putty-tools": "0.78-2+deb12u2"}
    results.clients = [
        {"name": name, "family": family, "version": f"{name} {version}", "missing": None}
        for name, (family, version) in CLIENTS.items()
    ]
    results.clients.append(
        {"name": "sshfs", "family": "sshfs", "version": None, "missing": "/dev/fuse is not there"}
    )
    results.servers = [{"name": name, "version": v, "missing": None} for name, v in SERVERS.items()]
    results.scenarios = [
        {
            "id": f"{group}/{name}",
            "group": group,
            "title": f"What {name.replace('-', ' ')} asks for is done, byte by byte.",
            "reference": "RFC 4253 section 7.1",
            "level": "MUST",
            "kind": "transfer",
            "core": True,
            "file": f"scenarios/{group}.toml",
        }
        for group, names in GROUPS.items()
        for name in names
    ]
    return results


def plausible(folder, clients=len(CLIENTS), seed=1):
    """A run as it may look: nearly all passes, some of every other state."""
    results, chance = new_results(folder), random.Random(seed)
    states = ("fail", "xfail", "xpass", "unsupported", "error", "timeout", "crash")
    for client in list(CLIENTS)[:clients]:
        unable = {chance.choice(GROUPS["ext"]) for _ in range(3)}
        for scenario in (entry["id"] for entry in results.scenarios):
            for value in CIPHERS if scenario.endswith("-each") else (None,):
                for server in SERVERS:
                    name = f"{client}/{scenario}{'' if value is None else f'[{value}]'}@{server}"
                    state = (
                        chance.choices(states, (2, 12, 1, 4, 1, 1, 1))[0]
                        if chance.random() < 0.02
                        else "pass"
                    )
                    if scenario.partition("/")[2] in unable:
                        state = "unsupported"
                    elif scenario == "ext/copy-data" and server == "proftpd":
                        state = "xfail"
                    results.add(cell(name, state))
    flaky = cell("curl/fault/slow-peer@sshd", "fail", flaky=True)
    flaky["runs"] = [{"state": s, "reason": "", "seconds": 0.4} for s in ("pass", "fail", "pass")]
    results.cells.pop(flaky["id"], None)
    results.add(flaky)
    return results


def many(folder, number=10_000):
    """A run of exactly so many cells."""
    results = new_results(folder)
    results.scenarios = [
        {
            "id": f"{'abcde'[n % 5]}{'-group'}/scenario-{n:03}",
            "group": f"{'abcde'[n % 5]}-group",
            "title": f"Sentence number {n}.",
            "reference": "RFC 4254 section 5",
            "level": "SHOULD",
            "kind": "transfer",
            "core": False,
            "file": "scenarios/x.toml",
        }
        for n in range(200)
    ]
    states = ["pass"] * 40 + ["xfail", "fail", "unsupported"]
    names = (
        f"{client}/{scenario['id']}@{server}"
        for scenario in results.scenarios
        for client in CLIENTS
        for server in SERVERS
    )
    for count, name in zip(range(number), names):
        results.add(cell(name, states[count % len(states)]))
    return results


def hostile(folder):
    """A run whose every text came from an attacker."""
    results = new_results(folder)
    for number, text in enumerate(HOSTILE):
        value = text.replace("/", "|").replace("@", "a")
        results.add(
            cell(
                f"psftp/fault/hostile-{number}[{value}]@sshd",
                "fail",
                text,
                checks=[{"check": text, "ok": False, "detail": text}],
                witnesses={"server": {text: text}, "capture": {text: text + "!"}},
                negotiated={text: text},
                artefacts={
                    "client.txt": f"cells/{quote(text, safe='', errors='surrogatepass')}/client.txt",
                    "evil": "javascript:alert(1)",
                },
            )
        )
    results.clients[3]["version"] = HOSTILE[0]
    results.scenarios[0]["title"] = HOSTILE[1]
    results.command += list(HOSTILE)
    return results


def write_verdicts(results):
    """The results' cells as the verdict files and artefacts that a run leaves."""
    for entry in results.cells.values():
        home = Path(results.folder, folder_of(entry["id"]))
        write_json(home / "verdict.json", entry)
        for path in entry["artefacts"].values():
            Path(results.folder, path).write_text(f"{entry['id']}\n")
