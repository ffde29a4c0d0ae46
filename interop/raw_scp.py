"""One side of SCP, byte by byte, with `sftpd-lite --scp` on the other."""

import subprocess

from interop.servers.sftpd_lite import binary

OK = b"\0"


class RawScp:
    """Starts the program with its words in a folder; `before` stand before --scp."""

    def __init__(self, folder, *words, before=()):
        argv = [str(binary()), "--log", str(folder.parent / "raw.log"), *before, "--scp", *map(str, words)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
                                        bufsize=0)

    def say(self, data):
        self.process.stdin.write(data)

    def hear(self, count):
        said = b""
        while len(said) < count:
            piece = self.process.stdout.read(count - len(said))
            if not piece:
                break
            said += piece
        return said

    def end(self):
        """What else it says, and its exit code."""
        self.process.stdin.close()
        rest = self.process.stdout.read()
        return rest, self.process.wait(timeout=10)
