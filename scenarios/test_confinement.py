"""Nothing outside the root is read or changed, whatever path a client thinks of."""

import itertools
import os
import struct
import threading

import pytest
from conftest import need
from helpers import mode_of, snapshot, succeeded, with_clients

from interop import raw_sftp as sftp
from interop.clients import OpenSshSftp
from interop.process import run
from interop.programs import account, as_account, for_account, give
from interop.raw_sftp import RawSftp, string
from interop.servers import SftpdLite
from interop.servers.sftpd_lite import binary

SECRET = b"nobody may read this"
MODE_600 = struct.pack(">II", 4, 0o600)  # attributes: only permissions


@pytest.fixture
def outside(scratch):
    """A folder beside the root, writable for the server's account, that must stay as it is."""
    folder = scratch / "outside"
    (folder / "sub").mkdir(parents=True)
    (folder / "secret").write_bytes(SECRET)
    (folder / "sub" / "secret").write_bytes(SECRET)
    give(folder)
    folder.chmod(0o777)
    before = snapshot(folder)
    yield folder
    assert snapshot(folder) == before, "something outside the root was changed"


@pytest.fixture
def root(scratch, outside):
    """A root with links that were there before, of all kinds, to what lies outside."""
    root = scratch / "root"
    (root / "inside").mkdir(parents=True)
    (root / "inside" / "own").write_text("own")
    os.symlink(outside / "secret", root / "absolute")
    os.symlink("../outside/secret", root / "relative")
    os.symlink(outside, root / "folder")
    os.symlink("..", root / "up")
    os.symlink("../../../../../../../../", root / "far")
    os.symlink("inside/../../outside", root / "winding")
    os.symlink(f"{root}/../outside", root / "doubled")
    os.symlink("/proc/self/root", root / "magic")
    give(root)
    return root


@pytest.fixture
def raw(root):
    """SFTP without a client's own ideas about paths."""
    need(SftpdLite)
    with RawSftp([binary(), "--subsystem", "--root", root]) as session:
        yield session.hello()


def escapes(outside):
    """Paths that would lead to the outside folder if the root were none."""
    up = "../" * 12
    name = outside.name
    whole = str(outside)
    return [
        f"../{name}",
        f"/../{name}",
        f"inside/../../{name}",
        f"/inside/../../{name}",
        f"{up}{whole.lstrip('/')}",
        f"/{up}{whole.lstrip('/')}",
        f"./.././{name}",
        "folder",
        "winding",
        "doubled",
        f"up/{name}",
        f"far{whole}",
        f"magic{whole}",
        f"inside/../up/{name}",
        f"folder/../{name}",
    ]


@pytest.mark.main
def test_no_path_leads_out(raw, root, outside):
    """Reading, writing, listing, removing, renaming, changing: none of it reaches the outside."""
    leaked = []
    for path in escapes(outside):
        read = raw.open(f"{path}/secret")
        if read.kind == sftp.HANDLE:
            data = raw.request(sftp.READ, string(read.handle), struct.pack(">QI", 0, 100))
            leaked += [path] if data.kind == sftp.DATA and SECRET in data.data else []
        for name in ("secret", "new"):
            target = string(f"{path}/{name}")
            for flags in (sftp.FLAG_WRITE, sftp.FLAG_WRITE | sftp.FLAG_CREATE | sftp.FLAG_TRUNCATE):
                opened = raw.open(f"{path}/{name}", flags)
                if opened.kind == sftp.HANDLE:
                    handle = string(opened.handle)
                    raw.request(sftp.WRITE, handle, struct.pack(">Q", 0), string(b"spoilt"))
                    raw.request(sftp.CLOSE, handle)
            raw.request(sftp.SETSTAT, target, MODE_600)
            raw.request(sftp.RENAME, target, string("inside/moved"))
            raw.request(sftp.RENAME, string("inside/own"), target)
            raw.request(sftp.MKDIR, target, sftp.NO_ATTRIBUTES)
            raw.request(sftp.SYMLINK, string("x"), target)
            raw.request(sftp.EXTENDED, string("hardlink@openssh.com"), target, string("hard"))
            raw.request(sftp.EXTENDED, string("posix-rename@openssh.com"), target, string("moved"))
            raw.request(sftp.EXTENDED, string("lsetstat@openssh.com"), target, MODE_600)
            raw.request(sftp.REMOVE, target)
            raw.request(sftp.RMDIR, target)
        listed = raw.request(sftp.OPENDIR, string(path))
        if listed.kind == sftp.HANDLE:
            names = raw.request(sftp.READDIR, string(listed.handle))
            if names.kind == sftp.NAME and b"secret" in names.names():
                leaked.append(f"{path} (listing)")
    # What was made lies below the root, where `..` ends; the fixture compares the outside.
    assert not leaked


@pytest.mark.main
def test_links_made_by_the_client(raw, root, outside):
    """A client may make any link; following it stays inside."""
    targets = [str(outside), f"../{outside.name}", "../" * 9 + str(outside).lstrip("/"), "/etc"]
    for number, target in enumerate(targets):
        raw.request(sftp.SYMLINK, string(target), string(f"link{number}"))
        for name in ("secret", "passwd"):
            assert raw.open(f"link{number}/{name}").status is not None, target
        raw.open(f"link{number}/new", sftp.FLAG_WRITE | sftp.FLAG_CREATE)
        raw.request(sftp.REMOVE, string(f"link{number}/secret"))
        raw.request(sftp.RENAME, string("inside/own"), string(f"link{number}/own"))


