"""Carries out steps with asyncssh: a task as JSON on stdin, the last listing as JSON on stdout."""

import asyncio
import json
import posixpath
import shlex
import stat
import sys

import asyncssh


class Answering(asyncssh.SSHClient):
    """Answers the questions of keyboard-interactive in turn."""

    def __init__(self, answers):
        self.answers = list(answers)

    def kbdint_auth_requested(self):
        return "" if self.answers else None

    def kbdint_challenge_received(self, name, instruction, lang, prompts):
        return [self.answers.pop(0) for _ in prompts] if len(self.answers) >= len(prompts) else None


def options_of(task):
    options = {
        "username": task["user"],
        "known_hosts": task["known_hosts"],
        "agent_path": None,
        "config": [],
        "connect_timeout": 20,
        "login_timeout": 20,
        "client_keys": [key for key in (task["key"], task["second_key"]) if key] or None,
    }
    if task["answers"]:
        options["client_factory"] = lambda: Answering(task["answers"])
    if task["user_key"]:
        options["signature_algs"] = task["user_key"].split(",")
    if task["password"] is not None:
        options["password"] = task["password"]
    if task["proxy_command"]:
        options["proxy_command"] = shlex.split(task["proxy_command"])
    if task["rekey_bytes"]:
        options["rekey_bytes"] = task["rekey_bytes"]
    for name, option in (
        ("kex", "kex_algs"),
        ("host_key", "server_host_key_algs"),
        ("cipher", "encryption_algs"),
        ("mac", "mac_algs"),
    ):
        if task[name]:
            options[option] = task[name].split(",")
    if task["compression"] is not None:
        options["compression_algs"] = ["zlib@openssh.com"] if task["compression"] else ["none"]
    return options


def attributes_of(found):
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return {
        "size": found.size,
        "mode": stat.S_IMODE(found.permissions),
        "type": kind.get(stat.S_IFMT(found.permissions), "other"),
    }


class Unsupported(Exception):
    """A verb that nobody has told this driver about."""


class CommandFailed(Exception):
    """A remote command that ended with another code than 0."""


async def transfer(sftp, verb, source, sink):
    """The verbs that move files."""
    if verb == "put_fsync":
        async with sftp.open(sink, "wb") as file:
            with open(source, "rb") as local:
                await file.write(local.read())
            await file.fsync()
        return
    how = {"preserve": verb.endswith("times"), "recurse": verb.endswith("tree")}
    if verb.startswith("get"):
        await sftp.get(source, sink, follow_symlinks=True, **how)
    else:
        await sftp.put(source, sink, **how)


async def inspect(sftp, verb, path, answer):
    """The verbs that ask for something."""
    if verb == "ls":
        answer["names"] = [name for name in await sftp.listdir(path) if name not in (".", "..")]
    elif verb == "stat":
        answer["attributes"] = attributes_of(await sftp.stat(path))
    elif verb == "readlink":
        answer["link"] = await sftp.readlink(path)
    else:
        found = await sftp.statvfs(path)
        answer["output"] = f"{found.bavail} of {found.blocks} blocks of {found.frsize} bytes"


async def step(connection, sftp, base, answer, verb, *words):
    """Carries one step out."""

    def remote(name):
        return posixpath.join(base, name)

    changes = {"rename": sftp.rename, "hardlink": sftp.link}
    ones = {"mkdir": sftp.mkdir, "rmdir": sftp.rmdir, "rm": sftp.remove}
    if verb in ("put", "put_times", "put_tree", "put_fsync"):
        await transfer(sftp, verb, words[0], remote(words[1]))
    elif verb in ("get", "get_times", "get_tree"):
        await transfer(sftp, verb, remote(words[0]), words[1])
    elif verb in ("ls", "stat", "readlink", "statvfs"):
        await inspect(sftp, verb, remote(words[0]), answer)
    elif verb in changes:
        await changes[verb](remote(words[0]), remote(words[1]))
    elif verb in ones:
        await ones[verb](remote(words[0]))
    elif verb == "chmod":
        await sftp.chmod(remote(words[1]), int(words[0], 8))
    elif verb == "symlink":
        await sftp.symlink(words[0], remote(words[1]))
    elif verb == "exec":
        ended = await connection.run(words[0])
        if ended.exit_status != 0:
            raise CommandFailed(f"exit code {ended.exit_status}")
        answer["output"] = ended.stdout
    else:
        raise Unsupported(verb)


async def work(task, answer):
    """All steps in one connection; the SFTP session is opened when a step needs it."""
    async with asyncssh.connect(task["host"], task["port"], **options_of(task)) as connection:
        if all(verb == "exec" for verb, *_ in task["steps"]):
            sftp = asyncssh.SFTPClient
            for one in task["steps"]:
                await step(connection, sftp, task["base"], answer, *one)
            return
        how = {"path_errors": "surrogateescape"}
        if task["sftp_version"]:
            how["sftp_version"] = task["sftp_version"]
        async with connection.start_sftp_client(**how) as sftp:
            for one in task["steps"]:
                await step(connection, sftp, task["base"], answer, *one)


def main():
    task = json.load(sys.stdin)
    answer = {}
    try:
        asyncio.run(work(task, answer))
    except asyncssh.PermissionDenied as error:  # not to be taken for a file's "permission denied"
        print(f"SshPermissionDenied: {error}", file=sys.stderr)
        return 1
    except Unsupported as error:
        print(f"unsupported: {error}", file=sys.stderr)
        return 1
    except (asyncssh.Error, OSError, asyncio.TimeoutError, CommandFailed) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


sys.exit(main())
