"""sshfs: the steps are ordinary file operations in a folder where the server is mounted.

A program of ours mounts, works and unmounts, so that a mount that hangs can be timed out; whatever
happens, nothing stays mounted.
"""

import functools
import os
import shlex
import socket
import sys
from pathlib import Path

from interop.clients.base import Detection, Unsupported
from interop.clients.c_libraries import StatedClient
from interop.clients.driver import DRIVERS, DriverClient
from interop.clients.openssh import OpenSsh, ssh_options
from interop.process import run
from interop.programs import new_folder


def unmount(folder):
    """Ends a mount also when its program is gone or still in use."""
    run(["fusermount3", "-u", "-z", folder], seconds=10)


@functools.cache
def why_no_mount():
    """Why a FUSE file system cannot be mounted here; None if it can. Tries with one that is empty."""
    if not os.path.exists("/dev/fuse"):
        return "/dev/fuse does not exist"
    folder = new_folder()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        environment = {**os.environ, "_FUSE_COMMFD": str(theirs.fileno())}
        command = ["fusermount3", "--", folder]
        finished = run(command, env=environment, pass_fds=(theirs.fileno(),), seconds=10)
    if finished.exit_code == 0:
        unmount(folder)
    folder.rmdir()
    return None if finished.exit_code == 0 else f"FUSE cannot mount: {finished.said.strip()}"


class Sshfs(StatedClient, DriverClient):
    """sshfs lets ssh make the connection; all of ssh's options are in a script that it starts."""

    name = "sshfs"
    family = "sshfs"
    program = "sshfs"
    package = "sshfs"
    verbs = DriverClient.verbs | frozenset(
        "resume_put resume_get put_tree get_tree hardlink statvfs put_fsync put_times get_times".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms rekey compression space utf8 newline bytes glob ipv6 "
        "both two-keys certificate host-certificate user-algorithms".split()
    )
    key_types = OpenSsh.key_types
    software = OpenSsh.software
    lacks = {
        "ed448": OpenSsh.lacks["ed448"],
        "exec": "sshfs 3.7.3 runs no commands",
        "copy": "sshfs 3.7.3 has no copy_file_range: a copy goes by way of the client",
        "chmod_link": "Linux has no permissions of links",
        "version": "sshfs 3.7.3 always asks for SFTP 3",
    }

    @classmethod
    def detect(cls):
        found = super().detect()
        if found.missing:
            return found
        why = why_no_mount()
        return Detection(missing=why) if why else found

    @classmethod
    def version(cls):
        lines = run(["sshfs", "--version"], seconds=10).stdout.splitlines()
        return next((line for line in lines if line.startswith("SSHFS")), lines[0])

    def argv(self):
        return [sys.executable, DRIVERS / "sshfs_driver.py"]

    @property
    def mount_point(self):
        return self.scratch / "mount"

    def task(self, steps):
        target = self.target
        words = ssh_options(target, self.known_hosts())
        script = self.scratch / "connect"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(["ssh", *map(str, words)])} "$@"\n')
        script.chmod(0o700)
        host = f"[{target.host}]" if ":" in target.host else target.host
        command = ["sshfs", "-f", "-p", str(target.port), "-o", f"ssh_command={script}"]
        if target.password is not None:
            command += ["-o", "password_stdin"]
        # Mounting / serves absolute paths on every server; steps are done below the base.
        mount = self.mount_point
        mount.mkdir(exist_ok=True)
        return {
            "command": [*command, f"{target.user}@{host}:/", str(mount)],
            "password": target.password,
            "mount": str(mount),
            "base": str(mount) + "/" + target.base.lstrip("/"),
            "steps": steps,
        }

    def perform(self, steps):
        for verb, *_ in steps:
            if verb not in self.verbs:
                raise Unsupported(self.lack(verb))
        try:
            return super().perform(steps)
        finally:
            if str(self.mount_point) in Path("/proc/self/mounts").read_text():
                unmount(self.mount_point)
