"""`replay inspect`: sessions of real clients, captured by sftpd-lite, are decoded without a remainder."""

import collections
import hashlib
import json
import re
import shutil
import subprocess

import pytest
from helpers import succeeded

from interop.clients import Algorithms, AsyncSsh, OpenSshSftp, Paramiko, Psftp
from interop.process import run
from interop.programs import REPOSITORY, program_folder
from test_algorithms import AEAD, CTR, KEX, MACS

MEGABYTE = 1 << 20
PASSWORD = "correct horse; battery 'staple' ü"


def replay(*words):
    program = program_folder() / "replay"
    if not program.exists():
        pytest.skip(f"skipped: {program} is not built")
    return run([program, "inspect", *words], seconds=60)


def check_schema(kind, *documents):
    """Each document has the form of docs/schemas/trace.json. Without jsonschema nothing is checked."""
    try:
        import jsonschema
    except ImportError:
        return
    schema = json.loads((REPOSITORY / "docs/schemas/trace.json").read_text())
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    )
    for document in documents:
        found = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)]
        assert not found, found[:3]


def lines(*words, exit_code=0):
    """The messages that --jsonl prints."""
    result = replay(*words, "--jsonl")
    assert result.exit_code == exit_code, result.stderr + result.stdout[-2000:]
    messages = [json.loads(line) for line in result.stdout.splitlines()]
    assert messages[0]["schema"] == "ssh2core/trace/1"
    assert [message["n"] for message in messages] == list(range(1, len(messages) + 1))
    check_schema("line", *messages)
    return messages


class Captured:
    """A server that writes captures, and what replay says of them."""

    def __init__(self, server, folder):
        self.server, self.folder, self.log = server, folder, folder / "keys.log"

    def pcaps(self, count=1):
        self.server.wait_event("session_close", count)
        found = sorted(self.folder.glob("capture.*.pcap"), key=lambda path: path.stat().st_mtime)
        assert len(found) == count
        return found

    def messages(self):
        return lines(self.pcaps()[-1], "--keylog", self.log)


@pytest.fixture
def captured(make_server, scratch):
    """captured(options=[...]) starts a server with --keylog and --pcap."""

    def make(options=(), **settings):
        folder = scratch / "captures"
        folder.mkdir()
        folder.chmod(0o777)
        taps = ["--keylog", folder / "keys.log", "--pcap", folder / "capture"]
        return Captured(make_server(options=[*options, *taps], **settings), folder)

    return make


def all_of(messages, *types):
    return [message for message in messages if message.get("type") in types]