def test_the_names_of_places_do_not_tell_where_the_root_is(raw, root):
    for path in (".", "..", "../..", "/", "/..", "inside/.."):
        reply = raw.request(sftp.REALPATH, string(path))
        assert reply.names() == [b"/"], path
    assert raw.request(sftp.REALPATH, string("inside")).names() == [b"/inside"]


def test_a_path_with_a_zero_byte_is_refused(raw, root):
    assert raw.open(b"inside/own\0/../../x").status not in (None, sftp.OK)
    assert raw.open("inside/own").kind == sftp.HANDLE, "the session goes on"


@pytest.mark.main
@with_clients("get", "put")
def test_real_clients_do_not_get_out(make_server, make_client, client_kind, root, outside, scratch, random_file):
    server = make_server(root=root)
    client = make_client(client_kind, server)
    for name in ("absolute", "relative", "folder/secret", "winding/secret"):
        result = client.get(name, scratch / "copy")
        stolen = (scratch / "copy").exists() and SECRET in (scratch / "copy").read_bytes()
        assert not stolen, str(result)
        assert result.state == "remote-error", str(result)
    original = random_file(100)
    for name in ("absolute", "relative", "folder/new", f"../{outside.name}/new"):
        client.put(original, name)


def test_a_link_to_the_inside_works(make_server, make_client, root, scratch):
    """Confinement is no reason to refuse links that stay inside, absolute ones included."""
    os.symlink("/inside/own", root / "from-the-top")
    os.symlink("inside", root / "beside")
    client = make_client(OpenSshSftp, make_server(root=root))
    for name in ("from-the-top", "beside/own"):
        succeeded(client.get(name, scratch / "copy"))
        assert (scratch / "copy").read_text() == "own"


def test_a_race_between_a_folder_and_a_link(raw, root, outside):
    """Somebody swaps a folder for a link to the outside, over and over, while files are opened."""
    stop = threading.Event()
    (root / "swap").mkdir()
    (root / "swap" / "secret").write_bytes(b"harmless")
    os.symlink(outside, root / "trap")
    give(root)

    def swap():
        while not stop.is_set():
            for one, other in (("swap", "aside"), ("trap", "swap"), ("swap", "trap"), ("aside", "swap")):
                os.rename(root / one, root / other)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(1500):
            opened = raw.open("swap/secret")
            if opened.kind == sftp.HANDLE:
                handle = string(opened.handle)
                data = raw.request(sftp.READ, handle, struct.pack(">QI", 0, 100))
                assert SECRET not in data.body
                raw.request(sftp.CLOSE, handle)
            made = raw.open("swap/new", sftp.FLAG_WRITE | sftp.FLAG_CREATE)
            if made.kind == sftp.HANDLE:
                raw.request(sftp.CLOSE, string(made.handle))
    finally:
        stop.set()
        swapper.join()


def test_new_files_respect_the_umask(make_server, make_client, random_file):
    original = random_file(10)
    original.chmod(0o666)
    server = make_server(options=["--umask", "027"])
    client = make_client(OpenSshSftp, server)
    succeeded(client.run_steps([("put", original, "f"), ("mkdir", "d")]))
    assert mode_of(server.root / "f") == 0o640
    assert mode_of(server.root / "d") == 0o750


def test_devices_and_fifos_do_not_hang_the_server(raw, root):
    os.mkfifo(root / "fifo")
    give(root)
    opened = raw.open("fifo")
    if opened.kind == sftp.HANDLE:
        raw.request(sftp.CLOSE, string(opened.handle))
    assert raw.open("inside/own").kind == sftp.HANDLE


def test_its_own_memory_is_no_file(scratch):
    """Without a root /proc can be seen; a write there would be more than SFTP."""
    need(SftpdLite)
    if account().pw_uid == 0:
        pytest.skip("skipped: nothing is hidden from root")
    program = for_account(binary(), scratch)
    if b"__asan_init" in program.read_bytes():
        pytest.skip("skipped: LeakSanitizer wants to see the memory")
    with RawSftp([program, "--subsystem"], **as_account()) as session:
        session.hello()
        assert session.open("/proc/self/status").kind == sftp.HANDLE
        for flags in (sftp.FLAG_READ, sftp.FLAG_READ | sftp.FLAG_WRITE):
            assert session.open("/proc/self/mem", flags).status == 3


def test_an_openssh_session_inside_a_subfolder_cannot_climb(scratch, root, outside):
    """The whole way through sftp's own path arithmetic."""
    need(SftpdLite)
    batch = scratch / "batch"
    climbing = itertools.repeat("-cd ..", 20)
    lines = ["cd inside", *climbing, "pwd", f"-get {outside}/secret {scratch}/stolen"]
    batch.write_text("\n".join(lines) + "\n")
    finished = run(["sftp", "-b", batch, "-D", f"{binary()} --subsystem --root {root}"])
    assert "Remote working directory: /\n" in finished.stdout, finished
    assert not (scratch / "stolen").exists()
