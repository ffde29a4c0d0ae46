"""Carries out steps with asyncssh: a task as JSON on stdin, the last listing as JSON on stdout."""

import asyncio
import json
import posixpath
import shlex
import stat
import sys

import asyncssh


def options_of(task):
    options = {
        "username": task["user"],
        "known_hosts": task["known_hosts"],
        "agent_path": None,
        "config": [],
        "connect_timeout": 20,
        "login_timeout": 20,
        "client_keys": [task["key"]] if task["key"] else None,
    }
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


async def perform(sftp, task, answer):
    def remote(name):
        return posixpath.join(task["base"], name)

    for verb, *words in task["steps"]:
        if verb == "put":
            await sftp.put(words[0], remote(words[1]))
        elif verb == "get":
            await sftp.get(remote(words[0]), words[1], follow_symlinks=True)
        elif verb == "ls":
            names = await sftp.listdir(remote(words[0]))
            answer["names"] = [name for name in names if name not in (".", "..")]
        elif verb == "stat":
            answer["attributes"] = attributes_of(await sftp.stat(remote(words[0])))
        elif verb == "rename":
            await sftp.rename(remote(words[0]), remote(words[1]))
        elif verb == "mkdir":
            await sftp.mkdir(remote(words[0]))
        elif verb == "rmdir":
            await sftp.rmdir(remote(words[0]))
        elif verb == "rm":
            await sftp.remove(remote(words[0]))
        elif verb == "chmod":
            await sftp.chmod(remote(words[1]), int(words[0], 8))
        elif verb == "symlink":
            await sftp.symlink(words[0], remote(words[1]))


async def work(task, answer):
    async with asyncssh.connect(task["host"], task["port"], **options_of(task)) as connection:
        async with connection.start_sftp_client() as sftp:
            await perform(sftp, task, answer)


def main():
    task = json.load(sys.stdin)
    answer = {}
    try:
        asyncio.run(work(task, answer))
    except asyncssh.PermissionDenied as error:  # not to be taken for a file's "permission denied"
        print(f"SshPermissionDenied: {error}", file=sys.stderr)
        return 1
    except (asyncssh.Error, OSError, asyncio.TimeoutError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


sys.exit(main())
