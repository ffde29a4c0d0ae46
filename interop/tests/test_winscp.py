"""The adapter of the real winscp.com: its script, its arguments, and what it reads from XML logs.

There is no Windows here. The logs are written by hand after WinSCP's documentation of its XML log; a
shell script stands for the program and looks at what it is given.
"""

import os
import stat

import pytest

from interop.clients import Algorithms, Target, Unsupported
from interop.clients.winscp import WinScp, pinned, quoted, wine_path
from interop.clients.winscp_log import mode_of, read_log
from interop.keys import make_key

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<session xmlns="http://winscp.net/schema/session/1.0" name="ann@h">'
)
LISTING = (
    HEAD
    + """
<group name="ls &quot;/d&quot;" start="2026-01-02T03:04:05.000Z">
  <ls>
    <destination value="/d" />
    <files>
      <file><filename value="." /><type value="d" /><permissions value="rwxr-xr-x" /></file>
      <file><filename value=".." /><type value="d" /></file>
      <file><filename value="a &quot;b&quot; &amp; 'c'" /><type value="-" /><size value="7" /></file>
      <file><filename value="Grüße 東京" /><type value="-" /><size value="0" /></file>
    </files>
    <result success="true" />
  </ls>
</group>
<group name="stat" start="2026-01-02T03:04:06.000Z">
  <stat>
    <filename value="/d/x" />
    <file>
      <filename value="x" /><type value="-" /><size value="12345" />
      <permissions value="rw-r-----" />
    </file>
    <result success="true" />
  </stat>
</group>
</session>
"""
)


def failed(message, kind="upload"):
    result = f'<result success="false"><message>{message}</message></result>'
    return f'{HEAD}<{kind}><filename value="x" />{result}</{kind}></session>'


def failure(message):
    return f"{HEAD}<failure><message>\n  {message}\n</message></failure></session>"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """program(log, exit_code) is a winscp.com that keeps its arguments and its script, and leaves a log."""

    def make(log="", exit_code=0, said=""):
        (tmp_path / "log.xml").write_text(log)
        path = tmp_path / "winscp.com"
        path.write_text(f"""#!/bin/sh
case " $* " in *" /help "*) echo 'WinSCP, Version 6.6.3 (Build 16000)'; exit 0 ;; esac
printf '%s\\n' "$@" >{tmp_path}/arguments
for word in "$@"; do
  case $word in
    /script=*) cp -p "${{word#*=}}" {tmp_path}/script ;;
    /xmllog=*) test -s {tmp_path}/log.xml && cp {tmp_path}/log.xml "${{word#*=}}" ;;
  esac
done
echo '{said}'
exit {exit_code}
""")
        path.chmod(0o755)
        monkeypatch.setenv("SSH2CORE_WINSCP", str(path))
        return path

    return make


@pytest.fixture
def client(tmp_path):
    def make(**changes):
        fields = {"host": "127.0.0.1", "port": 2222, "user": "ann", "password": "secret", "base": "/work it"}
        return WinScp(Target(**{**fields, **changes}), tmp_path / "home")

    return make


def test_absent_is_said_with_the_cure(monkeypatch):
    monkeypatch.delenv("SSH2CORE_WINSCP", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert WinScp.detect().missing == "winscp.com not found (set SSH2CORE_WINSCP)"


def test_a_windows_program_needs_wine_here(tmp_path, monkeypatch):
    path = tmp_path / "winscp.com"
    path.write_bytes(b"MZ\0")
    monkeypatch.setenv("SSH2CORE_WINSCP", str(path))
    monkeypatch.delenv("WSL_INTEROP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no wine" in WinScp.detect().missing
    wine = tmp_path / "wine"
    wine.write_text("#!/bin/sh\n")
    wine.chmod(0o755)
    launcher = WinScp.launcher()
    assert launcher.argv == [str(wine), str(path)]
    assert launcher.local("/tmp/a b") == wine_path("/tmp/a b") == "Z:\\tmp\\a b"


def test_the_version_is_its_banners(program):
    program()
    assert WinScp.detect().version == "WinSCP 6.6.3"


def test_arguments_and_script(program, client, tmp_path):
    program(LISTING)
    result = client().run_steps([("put", tmp_path / "l.bin", "f"), ("ls", "d")])
    assert result.ok, str(result)
    home = tmp_path / "home"
    assert (tmp_path / "arguments").read_text().splitlines() == [
        "/ini=nul", "/nointeractiveinput", f"/log={home}/session.log", "/loglevel=2",
        f"/xmllog={home}/session.xml", "/xmlgroups", f"/script={home}/run.txt",
    ]  # fmt: skip
    assert (tmp_path / "script").read_text().splitlines() == [
        "option batch abort",
        "option confirm off",
        "open sftp://ann:secret@127.0.0.1:2222/ -hostkey=acceptnew",
        f'put "{tmp_path}/l.bin" "/work it/f"',
        'ls "/work it/d"',
        "exit",
    ]


def test_the_password_is_in_a_private_script_only(program, client, tmp_path):
    program(LISTING)
    result = client(password="p w%/@:").run_steps([("ls", "")])
    assert stat.S_IMODE((tmp_path / "script").stat().st_mode) == 0o600
    assert "ann:p%20w%25%2F%40%3A@" in (tmp_path / "script").read_text()
    assert not any("p w" in word or "p%20w" in word for word in result.runs[0].argv)
    assert not (tmp_path / "home" / "run.txt").exists(), "and it is gone afterwards"


def test_keys_host_keys_and_settings(client, tmp_path):
    user, rsa = make_key(tmp_path, "user"), make_key(tmp_path, "rsa", "rsa")
    made = client(
        password=None, key=user, host="::1", host_keys=(user.public_line, rsa.public_line), sftp_version=3,
        rekey_bytes=1 << 20, algorithms=Algorithms(compression=True),
    ).open_command(wine_path)  # fmt: skip
    pins = f"ssh-ed25519 255 {user.fingerprint[7:]};ssh-rsa 3072 {rsa.fingerprint[7:]}"
    assert made == (
        f'open sftp://ann@[::1]:2222/ -hostkey="{pins}" -privatekey="{wine_path(user.ppk)}" '
        "-rawsettings SFTPMaxVersion=3 RekeyBytes=1048576 Compression=1"
    )


def test_pins_name_the_size(tmp_path):
    key = make_key(tmp_path, "ec", "ecdsa-384")
    assert pinned(key.public_line) == f"ecdsa-sha2-nistp384 384 {key.fingerprint[7:]}"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (("put", "/l", 'a "b"'), 'put "/l" "/work it/a ""b"""'),
        (("get", "it's", "/l l"), 'get "/work it/it\'s" "/l l"'),
        (("resume_put", "/l", "f"), 'put -resume "/l" "/work it/f"'),
        (("resume_get", "f", "/l"), 'get -resume "/work it/f" "/l"'),
        (("rename", "a", "b"), 'mv "/work it/a" "/work it/b"'),
        (("mkdir", "Grüße"), 'mkdir "/work it/Grüße"'),
        (("rmdir", "d"), 'rmdir "/work it/d"'),
        (("rm", "f"), 'rm "/work it/f"'),
        (("chmod", "640", "f"), 'chmod 640 "/work it/f"'),
        (("symlink", "to", "link"), 'ln "to" "/work it/link"'),
        (("stat", "f"), 'stat "/work it/f"'),
    ],
)
def test_steps_become_commands(client, step, line):
    verb, *arguments = step
    assert client().command(verb, arguments) == line


