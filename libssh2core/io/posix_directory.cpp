#include "libssh2core/io/posix_directory.h"

#include <fcntl.h>

#include <cstring>

#include "libssh2core/io/posix_attributes.h"

namespace ssh2core::io {

using sftp::DirectoryEntry;
using sftp::Errno;
using sftp::OpenDirectory;
using sftp::Result;

Result<std::unique_ptr<OpenDirectory>> PosixDirectory::open(Descriptor fd, bool top) {
  DIR* stream = ::fdopendir(fd.get());
  if (stream == nullptr) return Errno{errno};
  fd.release();  // the stream's now
  return std::unique_ptr<OpenDirectory>(new PosixDirectory(stream, top));
}

Result<bool> PosixDirectory::next(DirectoryEntry& entry) {
  errno = 0;
  const dirent* found = ::readdir(stream_.get());
  if (found == nullptr) {
    if (errno != 0) return Errno{errno};
    return false;
  }
  entry.name = found->d_name;
  const bool hidden = top_ && std::strcmp(found->d_name, "..") == 0;
  struct stat status;
  if (::fstatat(::dirfd(stream_.get()), hidden ? "." : found->d_name, &status,
                AT_SYMLINK_NOFOLLOW) == 0)
    fill_attributes(status, entry.attributes);
  else
    entry.attributes = {};
  return true;
}

}  // namespace ssh2core::io
