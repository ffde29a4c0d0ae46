"""A file system so small that it is soon full. Needs root, and gives itself back."""

import subprocess
from contextlib import contextmanager


@contextmanager
def small_disk(folder, size):
    """Mounts a tmpfs of `size` bytes on the folder."""
    options = f"size={size},nr_inodes=1000,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "ssh2core", str(folder)], check=True, timeout=20)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=20)
