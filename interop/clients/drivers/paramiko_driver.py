"""Carries out steps with paramiko: a task as JSON on stdin, the last listing as JSON on stdout."""

import functools
import json
import os
import posixpath
import stat
import sys

import paramiko


class Answering(paramiko.SSHClient):
    """Answers the questions of keyboard-interactive in turn, in as many dialogues as the server wants."""

    def __init__(self, answers):
        super().__init__()
        self.answers = list(answers)

    def _auth(self, username, *_rest):
        wanted = ["keyboard-interactive"]
        while wanted:
            wanted = self._transport.auth_interactive(username, self.reply)

    def reply(self, _title, _instructions, prompts):
        return [self.answers.pop(0) for _ in prompts]


def connect(task):
    client = Answering(task["answers"]) if task["answers"] else paramiko.SSHClient()
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
        **key_of(task),
        allow_agent=False,
        look_for_keys=False,
        compress=bool(task["compression"]),
        timeout=20,
        banner_timeout=20,
        auth_timeout=20,
        disabled_algorithms=other_signatures(task),
        sock=proxy,
    )
    return client


def key_of(task):
    """connect() takes a DSA file in OpenSSH's format for a broken RSA key: it must be told."""
    if task["key"]:
        with open(task["public_key"]) as file:
            if file.read().startswith("ssh-dss "):
                return {"pkey": paramiko.DSSKey.from_private_key_file(task["key"])}
    return {"key_filename": task["key"]}


def other_signatures(task):
    """The ways to sign with an RSA key that are not asked for."""
    if not task["user_key"]:
        return None
    return {"pubkeys": [name for name in ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa") if name != task["user_key"]]}


# The tables that say what paramiko has.
KNOWN = {"kex": "_kex_info", "host_key": "_key_info", "cipher": "_cipher_info", "mac": "_mac_info"}


def pin_algorithms(task):
    """The offers are class attributes, which the transport copies."""
    for name, attribute in (
        ("kex", "_preferred_kex"),
        ("host_key", "_preferred_keys"),
        ("cipher", "_preferred_ciphers"),
        ("mac", "_preferred_macs"),
    ):
        if task[name]:
            known = getattr(paramiko.Transport, KNOWN[name], None)
            for one in task[name].split(","):  # paramiko takes any word, and fails in the exchange
                if known is not None and one not in known:
                    raise Unsupported(f"paramiko {paramiko.__version__} has no {one}")
            setattr(paramiko.Transport, attribute, tuple(task[name].split(",")))


def attributes_of(found):
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return {
        "size": found.st_size,
        "mode": stat.S_IMODE(found.st_mode),
        "type": kind.get(stat.S_IFMT(found.st_mode), "other"),
    }


class Unsupported(Exception):
    """A verb that nobody has told this driver about."""


class CommandFailed(Exception):
    """A remote command that ended with another code than 0."""


def step(client, sftp, base, answer, verb, *words):
    """Carries one step out; sftp() is the SFTP session, opened when first wanted."""

    def remote(name):
        return os.fsencode(posixpath.join(base, name))

    if verb == "put":
        sftp().put(words[0], remote(words[1]))
    elif verb == "get":
        sftp().get(remote(words[0]), words[1])
    elif verb == "ls":
        answer["names"] = sftp().listdir(remote(words[0]))
    elif verb == "stat":
        answer["attributes"] = attributes_of(sftp().stat(remote(words[0])))
    elif verb == "readlink":
        answer["link"] = sftp().readlink(remote(words[0]))
    elif verb == "rename":
        sftp().rename(remote(words[0]), remote(words[1]))
    elif verb == "mkdir":
        sftp().mkdir(remote(words[0]))
    elif verb == "rmdir":
        sftp().rmdir(remote(words[0]))
    elif verb == "rm":
        sftp().remove(remote(words[0]))
    elif verb == "chmod":
        sftp().chmod(remote(words[1]), int(words[0], 8))
    elif verb == "symlink":
        sftp().symlink(words[0], remote(words[1]))
    elif verb == "digest":
        with sftp().open(remote(words[1])) as file:
            answer["output"] = file.check(words[0]).hex()
    elif verb == "exec":
        answer["output"] = execute(client, words[0])
    else:
        raise Unsupported(verb)


def execute(client, command):
    """What a remote command prints."""
    _, output, _ = client.exec_command(command, timeout=20)
    text = output.read().decode("utf-8", "surrogateescape")
    code = output.channel.recv_exit_status()
    if code != 0:
        raise CommandFailed(f"exit code {code}")
    return text


def work(task, answer):
    """All steps in one connection."""
    client = connect(task)
    sftp = functools.cache(client.open_sftp)
    for one in task["steps"]:
        step(client, sftp, task["base"], answer, *one)
    client.close()


def main():
    task = json.load(sys.stdin)
    answer = {}
    try:
        work(task, answer)
    except Unsupported as error:
        print(f"unsupported: {error}", file=sys.stderr)
        return 1
    except (paramiko.SSHException, OSError, EOFError, CommandFailed) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


sys.exit(main())