@pytest.mark.parametrize("name", ["star*", "quest?", "set[ab]", "line\nbreak"])
def test_what_a_script_cannot_say_is_unsupported(client, name):
    with pytest.raises(Unsupported):
        client().script([("rm", name)])


def test_unknown_verbs_are_unsupported(program, client):
    program(LISTING)
    with pytest.raises(Unsupported):
        client().perform([("frobnicate", "x")])


def test_every_verb_has_a_command(client):
    words = {"chmod": ("644", "f"), "symlink": ("to", "link")}
    for verb in WinScp.verbs:
        count = 2 if verb in ("put", "get", "resume_put", "resume_get", "rename", "chmod", "symlink") else 1
        assert client().command(verb, words.get(verb, ("x", "y")[:count]))


# --- what the log says ---


def test_a_listing_and_a_stat(program, client):
    program(LISTING)
    result = client().run_steps([("ls", "d"), ("stat", "d/x")])
    assert result.ok and result.names == ["a \"b\" & 'c'", "Grüße 東京"]
    assert result.attributes == {"size": 12345, "mode": 0o640, "type": "file"}


@pytest.mark.parametrize(
    ("log", "state"),
    [
        (failed("Cannot open remote file '/x'. No such file or directory."), "remote-error"),
        (failed("No such file", "ls"), "remote-error"),
        (failure("Authentication failed. Authentication log (see session log)"), "auth"),
        (failure("Access denied."), "auth"),
        (failure("Host key wasn't verified!"), "hostkey"),
        (failure("Host key does not match configured key &quot;ssh-ed25519 255 x&quot;!"), "hostkey"),
        (failure("Network error: Connection to &quot;127.0.0.1&quot; refused."), "connect"),
        (failure("Couldn't agree a key exchange algorithm (available: x)"), "negotiation"),
        (failure("Timeout detected. (control connection)"), "timeout"),
    ],
)
@pytest.mark.parametrize("exit_code", [0, 1])
def test_failures_count_whatever_the_exit_code(program, client, log, state, exit_code):
    program(log, exit_code)
    result = client().ls("")
    assert result.state == state and result.reason, str(result)


def test_an_error_without_a_log_is_classified_by_what_is_said(program, client):
    program("", 1, "Network error: Connection refused")
    assert client().ls("").state == "connect"


def test_success_without_a_whole_log_is_no_success(program, client):
    for log in ("", LISTING.replace("</session>", "")):
        program(log)
        result = client().ls("")
        assert result.state == "remote-error" and "XML log" in result.reason


def test_a_log_that_breaks_off_counts_up_to_there(tmp_path):
    path = tmp_path / "log.xml"
    whole = failed("the reason").encode() + b"\n"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        log = read_log(path)
        assert log.complete == (size >= len(whole) - 1)
        assert log.failures in ([], ["the reason"])


def test_a_log_of_an_earlier_run_is_not_taken_for_this_one(program, client, tmp_path):
    program(LISTING)
    assert client().ls("").ok
    program("", 0)
    assert not client().ls("").ok


@pytest.mark.parametrize(
    ("text", "mode"),
    [("rw-r--r--", 0o644), ("rwxr-x--x", 0o751), ("rwsr-Sr-T", 0o7744), ("---------", 0), ("", 0)],
)
def test_permissions(text, mode):
    assert mode_of(text) == mode


def test_quotes_are_doubled():
    assert quoted('a"b') == '"a""b"'
    assert quoted(os.fspath("plain")) == '"plain"'
