"""ssh_sftp of Erlang/OTP: one request at a time, each with a time limit of its own in the driver."""

import shutil
from pathlib import Path

from interop.clients.base import Detection
from interop.clients.driver import DRIVERS, LineDriver

_LIBRARIES = Path("/usr/lib/erlang/lib")


class ErlangSftp(LineDriver):
    name = "erlang"
    family = "erlang"
    service = "sftp"
    program = "escript"
    package = "erlang-ssh"
    verbs = frozenset("put get ls stat rename mkdir rmdir rm chmod readlink".split())
    features = frozenset(
        "key password hostkey algorithms version ipv6 compression space utf8 newline glob both two-keys prompts "
        "user-algorithms".split()
    )
    key_types = (*LineDriver.key_types, "ed448", "dsa", "rsa-sha1")
    software = r"^Erlang/4\.15\.2$"

    lacks = {
        "symlink": "ssh_sftp of ssh 4.15.2 sends link and target in the draft's order, which servers read "
        "the other way round, and does not tell which version is spoken",
        "hardlink": "ssh_sftp of ssh 4.15.2 has no call for hard links",
        "exec": "ssh_sftp does files only",
        "rekey": "ssh 4.15.2 looks at rekey_limit once a minute only",
        "proxy": "ssh 4.15.2 connects by itself or over a given TCP socket",
        "bytes": "ssh_sftp of ssh 4.15.2 takes names as Unicode text; others end its channel",
        "put_tree": "ssh_sftp of ssh 4.15.2 writes single files",
        "get_tree": "ssh_sftp of ssh 4.15.2 reads single files",
        "resume_put": "write_file of ssh 4.15.2 writes whole files",
        "resume_get": "read_file of ssh 4.15.2 reads whole files",
        "put_times": "ssh_sftp of ssh 4.15.2 keeps no times by itself",
        "get_times": "ssh_sftp of ssh 4.15.2 keeps no times by itself",
        "statvfs": "ssh_sftp of ssh 4.15.2 sends no EXTENDED request",
        "copy": "ssh_sftp of ssh 4.15.2 sends no EXTENDED request",
        "put_fsync": "ssh_sftp of ssh 4.15.2 sends no EXTENDED request",
        "chmod_link": "ssh_sftp of ssh 4.15.2 sends no EXTENDED request",
    }

    @classmethod
    def detect(cls):
        if shutil.which(cls.program) is None:
            return Detection(missing=f"{cls.program} not found (package erlang-base)")
        if not cls.version():
            return Detection(missing=f"Erlang application ssh not found (package {cls.package})")
        return Detection(version=cls.version())

    @classmethod
    def version(cls):
        """From the name of the application's folder; starting Erlang to ask it takes longer."""
        found = sorted(path.name for path in _LIBRARIES.glob("ssh-*"))
        return found[-1] if found else ""

    def task(self, steps):
        """The library reads key and known hosts from one folder, under names that it knows.

        Keys of users must be of a type that is offered for host keys: theirs is added at the end.
        """
        task = super().task(steps)
        folder = self.scratch / "ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        for one in filter(None, (self.target.key, self.target.second_key)):
            kind = one.public_line.split()[0].removeprefix("ssh-").split("-")[0]
            key = folder / f"id_{'dsa' if kind == 'dss' else kind}"
            shutil.copyfile(one.private, key)
            key.chmod(0o600)
            if task["host_key"] and one is self.target.key:
                own = {"rsa": "rsa-sha2-512"}.get(kind, self.target.key.public_line.split()[0])
                task["host_key"] += f",{own}" if own not in task["host_key"].split(",") else ""
        known = self.known_hosts()
        if known:
            shutil.copyfile(known, folder / "known_hosts")
        return {**task, "user_dir": str(folder)}

    def argv(self):
        return [self.program, DRIVERS / "erlang_driver.escript"]
