"""Carries out steps with paramiko: a task as JSON on stdin, the last listing as JSON on stdout."""

import json
import posixpath
import stat
import sys

import paramiko


def connect(task):
    client = paramiko.SSHClient()
    if task["known_hosts"]:
        client.load_host_keys(task["known_hosts"])
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
    else:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    if task["rekey_bytes"]:
        paramiko.packet.Packetizer.REKEY_BYTES = task["rekey_bytes"]
    pin_algorithms(task)
    proxy = paramiko.ProxyCommand(task["proxy_command"]) if task["proxy_command"] else None
    client.connect(
        task["host"],
        task["port"],
        task["user"],
        password=task["password"],
        key_filename=task["key"],
        allow_agent=False,
        look_for_keys=False,
        compress=bool(task["compression"]),
        timeout=20,
        banner_timeout=20,
        auth_timeout=20,
        sock=proxy,
    )
    return client


def pin_algorithms(task):
    """The offers are class attributes, which the transport copies."""
    for name, attribute in (
        ("kex", "_preferred_kex"),
        ("host_key", "_preferred_keys"),
        ("cipher", "_preferred_ciphers"),
        ("mac", "_preferred_macs"),
    ):
        if task[name]:
            setattr(paramiko.Transport, attribute, tuple(task[name].split(",")))


def attributes_of(found):
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return {
        "size": found.st_size,
        "mode": stat.S_IMODE(found.st_mode),
        "type": kind.get(stat.S_IFMT(found.st_mode), "other"),
    }


def perform(sftp, task, answer):
    def remote(name):
        return posixpath.join(task["base"], name)

    for verb, *words in task["steps"]:
        if verb == "put":
            sftp.put(words[0], remote(words[1]))
        elif verb == "get":
            sftp.get(remote(words[0]), words[1])
        elif verb == "ls":
            answer["names"] = sftp.listdir(remote(words[0]))
        elif verb == "stat":
            answer["attributes"] = attributes_of(sftp.stat(remote(words[0])))
        elif verb == "rename":
            sftp.rename(remote(words[0]), remote(words[1]))
        elif verb == "mkdir":
            sftp.mkdir(remote(words[0]))
        elif verb == "rmdir":
            sftp.rmdir(remote(words[0]))
        elif verb == "rm":
            sftp.remove(remote(words[0]))
        elif verb == "chmod":
            sftp.chmod(remote(words[1]), int(words[0], 8))
        elif verb == "symlink":
            sftp.symlink(words[0], remote(words[1]))


def main():
    task = json.load(sys.stdin)
    answer = {}
    try:
        client = connect(task)
        perform(client.open_sftp(), task, answer)
        client.close()
    except (paramiko.SSHException, OSError, EOFError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


sys.exit(main())
