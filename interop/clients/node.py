"""ssh2-sftp-client, the usual SFTP client of Node.js, on the ssh2 module.

Its packages come from npm: drivers/node/install puts them into the cache folder, by a lock file.
"""

import hashlib
import json

from interop.clients.base import Detection
from interop.clients.c_libraries import StatedClient
from interop.clients.driver import DRIVERS, DriverClient
from interop.programs import cache_folder

_NODE = DRIVERS / "node"


def modules():
    """The node_modules folder that drivers/node/install makes for this lock file."""
    parts = [(_NODE / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return cache_folder() / f"node-{hashlib.sha256(b''.join(parts)).hexdigest()[:16]}" / "node_modules"


class Ssh2SftpClient(StatedClient, DriverClient):
    name = "ssh2-sftp-client"
    family = "ssh2js"
    program = "node"
    package = "nodejs"
    verbs = DriverClient.verbs | frozenset(
        "resume_put resume_get put_tree get_tree hardlink statvfs exec".split()
    )
    features = frozenset(
        "key password hostkey algorithms compression space utf8 newline glob ipv6 both prompts".split()
    )
    key_types = (*DriverClient.key_types, "dsa", "rsa-sha1")
    software = r"^ssh2js1\.17\.0$"
    lacks = {
        "bytes": "ssh2 1.17.0 takes every name for UTF-8",
        "proxy": "ssh2-sftp-client 12.1.1 has no ProxyCommand",
        "rekey": "ssh2 1.17.0 starts no key exchange after so many bytes",
        "version": "ssh2 1.17.0 always asks for SFTP 3",
        "copy": "ssh2-sftp-client 12.1.1 copies by way of the client",
        "put_fsync": "ssh2-sftp-client 12.1.1 has no call for it",
        "put_times": "ssh2-sftp-client 12.1.1 has no call for it",
        "get_times": "ssh2-sftp-client 12.1.1 has no call for it",
        "chmod_link": "ssh2-sftp-client 12.1.1 has no call for it",
    }

    @classmethod
    def detect(cls):
        if not modules().exists():
            return Detection(missing="its packages are not there: run interop/clients/drivers/node/install")
        return super().detect()

    @classmethod
    def version(cls):
        def of(name):
            return json.loads((modules() / name / "package.json").read_text())["version"]

        return f"ssh2-sftp-client {of('ssh2-sftp-client')}, ssh2 {of('ssh2')}"

    def argv(self):
        return ["node", _NODE / "driver.cjs", modules()]
