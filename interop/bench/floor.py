"""What the machine asks for the bare work: one cipher pass, the file, the socket. CPU s per GiB."""

import os
import resource
import socket
import subprocess

_BLOCK = 32768
_PIECE = 256 * 1024
_CIPHERS = {
    "aes128-gcm": ("aes-128-gcm",),
    "chacha20": ("chacha20-poly1305",),
    "aes256-ctr-etm": ("aes-256-ctr", "hmac(sha256)"),
}


def _openssl(name):
    """Seconds of CPU for one pass over 1 GiB in blocks of 32 KiB."""
    what = ["-hmac", "sha256"] if name.startswith("hmac") else ["-evp", name]
    finished = subprocess.run(
        ["openssl", "speed", "-mr", "-seconds", "1", "-bytes", str(_BLOCK), *what],
        capture_output=True,
        text=True,
        timeout=60,
    )
    for line in finished.stdout.splitlines():
        if line.startswith("+F:"):
            return (1 << 30) / float(line.split(":")[-1])
    return None


def _child_cpu(work):
    """CPU seconds of a function run in a child process."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError("a floor measurement failed")
    return usage.ru_utime + usage.ru_stime


def _file(path, size, write):
    buffer = bytearray(_PIECE)

    def work():
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if write else os.O_RDONLY
        fd = os.open(path, flags, 0o600)
        for at in range(0, size, _PIECE):
            if write:
                os.pwrite(fd, buffer, at)
            else:
                os.preadv(fd, [buffer], at)

    return _child_cpu(work) * (1 << 30) / size


def _socket(size, send):
    """One side of a loopback connection; the other side is this process."""
    buffer = bytearray(_PIECE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def work():
            with socket.create_connection(("127.0.0.1", port)) as peer:
                left = size
                while left > 0:
                    left -= peer.send(buffer) if send else peer.recv_into(buffer)

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        pid = os.fork()
        if pid == 0:
            try:
                work()
            finally:
                os._exit(0)
        peer, _ = listener.accept()
        with peer:
            left = size
            try:
                while left > 0:
                    left -= peer.recv_into(bytearray(_PIECE)) if send else peer.send(buffer)
            except OSError:
                pass
        os.waitpid(pid, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used * (1 << 30) / size


def measure(folder, size):
    """A table of CPU seconds per GiB: each part, and the sums that the transfers compare with."""
    path = folder / "floor"
    parts = {"file write": _file(path, size, True), "file read": _file(path, size, False)}
    path.unlink()
    parts["socket send"] = _socket(size, True)
    parts["socket receive"] = _socket(size, False)
    floors = {}
    for label, names in _CIPHERS.items():
        passes = [_openssl(name) for name in names]
        if None in passes:
            continue
        parts[f"cipher {label}"] = sum(passes)
        floors[f"download-{label}"] = sum(passes) + parts["file read"] + parts["socket send"]
        floors[f"upload-{label}"] = sum(passes) + parts["file write"] + parts["socket receive"]
    return {"parts": parts, "floors": floors}
