#include "libssh2core/io/rename_no_replace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace ssh2core::io {

namespace {

// A new link fails when the name is taken, so that both names exist for a moment, but never none.
int rename_file(NameAt from, NameAt to) {
  if (::linkat(from.directory, from.name, to.directory, to.name, 0) != 0) return errno;
  if (::unlinkat(from.directory, from.name, 0) == 0) return 0;
  const int error = errno;
  ::unlinkat(to.directory, to.name, 0);
  return error;
}

// rename(2) of a directory onto an empty one replaces it in one step, and only an empty one.
int rename_directory(NameAt from, NameAt to) {
  if (::mkdirat(to.directory, to.name, 0700) != 0) return errno;
  if (::renameat(from.directory, from.name, to.directory, to.name) == 0) return 0;
  const int error = errno;
  ::unlinkat(to.directory, to.name, AT_REMOVEDIR);
  return error;
}

}  // namespace

int rename_no_replace(NameAt from, NameAt to) {
  if (::syscall(SYS_renameat2, from.directory, from.name, to.directory, to.name,
                RENAME_NOREPLACE) == 0)
    return 0;
  // EINVAL: the file system does not know the flag (or a directory is moved into itself, which the
  // other way finds too).
  if (errno != EINVAL && errno != ENOSYS) return errno;
  struct stat status;
  if (::fstatat(from.directory, from.name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  return S_ISDIR(status.st_mode) ? rename_directory(from, to) : rename_file(from, to);
}

}  // namespace ssh2core::io
