"""A client described by a TOML file: how a user's own program joins the matrix.

    name = "mysftp"
    version = ["mysftp", "--version"]
    features = ["key", "password"]             # words as in interop/clients/base.py
    environment = { MYSFTP_PASSWORD_FILE = "{password_file}" }

    [verbs]                                    # a command line for each verb it can do
    put = ["mysftp", "-P", "{port}", "-i", "{key}", "{user}@{host}", "put", "{local}", "{remote}"]
    ls = ["mysftp", "-P", "{port}", "-i", "{key}", "{user}@{host}", "ls", "{remote}"]

    [messages]                                 # small letters; which state a message means
    auth = ["login refused"]

Placeholders: host, port, user, key, public_key, password_file, known_hosts, and the arguments of the
verb. `ls` prints a name a line. The exit code is 0 when all went well.
"""

import re
import shutil
import tomllib
from pathlib import Path

from interop.clients.base import STATES, VERBS, Client, Detection, Result, Unsupported, classify
from interop.process import run

_KEYS = {"name", "family", "version", "features", "key_types", "environment", "verbs", "messages"}
_FIELDS = {"host", "port", "user", "key", "public_key", "password_file", "known_hosts"}


class TemplateError(ValueError):
    """What is wrong in a client file."""


class TemplateClient(Client):
    """What load_client() makes a subclass of, one for each file."""

    one_connection = False
    commands = {}
    version_command = ()
    messages = {}
    variables = {}

    @classmethod
    def detect(cls):
        program = cls.version_command[0]
        if shutil.which(program) is None:
            return Detection(missing=f"{program} not found")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        lines = run(cls.version_command, seconds=10).said.strip().splitlines()
        return lines[0] if lines else "unknown"

    def values(self):
        """The placeholders that do not depend on the verb."""
        target = self.target
        secret = self.scratch / "password"
        if target.password is not None:
            secret.write_text(target.password + "\n")
            secret.chmod(0o600)
        return {
            "host": target.host,
            "port": target.port,
            "user": target.user,
            "key": target.key.private if target.key else "",
            "public_key": target.key.public if target.key else "",
            "password_file": secret if target.password is not None else "",
            "known_hosts": self.known_hosts() or "/dev/null",
        }

    def perform(self, steps):
        result = Result(self.name, steps)
        common = self.values()
        more = {name: _filled(word, common) for name, word in self.variables.items()}
        for verb, *arguments in steps:
            if verb not in self.commands:
                raise Unsupported(f"{self.name} has no {verb}")
            kinds = VERBS[verb].split()
            words = {
                kind: self.target.path(word) if kind in ("remote", "old", "new") else word
                for kind, word in zip(kinds, arguments)
            }
            argv = [_filled(word, common | words) for word in self.commands[verb]]
            finished = self.execute(argv, env=self.environment(**more))
            result.runs.append(finished)
            result.state, result.reason = self.judge(finished)
            if not result.ok:
                break
            if verb == "ls":
                result.names = [n for n in finished.stdout.split("\n") if n not in ("", ".", "..")]
            elif verb in ("exec", "statvfs"):
                result.output = finished.stdout
            elif verb == "readlink":
                result.link = finished.stdout.rstrip("\n")
        return result

    def judge(self, finished):
        if finished.exit_code > 0 and not finished.timed_out:
            for state, pieces in self.messages.items():
                for line in finished.said.splitlines():
                    if any(piece in line.lower() for piece in pieces):
                        return state, line.strip()
        return classify(finished)


def load_client(path):
    """A client class from a TOML file; TemplateError says what is wrong with it."""
    path = Path(path)
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}: {error}") from None
    for key in sorted(text.keys() - _KEYS):
        raise TemplateError(f"{path}: '{key}' is not known; known: {', '.join(sorted(_KEYS))}")
    for key in ("name", "version", "verbs"):
        if not text.get(key):
            raise TemplateError(f"{path}: {key} is missing")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", text["name"]):
        raise TemplateError(f"{path}: name must be small letters, digits, '.', '_' and '-'")
    _check_verbs(path, text["verbs"])
    for state in text.get("messages", {}):
        if state not in STATES:
            raise TemplateError(f"{path}: messages: '{state}' is no state; known: {', '.join(STATES)}")
    return type(
        "TemplateClient_" + text["name"],
        (TemplateClient,),
        {
            "name": text["name"],
            "family": text.get("family", text["name"]),
            "version_command": tuple(text["version"]),
            "commands": {verb: tuple(words) for verb, words in text["verbs"].items()},
            "verbs": frozenset(text["verbs"]),
            "features": frozenset(text.get("features", ["key"])),
            "key_types": tuple(text.get("key_types", Client.key_types)),
            "messages": text.get("messages", {}),
            "variables": text.get("environment", {}),
        },
    )


def _check_verbs(path, verbs):
    for verb, words in verbs.items():
        if verb not in VERBS:
            raise TemplateError(f"{path}: verbs: '{verb}' is not known; known: {', '.join(VERBS)}")
        if not isinstance(words, list) or not words:
            raise TemplateError(f"{path}: verbs: {verb} must be a list of words")
        for word in words:
            for name in re.findall(r"\{(\w+)\}", word):
                if name not in _FIELDS | set(VERBS[verb].split()):
                    raise TemplateError(f"{path}: verbs: {verb}: no value for {{{name}}}")


def _filled(word, values):
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), word)