def matches(data, piece):
    """Whether what a trace says of data is this piece."""
    if isinstance(data, dict) and "sha256" in data:
        return data == {"length": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
    return (bytes.fromhex(data["hex"]) if isinstance(data, dict) else data.encode()) == piece


def size_of(data):
    if isinstance(data, str):
        return len(data.encode())
    return data["length"] if "length" in data else len(data["hex"]) // 2


def written(messages, content):
    """Bytes in WRITEs, each of which must be what the file has at its place."""
    total = 0
    for write in all_of(messages, "WRITE"):
        length = size_of(write["data"])
        assert matches(write["data"], content[write["offset"] : write["offset"] + length])
        total += length
    return total


def read(messages, content):
    """Bytes in DATA, each of which must be what the file has where its READ asked."""
    offsets, total = {}, 0
    for message in messages:
        if message.get("type") == "READ":
            offsets[message["id"]] = message["offset"]
        if message.get("type") == "DATA":
            length, at = size_of(message["data"]), offsets[message["id"]]
            assert matches(message["data"], content[at : at + length])
            total += length
    return total


def transfer(make_client, kind, captured, random_file, scratch, **options):
    """Puts and gets a MiB; the messages of the session, all decoded."""
    original, copy = random_file(MEGABYTE), scratch / "copy"
    client = make_client(kind, captured.server, **options)
    succeeded(client.run_steps([("put", original, "f"), ("get", "f", copy)]))
    messages = captured.messages()
    assert not [message for message in messages if "error" in message]
    assert not all_of(messages, "ENCRYPTED", "UNKNOWN")
    content = original.read_bytes()
    assert written(messages, content) == MEGABYTE
    assert read(messages, content) >= MEGABYTE  # some ask twice for the same
    return messages


@pytest.mark.main
@pytest.mark.parametrize("kind", [OpenSshSftp, Psftp, Paramiko, AsyncSsh], ids=lambda kind: kind.name)
def test_a_transfer_of_each_client(captured, make_client, random_file, scratch, kind):
    messages = transfer(make_client, kind, captured(), random_file, scratch)
    identification = all_of(messages, "IDENTIFICATION")
    assert {message["dir"] for message in identification} == {"c2s", "s2c"}
    first = all_of(messages, "KEXINIT")[0]
    assert len(first["cookie"]) == 32 and first["kex_algorithms"]
    assert first["first_kex_packet_follows"] is False
    behind_data = [
        before["type"] == "CHANNEL_DATA" or before["layer"] == "sftp"
        for before, message in zip(messages, messages[1:], strict=False)
        if message["layer"] == "sftp"
    ]
    assert behind_data and all(behind_data)


@pytest.mark.parametrize("name", KEX)
def test_each_key_exchange(captured, make_client, random_file, scratch, name):
    transfer(make_client, OpenSshSftp, captured(), random_file, scratch, algorithms=Algorithms(kex=name))


@pytest.mark.parametrize("name", AEAD + CTR)
def test_each_cipher(captured, make_client, random_file, scratch, name):
    transfer(make_client, OpenSshSftp, captured(), random_file, scratch, algorithms=Algorithms(cipher=name))


@pytest.mark.parametrize("name", MACS)
def test_each_mac(captured, make_client, random_file, scratch, name):
    names = Algorithms(cipher="aes128-ctr", mac=name)
    messages = transfer(make_client, OpenSshSftp, captured(), random_file, scratch, algorithms=names)
    negotiated = [message["negotiated"] for message in messages if "negotiated" in message]
    assert negotiated[0]["mac_in"] == negotiated[0]["mac_out"] == name


@pytest.mark.parametrize("kind", [OpenSshSftp, AsyncSsh], ids=lambda kind: kind.name)
def test_a_client_that_rekeys(captured, make_client, random_file, scratch, kind):
    messages = transfer(make_client, kind, captured(), random_file, scratch, rekey_bytes=MEGABYTE // 4)
    assert len(all_of(messages, "NEWKEYS")) >= 4


def test_either_form_of_key_log(captured, make_client, scratch):
    # A hybrid has no private key for the log; its one form is the shared secret.
    server = captured(options=["-o", "SFTPKeyExchanges curve25519-sha256"])
    succeeded(make_client(OpenSshSftp, server.server).ls(""))
    [pcap] = server.pcaps()
    text = server.log.read_text().splitlines(keepends=True)
    shown = []
    for wanted in (True, False):
        log = scratch / "one-form.log"
        log.write_text("".join(line for line in text if ("SHARED_SECRET" in line) is wanted))
        shown.append(lines(pcap, "--keylog", log))
    for message in shown[0] + shown[1]:
        message.pop("started", None)
    assert shown[0] == shown[1] and all_of(shown[0], "OPENDIR")


def test_a_password_is_masked(captured, make_client, password_file):
    server = captured(
        keys=False, users=(), options=["--password-file", password_file(alice=PASSWORD)]
    )
    login = make_client(OpenSshSftp, server.server, user="alice", password=PASSWORD)
    succeeded(login.ls(""))
    [pcap] = server.pcaps()
    for form in ([], ["--json"], ["--jsonl"]):
        result = replay(pcap, "--keylog", server.log, *form)
        assert result.exit_code == 0
        assert PASSWORD not in result.stdout and "horse" not in result.stdout + result.stderr
        assert "masked" in result.stdout
    requests = all_of(server.messages(), "USERAUTH_REQUEST")
    assert requests[-1]["password"] == {"masked": True}


def test_without_a_key_log(captured, make_client):
    server = captured()
    succeeded(make_client(OpenSshSftp, server.server).ls(""))
    messages = lines(server.pcaps()[0])
    kinds = collections.Counter(message["type"] for message in messages)
    assert kinds["KEXINIT"] == 2 and kinds["NEWKEYS"] == 2 and kinds["ENCRYPTED"] > 4
    assert all_of(messages, "ENCRYPTED")[0].keys() == {
        "n", "time", "session", "dir", "layer", "type", "bytes"}  # fmt: skip


def test_the_document(captured, make_client):
    server = captured()
    succeeded(make_client(OpenSshSftp, server.server).ls(""))
    [pcap] = server.pcaps()
    result = replay(pcap, "--keylog", server.log, "--json")
    document = json.loads(result.stdout)
    check_schema("document", document)
    [session] = document["sessions"]
    event = server.server.wait_event("negotiated")[-1]
    said = {name: event[name] for name in session["negotiated"]}
    implicit = {"mac_in": "", "mac_out": ""}  # the cipher brings its own; the server has a word for it
    assert said | implicit == session["negotiated"]
    assert session["server"].endswith(f":{server.server.port}")
    assert session["client_ident"].startswith("SSH-2.0-OpenSSH")
    assert len(document["messages"]) == len(lines(pcap, "--keylog", server.log))


def test_a_capture_of_two_connections(captured, make_client, scratch):
    if not shutil.which("mergecap"):
        pytest.skip("skipped: no mergecap")
    server = captured()
    for name in ("one", "two"):
        succeeded(make_client(OpenSshSftp, server.server).mkdir(name))
    both = scratch / "both.pcapng"
    subprocess.run(["mergecap", "-w", both, *server.pcaps(2)], check=True, timeout=60)
    messages = lines(both, "--keylog", server.log)
    made = {message["session"]: message["path"] for message in all_of(messages, "MKDIR")}
    assert sorted(made.items()) == [(1, "/one"), (2, "/two")]


def test_a_capture_that_lacks_a_piece(captured, make_client, random_file, scratch):
    server = captured()
    succeeded(make_client(OpenSshSftp, server.server).put(random_file(MEGABYTE), "f"))
    [pcap] = server.pcaps()
    whole = pcap.read_bytes()
    cut = scratch / "cut.pcap"
    cut.write_bytes(whole[: len(whole) // 2])  # as when the disk was full
    messages = lines(cut, "--keylog", server.log, exit_code=1)
    assert "error" in messages[-1]


def test_what_cannot_be_read(captured, scratch):
    assert replay(scratch / "missing.pcap").exit_code == 3
    other = scratch / "other.pcap"
    other.write_text("no capture at all\n")
    refused = replay(other)
    assert refused.exit_code == 3 and refused.stdout == "" and str(other) in refused.stderr
    assert replay(other, "--json", "--jsonl").exit_code == 2
    assert replay().exit_code == 2


def test_tshark_counts_the_same_requests(captured, make_client, random_file, scratch):
    if not shutil.which("tshark"):
        pytest.skip("skipped: no tshark")
    readable = Algorithms(kex="curve25519-sha256", cipher="aes128-gcm@openssh.com")
    server = captured()
    # No upload: Wireshark 4.0 takes a long WRITE for malformed and loses the rest of its direction.
    (server.server.root / "f").write_bytes(random_file(20_000).read_bytes())
    client = make_client(OpenSshSftp, server.server, algorithms=readable)
    steps = [("mkdir", "d"), ("get", "f", scratch / "copy"), ("rename", "f", "d/f"), ("ls", "d"),
             ("rm", "d/f")]  # fmt: skip
    succeeded(client.run_steps(steps))
    shown = subprocess.run(
        ["tshark", "-r", server.pcaps()[0], "-d", f"tcp.port=={server.server.port},ssh", "-V",
         "-o", f"ssh.keylog_file:{server.log}"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    ours = collections.Counter(
        message["type"] for message in server.messages() if message["layer"] == "sftp"
    )
    theirs = collections.Counter(re.findall(r"SFTP packet type: SSH_FXP_(\w+) \(", shown))
    assert ours == theirs and ours["READ"] and ours["OPENDIR"] and ours["REMOVE"]
