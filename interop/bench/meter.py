"""What a server and all its processes have used: CPU seconds, memory.

CPU comes from a control group of its own when one can be made: it counts every process that ever
was in it, to the microsecond. Else from /proc: the times of the listener and its living descendants
and of the children that were reaped, in clock ticks.
"""

import ctypes
import os
from pathlib import Path

from interop.process import children_of, wait_until

_TICK = os.sysconf("SC_CLK_TCK")


def _version_2_root():
    """Where a cgroup2 file system is mounted, if anywhere."""
    with open("/proc/mounts") as mounts:
        for line in mounts:
            words = line.split()
            if words[2] == "cgroup2":
                return Path(words[1])
    return None


class CgroupMeter:
    """A control group (version 2) that a server is born into."""

    name = "cgroup"

    def __init__(self, label):
        root = _version_2_root()
        if root is None:
            raise OSError("no cgroup2 file system is mounted")
        self._path = root / f"ssh2core-bench-{os.getpid()}-{label}"
        self._path.mkdir()
        if not (self._path / "cpu.stat").exists():
            self.close()
            raise OSError("control groups do not count CPU time here")

    def popen_options(self):
        """Arguments for Popen that put the process into the group before it becomes the server."""
        procs = str(self._path / "cgroup.procs")

        def enter():
            with open(procs, "w") as file:
                file.write("0")

        return {"preexec_fn": enter}

    def attach(self, server):
        pass

    def cpu(self):
        """CPU seconds used by the group since it was made."""
        for line in (self._path / "cpu.stat").read_text().splitlines():
            word, value = line.split()
            if word == "usage_usec":
                return int(value) / 1e6
        raise OSError(f"no usage_usec in {self._path}")

    def escaped(self, pids):
        """The processes that are not in the group (a PAM module may move a session)."""
        inside = {int(pid) for pid in (self._path / "cgroup.procs").read_text().split()}
        return [pid for pid in pids if pid not in inside]

    def close(self):
        try:
            self._path.rmdir()
        except OSError:
            pass


class ProcMeter:
    """The same from /proc, for processes below the server's and for orphans that it leaves.

    sshd does not wait for the child that is its SFTP server: nobody would count that child's time.
    So this process adopts orphans (PR_SET_CHILD_SUBREAPER), reaps those that are called like the
    server, and counts them for the peer whose turn it is.
    """

    name = "proc"
    _SUBREAPER = 36

    def __init__(self, label):
        del label
        self._server = None
        self._orphans = 0.0
        if ctypes.CDLL(None, use_errno=True).prctl(self._SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")

    def popen_options(self):
        return {}

    def attach(self, server):
        self._server = server

    def _fields(self, pid):
        """The command's name and the fields of /proc/PID/stat after it."""
        try:
            head, _, tail = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")
        except OSError:
            return b"", []
        return head.partition(b"(")[2], tail.split()

    def _adopt(self):
        """Reaps dead orphans; returns whether one still lives."""
        name, _ = self._fields(self._server.process.pid)
        living = False
        for pid in children_of(os.getpid()):
            its_name, fields = self._fields(pid)
            mine = fields and int(fields[1]) == os.getpid()
            if not mine or its_name != name or pid == self._server.process.pid:
                continue
            if fields[0] == b"Z":
                usage = os.wait4(pid, 0)[2]
                self._orphans += usage.ru_utime + usage.ru_stime
            else:
                living = True
        return living

    def cpu(self):
        wait_until(lambda: not self._adopt(), 5)
        pid = self._server.process.pid
        ticks = 0
        for each in (pid, *children_of(pid)):
            fields = self._fields(each)[1]
            ticks += sum(int(field) for field in fields[11:15])  # own and reaped children's times
        return ticks / _TICK + self._orphans

    def escaped(self, pids):
        del pids
        return []

    def close(self):
        pass


def new_meter(label, kind="auto"):
    """A cgroup meter if possible (or if asked for), else one from /proc."""
    if kind != "proc":
        try:
            return CgroupMeter(label)
        except OSError:
            if kind == "cgroup":
                raise
    return ProcMeter(label)


def pss_kib(pid):
    """The proportional set size of a process: shared pages count in parts."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as lines:
            for line in lines:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def tree_pss_kib(pid):
    """The same for a process and all below it."""
    return sum(pss_kib(each) for each in (pid, *children_of(pid)))
