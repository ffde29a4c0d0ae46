"""Mounts with sshfs and carries out steps with ordinary file operations: a task as JSON on stdin, the
last listing as JSON on stdout."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time


def mount(task):
    """The running sshfs once the folder is mounted; None when it ended before."""
    process = subprocess.Popen(
        task["command"], stdin=subprocess.PIPE, stdout=sys.stderr
    )
    if task["password"] is not None:
        process.stdin.write(task["password"].encode() + b"\n")
    process.stdin.close()
    while process.poll() is None:
        if os.path.ismount(task["mount"]):
            return process
        time.sleep(0.01)
    return None


def unmount(task, process):
    """Ends the mount and waits until sshfs has sent everything."""
    for flags in ([], ["-z"]):
        if subprocess.run(["fusermount3", "-u", *flags, task["mount"]], check=False).returncode == 0:
            break
        time.sleep(0.2)
    process.wait()


def append_rest(source, sink):
    """What the source has beyond the sink's size."""
    with open(source, "rb") as reader, open(sink, "ab") as writer:
        reader.seek(os.path.getsize(sink))
        shutil.copyfileobj(reader, writer)


def copy(source, sink, *, sync=False, times=False):
    with open(source, "rb") as reader, open(sink, "wb") as writer:
        shutil.copyfileobj(reader, writer, 65536)
        if sync:
            writer.flush()
            os.fsync(writer.fileno())
    if times:
        shutil.copystat(source, sink)


def copy_tree(source, sink):
    """Folders and contents, without times and permissions."""
    os.makedirs(sink, exist_ok=True)
    for entry in os.scandir(source):
        below = os.path.join(sink, entry.name)
        (copy_tree if entry.is_dir() else copy)(entry.path, below)


def attributes_of(path):
    found = os.stat(path)
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return {
        "size": found.st_size,
        "mode": stat.S_IMODE(found.st_mode),
        "type": kind.get(stat.S_IFMT(found.st_mode), "other"),
    }


def space(path):
    found = os.statvfs(path)
    return f"block size {found.f_frsize}, blocks {found.f_blocks}, available {found.f_bavail}"


def perform(task, answer):
    def remote(name):
        return os.path.join(task["base"], name)

    actions = {
        "put": lambda local, name: copy(local, remote(name)),
        "get": lambda name, local: copy(remote(name), local),
        "put_fsync": lambda local, name: copy(local, remote(name), sync=True),
        "put_times": lambda local, name: copy(local, remote(name), times=True),
        "get_times": lambda name, local: copy(remote(name), local, times=True),
        "resume_put": lambda local, name: append_rest(local, remote(name)),
        "resume_get": lambda name, local: append_rest(remote(name), local),
        "put_tree": lambda local, name: copy_tree(local, remote(name)),
        "get_tree": lambda name, local: copy_tree(remote(name), local),
        "ls": lambda name: answer.update(names=os.listdir(remote(name))),
        "stat": lambda name: answer.update(attributes=attributes_of(remote(name))),
        "readlink": lambda name: answer.update(link=os.readlink(remote(name))),
        "statvfs": lambda name: answer.update(output=space(remote(name))),
        "rename": lambda old, new: os.rename(remote(old), remote(new)),
        "hardlink": lambda old, new: os.link(remote(old), remote(new)),
        "symlink": lambda text, name: os.symlink(text, remote(name)),
        "mkdir": lambda name: os.mkdir(remote(name)),
        "rmdir": lambda name: os.rmdir(remote(name)),
        "rm": lambda name: os.remove(remote(name)),
        "chmod": lambda mode, name: os.chmod(remote(name), int(mode, 8)),
    }
    for verb, *words in task["steps"]:
        actions[verb](*words)


def main():
    task = json.load(sys.stdin)
    answer = {}
    process = mount(task)
    if process is None:
        return 1
    try:
        perform(task, answer)
    except OSError as error:
        print(f"remote-error: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        unmount(task, process)
    print(json.dumps(answer))
    return 0


sys.exit(main())
