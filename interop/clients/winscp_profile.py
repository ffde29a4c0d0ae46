"""The wire behaviour of WinSCP 6.6.3, played by our own client library. It is not WinSCP.

winscp.com runs on Windows only (its adapter is winscp.py); what it sends is known from its source,
and a program of ours sends the same, so that servers meet it here too: identification, KEXINIT,
order of authentication, request ids, NAME.filepart and the sequences of requests. The driver is
built with the project (target winscp-profile, in interop/ beside bin/).

Played with what the library can do today, which `Result.notes` says for each run: the KEXINIT lists
lack the names that it does not know (`winscp-profile --offer` shows which), compression is not there.
"""

from interop.clients.base import Detection
from interop.clients.driver import LineDriver
from interop.process import run
from interop.programs import program_folder

# What the driver calls a failure, and the state that it stands for.
_KINDS = {
    "hostkey": "hostkey",
    "connect": "connect",
    "negotiation": "negotiation",
    "auth": "auth",
    "timeout": "timeout",
    "remote": "remote-error",
    "local": "remote-error",
}


class WinScpProfile(LineDriver):
    name = "winscp-profile"
    family = "winscp-profile"
    program = "winscp-profile"
    package = "target winscp-profile of the build"
    verbs = frozenset(
        "put get resume_put resume_get put_tree get_tree ls stat rename mkdir rmdir rm chmod".split()
        + "symlink readlink".split()
    )
    features = frozenset(
        "key password hostkey algorithms rekey ipv6 space utf8 newline bytes glob both version".split()
    )
    key_types = (*LineDriver.key_types, "ed448", "dsa", "rsa-sha1")
    software = r"^WinSCP_release_6\.6\.3$"
    _NO_BITS = "WinSCP 6.6.3 keeps times but, unless told otherwise, no permission bits"
    lacks = {
        "put_times": _NO_BITS,
        "get_times": _NO_BITS,
        "compression": "the profile does not play WinSCP's setting Compression",
        "prompts": "the profile gives one password; WinSCP asks its user",
        "two-keys": "WinSCP 6.6.3 takes one key file",
        "certificate": "the profile shows no certificates",
        "host-certificate": "the profile knows no CA of hosts",
        "proxy": "the profile connects by TCP",
        "exec": "the profile plays SFTP sessions; WinSCP runs commands over a second connection",
    }

    @classmethod
    def binary(cls):
        return program_folder().parent / "interop" / cls.program

    @classmethod
    def detect(cls):
        if not cls.binary().exists():
            return Detection(missing=f"{cls.binary()} is not built ({cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        played = run([cls.binary(), "--version"], seconds=10).stdout.strip()
        return f"profile of {played.removeprefix('SSH-2.0-')}"

    def argv(self):
        return [self.binary()]

    def perform(self, steps):
        self.check_verbs(steps)
        result = super().perform(steps)
        result.notes = self.notes_of(result)
        return result

    def notes_of(self, result):
        """Where the real program would have done otherwise; one sentence each."""
        return self.decode(result.runs[-1].stdout)["notes"]

    def decode(self, text):
        notes = [line for line in text.splitlines() if line.startswith("note ")]
        rest = [line for line in text.splitlines() if not line.startswith("note ")]
        answer = super().decode("\n".join(rest))
        answer["notes"] = [super(WinScpProfile, self).decode(line)["note"] for line in notes]
        return answer

    def judge(self, finished):
        """The driver itself says what kind of failure it was."""
        if finished.exit_code == 1 and not finished.timed_out:
            kind, _, reason = finished.stderr.strip().partition(": ")
            if kind in _KINDS:
                return _KINDS[kind], reason
        return super().judge(finished)
