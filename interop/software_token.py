"""A FIDO token made of software: a library for ssh and ssh-keygen, compiled at its first use."""

import functools
import hashlib
import tempfile
from pathlib import Path

from interop.process import run
from interop.programs import cache_folder

_SOURCE = Path(__file__).with_name("software_token.c")
_FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared")


@functools.cache
def provider():
    """The library, for SecurityKeyProvider and `ssh-keygen -w`."""
    digest = hashlib.sha256(repr(_FLAGS).encode() + _SOURCE.read_bytes()).hexdigest()
    library = cache_folder() / f"token-{digest[:16]}.so"
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=library.parent) as own:
            made = Path(own, "token.so")
            finished = run(["cc", *_FLAGS, "-o", made, _SOURCE, "-lcrypto"], seconds=120)
            if finished.exit_code != 0:
                raise RuntimeError(f"the software token does not compile:\n{finished.said}")
            made.replace(library)
    return library
