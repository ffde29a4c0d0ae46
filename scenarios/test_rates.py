"""TransferRate and MaxCommandRate: how long transfers take. All bounds are those that a slow machine only helps to keep,
or generous ones."""

import threading
import time

import paramiko
import pytest
from helpers import same, succeeded

from interop.clients import OpenSshScpLegacy, OpenSshSftp
from interop.servers import Proftpd

KIB = 1024
# What a client moves with its first request costs no time before it: at most this much.
FIRST = 261_120


@pytest.fixture
def limited(make_server):
    """limited("TransferRate RETR 100", ...) starts a server under such directives."""

    def make(*lines, **settings):
        return make_server(options=[word for line in lines for word in ("-o", line)], **settings)

    return make


def timed(act):
    """What an act gave, and how long it took."""
    began = time.monotonic()
    result = act()
    return result, time.monotonic() - began


@pytest.mark.main
@pytest.mark.parametrize("client_kind", [OpenSshSftp, OpenSshScpLegacy], ids=lambda kind: kind.name)
def test_both_ways_are_as_fast_as_they_may(client_kind, limited, make_client, random_file, scratch):
    server = limited("TransferRate RETR,STOR 200")
    client = make_client(client_kind, server)
    source = random_file(700 * KIB)
    least = (700 * KIB - FIRST) / (200 * KIB)
    sent, up = timed(lambda: client.put(source, "f"))
    succeeded(sent)
    got, down = timed(lambda: client.get("f", scratch / "back"))
    succeeded(got)
    assert same(source, scratch / "back") and same(source, server.root / "f")
    assert least * 0.95 < up < 30 and least * 0.95 < down < 30, (up, down, least)


def test_what_no_rate_is_for_is_not_held_back(limited, make_client, random_file, scratch):
    """The same transfer, with the commands, the user and the bytes that the rate is not for."""
    source = random_file(2000 * KIB)
    took = []
    for line in ("TransferRate STOR 100", "TransferRate RETR 100 user nobody-here", "TransferRate RETR 100:2048000"):
        server = limited(line)
        (server.root / "f").write_bytes(source.read_bytes())
        client = make_client(OpenSshSftp, server)
        got, seconds = timed(lambda client=client: client.get("f", scratch / "back"))
        succeeded(got)
        took.append(seconds)
    assert max(took) < 10, took  # of twenty seconds


def test_directories_have_their_rates(make_server, make_client, random_file, scratch):
    root = scratch / "files"
    (root / "slow").mkdir(parents=True)
    conf = scratch / "rates.conf"
    conf.write_text(f"SFTPEngine on\nAllowOverwrite on\n<Directory {root}/slow>\nTransferRate RETR 100\n</Directory>\n")
    conf.chmod(0o644)
    source = random_file(600 * KIB)
    for name in ("slow/f", "f"):
        (root / name).write_bytes(source.read_bytes())
    client = make_client(OpenSshSftp, make_server(root=root, options=["--config", conf]))
    _, quick = timed(lambda: succeeded(client.get("f", scratch / "quick")))
    _, slow = timed(lambda: succeeded(client.get("slow/f", scratch / "slow")))
    assert same(source, scratch / "slow") and same(source, scratch / "quick")
    assert slow > quick and slow > 0.95 * (600 * KIB - FIRST) / (100 * KIB), (slow, quick)


def connect(server):
    target = server.target()
    ssh = paramiko.SSHClient()
    ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    ssh.connect(target.host, target.port, target.user, key_filename=str(server.key.private), look_for_keys=False,
                allow_agent=False)
    return ssh


def test_the_rest_of_the_connection_goes_on(limited):
    """While one file waits: other channels, questions for a sign of life, new keys; and nobody is idle."""
    server = limited("TransferRate STOR 100", "SFTPClientAlive 2 1", "TimeoutStalled 2", "TimeoutIdle 2",
                     "SFTPRekey required 1")
    content = bytes(500 * KIB)
    with connect(server) as ssh:
        slow, other = ssh.open_sftp(), ssh.open_sftp()

        def upload():
            with slow.open("f", "w") as file:
                file.set_pipelined(True)
                file.write(content)

        thread = threading.Thread(target=upload)
        began = time.monotonic()
        thread.start()
        longest = 0
        while thread.is_alive():
            _, took = timed(lambda: other.listdir("."))
            longest = max(longest, took)
            time.sleep(0.05)
        took = time.monotonic() - began
        assert took > 0.95 * (len(content) - FIRST) / (100 * KIB), took
        assert longest < took / 2, (longest, took)
        assert (server.root / "f").read_bytes() == content


def test_files_of_a_session_share_a_rate(limited):
    server = limited("TransferRate RETR 200")
    (server.root / "f").write_bytes(bytes(300 * KIB))
    with connect(server) as ssh:
        channels = [ssh.open_sftp() for _ in range(3)]

        def download(sftp):
            with sftp.open("f") as file:
                assert len(file.read()) == 300 * KIB

        threads = [threading.Thread(target=download, args=(one,)) for one in channels]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        assert took > 0.9 * (900 * KIB - FIRST) / (200 * KIB), took


def test_requests_have_a_rate(limited):
    server = limited("MaxCommandRate 20 2")
    with connect(server) as ssh:
        sftp = ssh.open_sftp()
        _, took = timed(lambda: [sftp.stat(".") for _ in range(40)])
        # Twenty at once, and one each tenth of a second.
        assert 1.8 < took < 20, took


@pytest.mark.parametrize("kind", [None, Proftpd], ids=["sftpd-lite", "proftpd"])
def test_the_lines_of_proftpd(kind, make_server, make_client, random_file, scratch):
    """The same lines for both: a download under a rate, with its user named, lasts as long as it says at least."""
    folder = scratch / "root"
    folder.mkdir()
    folder.chmod(0o755)
    source = random_file(600 * KIB)
    (folder / "f").write_bytes(source.read_bytes())
    lines = ["TransferRate RETR,STOR,APPE,STOU 100.5:1024 user !nobody-here", "MaxCommandRate 1000 1"]
    if kind is Proftpd:
        server = make_server(Proftpd, root=folder, lines=lines)
    else:
        conf = scratch / "rates.conf"
        conf.write_text("\n".join(["SFTPEngine on", *lines]) + "\n")
        conf.chmod(0o644)
        server = make_server(root=folder, options=["--config", conf])
    client = make_client(OpenSshSftp, server)
    path = f"{folder}/f" if kind is Proftpd else "f"
    got, took = timed(lambda: client.get(path, scratch / "back"))
    succeeded(got)
    assert same(source, scratch / "back")
    assert took > 0.95 * (600 * KIB - FIRST) / (101 * KIB), took


def test_rates_that_make_no_sense(lite_command):
    for words, said in (
        ("TransferRate", "wants commands"),
        ("TransferRate RETR", "wants commands"),
        ("TransferRate READ 10", "'READ' is none of APPE, RETR, STOR and STOU"),
        ("TransferRate RETR 0", "is no rate"),
        ("TransferRate RETR -5", "is no rate"),
        ("TransferRate RETR 1e3", "is no rate"),
        ("TransferRate RETR 10:x", "is no rate"),
        ("TransferRate RETR 10 people x", "none of user, group and class"),
        ("MaxCommandRate", "wants a number of requests"),
        ("MaxCommandRate 0", "wants a number of requests"),
        ("MaxCommandRate 5 0", "wants a number of requests"),
    ):
        finished = lite_command("--check", "-o", words)
        assert finished.exit_code == 2 and said in finished.said, finished.said
