"""Clients that are libraries: each behind a small program of ours, so that they can be timed out.

The program reads a task from its stdin and prints an answer. Where the language has JSON, both are
one JSON object. Elsewhere they are lines: `NAME VALUE` for each field of the task that is set,
`answer TEXT` for each answer to a question of keyboard-interactive, then `step VERB ARGUMENT...` for
each step; every value and argument is percent-encoded. The answer's lines are `name VALUE` for each
name of a listing, and `size`, `mode` (octal), `type`, `link`, `output`. A driver that fails prints one
line, `Kind: message`, on stderr and ends with 1; for a verb that it does not know, `unsupported: VERB`.
"""

import json
from pathlib import Path
from urllib.parse import quote, unquote

from interop.clients.base import Client, Unsupported

DRIVERS = Path(__file__).parent / "drivers"


class DriverClient(Client):
    """A client whose program is argv(); the subclass says which."""

    verbs = frozenset("put get ls stat rename mkdir rmdir rm chmod symlink readlink".split())
    features = frozenset({"key", "password", "space", "utf8"})

    def argv(self):
        """The command line of the driver."""
        raise NotImplementedError

    def task(self, steps):
        """What the driver is told."""
        target, wanted = self.target, self.target.algorithms
        return {
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "key": str(target.key.private) if target.key else None,
            "public_key": str(target.key.public) if target.key else None,
            "password": target.password,
            "known_hosts": str(self.known_hosts() or "") or None,
            "proxy_command": target.proxy_command,
            "base": target.base,
            "rekey_bytes": target.rekey_bytes,
            "sftp_version": target.sftp_version,
            "kex": wanted.kex,
            "host_key": wanted.host_key,
            "cipher": wanted.cipher,
            "mac": wanted.mac,
            "compression": wanted.compression,
            "user_key": wanted.user_key,
            "second_key": str(target.second_key.private) if target.second_key else None,
            "answers": list(target.answers) or None,
            "steps": steps,
        }

    def encode(self, task):
        """The task as the driver's stdin."""
        return json.dumps(task).encode()

    def decode(self, text):
        """The answer: names, attributes, link and output, as far as they were asked for."""
        return json.loads(text)

    def perform(self, steps):
        self.check_verbs(steps)
        finished = self.execute(self.argv(), stdin=self.encode(self.task(steps)))
        for line in finished.stderr.splitlines():
            if line.startswith("unsupported: "):
                raise Unsupported(f"{self.name} has no {line.partition(' ')[2]}")
        result = self.finish(steps, finished)
        if result.ok:
            answer = self.decode(finished.stdout)
            result.names = answer.get("names")
            result.attributes = answer.get("attributes")
            result.link = answer.get("link")
            result.output = answer.get("output")
        return result


class LineDriver(DriverClient):
    """A driver in a language without JSON."""

    def encode(self, task):
        steps = task.pop("steps")
        answers = task.pop("answers") or []
        lines = [f"{name} {escape(value)}" for name, value in task.items() if value is not None]
        lines += [f"answer {escape(value)}" for value in answers]
        lines += ["step " + " ".join(escape(word) for word in step) for step in steps]
        return ("\n".join(lines) + "\n").encode()

    def decode(self, text):
        fields = [line.partition(" ")[::2] for line in text.splitlines()]
        answer = {name: unquote(value, errors="surrogateescape") for name, value in fields}
        if {"size", "mode", "type"} <= answer.keys():
            answer["attributes"] = {
                "size": int(answer["size"]),
                "mode": int(answer["mode"], 8),
                "type": answer["type"],
            }
        answer["names"] = [
            unquote(value, errors="surrogateescape") for name, value in fields if name == "name"
        ]
        return answer


def escape(value):
    """Percent-encoded, byte by byte; true and false are `1` and `0`."""
    if isinstance(value, bool):
        value = int(value)
    return quote(str(value).encode("utf-8", "surrogateescape"), safe="/")
