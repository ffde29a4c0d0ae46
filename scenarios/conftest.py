"""Fixtures: a server on a loopback port, each client program, files to move, and what they share."""

import functools
import itertools
import json
import os
import shutil
import subprocess

import pytest

from interop import clients
from interop.keys import KeyPair
from interop.process import run
from interop.programs import account, as_account, for_account, give, new_folder, program_folder
from interop.raw_scp import RawScp
from interop.servers import Proftpd, SftpdLite, Sshd
from interop.servers.sftpd_lite import binary

SERVERS = {"sftpd-lite": SftpdLite, "sshd": Sshd, "proftpd": Proftpd}


def pytest_addoption(parser):
    parser.addoption(
        "--server",
        choices=SERVERS,
        default="sftpd-lite",
        help="run the scenarios that suit any server against this one",
    )


def pytest_generate_tests(metafunc):
    """@with_clients becomes one test for each client that can do what the test needs."""
    marker = metafunc.definition.get_closest_marker("clients")
    if marker:
        able = [
            client
            for client in clients.FIRST
            if client.verbs.issuperset(marker.kwargs["verbs"])
            and client.features.issuperset(marker.kwargs["features"])
        ]
        metafunc.parametrize("client_kind", able, ids=lambda client: client.name, indirect=True)


def pytest_configure(config):
    config.addinivalue_line("markers", "clients: set by with_clients")


@functools.cache
def detection(kind):
    """Whether a client or server is here; asked once a run."""
    return kind.detect()


def need(kind):
    """Skips the test when the program is not here."""
    missing = detection(kind).missing
    if missing:
        pytest.skip(f"skipped: {missing}")


@pytest.fixture
def scratch():
    """A folder in memory, removed afterwards. The account that servers run under can reach it."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lite_command(scratch):
    """lite_command(word, ...) runs sftpd-lite, as the unprivileged account, for a short time."""
    need(SftpdLite)
    program = for_account(binary(), scratch)
    who = as_account()
    words = []
    if who:
        words = ["setpriv", "--reuid", who["user"], "--regid", who["group"], "--clear-groups"]

    def command(*arguments, **options):
        argv = [*map(str, words), program, *map(str, arguments)]
        return run(argv, seconds=10, cwd=scratch, **options)

    return command


@pytest.fixture
def make_server(scratch):
    """make_server(SftpdLite, options=[...]) starts a server that ends with the test."""
    started = []
    numbers = itertools.count(1)

    def make(kind=SftpdLite, **settings):
        need(kind)
        server = kind(scratch / f"server{next(numbers)}", **settings)
        give(server.root)
        server.start()
        started.append(server)
        return server

    yield make
    crashes = []
    for server in started:
        server.stop()
        crashes += server.crash_reports()
        print(f"--- {server.name}: log\n{server.log()[-4000:]}")  # shown when the test has failed
        events = getattr(server, "events_path", None)
        if events is not None and events.exists():
            print(f"--- events\n{events.read_text()[-6000:]}")
    assert not crashes, "\n".join(crashes)


@pytest.fixture
def server(make_server, pytestconfig):
    """A running server: sftpd-lite, or the one that --server names."""
    return make_server(SERVERS[pytestconfig.getoption("--server")])


@pytest.fixture
def lite(make_server):
    """A running sftpd-lite, whatever --server says."""
    return make_server()


@pytest.fixture
def logging(make_server, scratch):
    """A server with such directives, and its log."""

    def make(*directives, options=(), **settings):
        log = scratch / "log"
        log.touch()
        give(log)
        words = [word for text in directives for word in ("-o", text)]
        server = make_server(options=[*words, "--log", log, *options], **settings)
        return server, log

    return make


@pytest.fixture
def make_client(scratch):
    """make_client(OpenSshSftp, server, password=...) makes a client with a HOME of its own."""
    numbers = itertools.count(1)

    def make(kind, server, seconds=60, **changes):
        need(kind)
        home = scratch / f"home{next(numbers)}"
        return kind(server.target(**changes), home, seconds=seconds)

    return make


@pytest.fixture
def client_kind(request):
    """The client class of this run of the test. See with_clients."""
    return request.param


@pytest.fixture
def client(client_kind, server, make_client):
    """The client of this run of the test, by key, on `server`."""
    return make_client(client_kind, server)


@pytest.fixture
def random_file(scratch):
    """random_file(size) makes a file with random content; equal sizes give different files."""
    numbers = itertools.count(1)

    def make(size, name=None):
        path = scratch / (name or f"random{next(numbers)}.bin")
        path.write_bytes(os.urandom(size))
        return path

    return make


@pytest.fixture(scope="session")
def every_host_key():
    """Host keys of every type that the server knows, made once."""
    folder = new_folder("ssh2core-keys-")
    keys = [
        KeyPair(folder / "ed25519"),
        *(KeyPair(folder / f"ecdsa{bits}", "ecdsa", bits) for bits in ("256", "384", "521")),
        KeyPair(folder / "rsa", "rsa", "2048"),
    ]
    give(folder)
    yield keys
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def password_file(scratch):
    """password_file(alice="secret") writes a password file with `keytool passwd`."""

    def make(**users):
        keytool = program_folder() / "keytool"
        if not keytool.exists():
            pytest.skip(f"skipped: {keytool} is not built")
        path = scratch / "passwords"
        lines = []
        for user, password in users.items():
            made = run([keytool, "passwd", user, "--passphrase-fd", "0"], stdin=f"{password}\n".encode())
            assert made.exit_code == 0, made
            lines.append(made.stdout)
        path.write_text("".join(lines))
        path.chmod(0o600)
        give(path)
        return path

    return make


@pytest.fixture
def served_by():
    """The name and ids of the account that servers run under."""
    return account()


@pytest.fixture
def check(tmp_path):
    """check("SFTPEngine on", ...) gives exit code and findings of --check for such a file."""
    need(SftpdLite)

    def ask(text, *words, environment=None):
        path = tmp_path / "proftpd.conf"
        path.write_text(text)
        who = ["--run-as", "nobody"] if os.geteuid() == 0 else []
        words = [binary(), "--check", "--json", "--config", path, *who, *words]
        finished = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=20,
                                  cwd=tmp_path, env={**os.environ, **(environment or {})}, check=False)
        findings = json.loads(finished.stdout)["findings"]
        return finished.returncode, [(one["severity"], one["text"]) for one in findings]

    return ask


@pytest.fixture
def raw_scp(scratch):
    """raw_scp(word, ...) starts `sftpd-lite --scp word ...` in an empty folder."""
    need(SftpdLite)
    folder = scratch / "inside"
    folder.mkdir()
    started = []

    def start(*words, **more):
        started.append(RawScp(folder, *words, **more))
        return started[-1]

    start.folder = folder
    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        one.process.stdout.close()
