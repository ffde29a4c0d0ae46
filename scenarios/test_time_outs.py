"""Time-outs of sessions, times of listings, and the names that banners tell, by real clients."""

import re
import time

import pytest
from test_configuration import held  # noqa: F401
from test_surroundings import connect, logging  # noqa: F401

from interop.clients import OpenSshSftp

paramiko = pytest.importorskip("paramiko")


@pytest.mark.parametrize("directive, said", [
    ("TimeoutIdle 1", "idle"), ("TimeoutNoTransfer 1", "no transfer"), ("TimeoutSession 1", "lasted"),
])  # fmt: skip
def test_a_session_without_files_ends(logging, held, directive, said):  # noqa: F811
    server, _ = logging(directive)
    held(server)
    assert said in server.wait_event("session_close")[-1]["reason"]


def test_a_transfer_that_stalls_ends(logging, connect):  # noqa: F811
    server, _ = logging("TimeoutStalled 1")
    _, client = connect(server)
    time.sleep(1.5)
    file = client.open("f", "w")
    file.write(b"x")
    file.flush()
    assert "stalled" in server.wait_event("session_close")[-1]["reason"]


@pytest.mark.parametrize("word, hour", [("on", "12:34"), ("off", "17:34")])
def test_times_of_listings(logging, connect, word, hour):  # noqa: F811
    """With a zone five hours to the east."""
    import os

    server, _ = logging(f"TimesGMT {word}", "SetEnv TZ EAST-5")
    (server.root / "f").write_text("x")
    midday = (time.time() // 86400 - 2) * 86400 + 12 * 3600 + 34 * 60
    os.utime(server.root / "f", (midday, midday))
    _, client = connect(server)
    (entry,) = [one for one in client.listdir_attr() if one.filename == "f"]
    assert f" {hour} " in entry.longname, entry.longname
    assert entry.st_mtime == midday


def test_names_in_banners(logging, make_client, scratch):  # noqa: F811
    text = scratch / "text"
    text.write_text("%V, ask %E\n")
    text.chmod(0o644)
    server, _ = logging(f"SFTPDisplayBanner {text}", 'ServerName "The files"', "ServerAdmin files@example.org")
    finished = make_client(OpenSshSftp, server).batch(["ls"])
    assert re.search(r"^The files, ask files@example\.org\r?$", finished.stderr + finished.stdout, re.MULTILINE), finished
