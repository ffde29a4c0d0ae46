"""<Limit> and <Directory> mean what they mean to ProFTPD: the same sections and steps on both servers."""

import pytest

from interop.clients import OpenSshSftp
from interop.servers import Proftpd, SftpdLite


def limit(commands, rule):
    return f"<Limit {commands}>\n{rule}\n</Limit>"


def below(path, section):
    return f"<Directory ROOT/{path}>\n{section}\n</Directory>"


SECTIONS = {
    "a command before its group": [limit("STOR", "DenyAll"), limit("WRITE", "AllowAll")],
    "a group before ALL": [limit("ALL", "DenyAll"), limit("READ DIRS", "AllowAll")],
    "a group": [limit("WRITE", "DenyAll")],
    "listings": [limit("DIRS", "DenyAll")],
    "an inner place": [limit("WRITE", "DenyAll"), below("d", limit("WRITE", "AllowAll"))],
    "an outer command, an inner group": [limit("STOR", "DenyAll"), below("d", limit("WRITE", "AllowAll"))],
    "what is in a folder": [below("d/*", limit("WRITE", "DenyAll"))],
    "nobody named": [limit("WRITE", "Order deny,allow\nAllowUser no-such-user")],
}
STEPS = (
    "get {}/f /dev/null", "put /etc/hostname {}/f", "put /etc/hostname {}/new", "put /etc/hostname {}/d/new",
    "mkdir {}/m", "mkdir {}/d/m", "rmdir {}/d/m", "ls {}/d", "rename {}/d/f {}/d/g", "rm {}/f", "rmdir {}/d/e",
)


def what_works(make_server, make_client, folder, kind, sections):
    """Whether each step goes well under these sections."""
    root = folder / "root"
    for name in ("", "d", "d/e"):
        (root / name).mkdir(parents=True)
        (root / name).chmod(0o777)
    for name in ("f", "d/f"):
        (root / name).write_bytes(b"x")
        (root / name).chmod(0o666)
    lines = [one.replace("ROOT", str(root)) for one in sections]
    if kind is Proftpd:
        server = make_server(Proftpd, root=root, lines=lines)
    else:
        path = folder / "conf"
        path.write_text("\n".join(["SFTPEngine on", "AllowOverwrite on", *lines]) + "\n")
        path.chmod(0o644)
        server = make_server(root=root, options=["--config", path])
    client = make_client(OpenSshSftp, server)
    top = root if kind is Proftpd else ""
    done = {step: client.batch([step.format(top, top)]).exit_code == 0 for step in STEPS}
    server.stop()
    return done


@pytest.mark.parametrize("sections", SECTIONS.values(), ids=SECTIONS)
def test_the_same_as_proftpd(make_server, make_client, scratch, sections):
    done = []
    for kind in (SftpdLite, Proftpd):
        folder = scratch / kind.name
        folder.mkdir()
        folder.chmod(0o755)
        done.append(what_works(make_server, make_client, folder, kind, sections))
    assert done[0] == done[1]
