"""A folder as a FUSE file system whose writes, syncs or closes fail with a given error: what a broken disk, a quota or a
network file system does to a server. Run as a program: failing_files.py FOLDER MOUNTPOINT CALL ERRNO AT

CALL is write, fsync, flush or none; a write fails when it reaches behind byte AT of its file, as long as a file called
`healed` does not lie in the folder."""

import errno
import os
import stat
import sys

import fuse

fuse.fuse_python_api = (0, 2)


class OpenFile:
    """One open file; what is asked of it goes on to the folder's."""

    files = None

    def __init__(self, path, flags, *mode):
        self.fd = os.open(self.files.real(path), flags & ~os.O_APPEND, *[one & 0o7777 for one in mode])
        self.direct_io = True  # each write is told its own error, as by a disk that is written through
        self.keep_cache = False

    def read(self, length, offset):
        return os.pread(self.fd, length, offset)

    def write(self, data, offset):
        self.files.fail("write", offset + len(data))
        return os.pwrite(self.fd, data, offset)

    def fsync(self, _data_only):
        self.files.fail("fsync")
        os.fsync(self.fd)

    def flush(self):
        self.files.fail("flush")

    def release(self, _flags):
        os.close(self.fd)

    def fgetattr(self):
        return os.fstat(self.fd)

    def ftruncate(self, length):
        os.ftruncate(self.fd, length)


class FailingFiles(fuse.Fuse):
    def __init__(self, folder, call, error, at):
        super().__init__()
        self.multithreaded = False
        self.folder, self.call, self.error, self.at = folder, call, error, at
        self.file_class = type("Opened", (OpenFile,), {"files": self})

    def real(self, path):
        return self.folder + path

    def fail(self, call, end=None):
        if call == self.call and (end is None or end > self.at) and not os.path.exists(self.folder + "/healed"):
            raise OSError(self.error, os.strerror(self.error))

    def getattr(self, path):
        return os.lstat(self.real(path))

    def readdir(self, path, _offset):
        for name in (".", "..", *os.listdir(self.real(path))):
            yield fuse.Direntry(name)

    def unlink(self, path):
        os.unlink(self.real(path))

    def rename(self, old, new):
        os.rename(self.real(old), self.real(new))

    def chmod(self, path, mode):
        os.chmod(self.real(path), stat.S_IMODE(mode))

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def truncate(self, path, length):
        os.truncate(self.real(path), length)

    def utimens(self, path, accessed, modified):
        os.utime(self.real(path), ns=tuple(t.tv_sec * 10**9 + t.tv_nsec for t in (accessed, modified)))

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def access(self, _path, _mode):
        pass


def main(folder, mountpoint, call, error, at):
    files = FailingFiles(folder, call, getattr(errno, error), int(at))
    files.parse(["-f", "-o", "allow_other,default_permissions", mountpoint])
    files.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
