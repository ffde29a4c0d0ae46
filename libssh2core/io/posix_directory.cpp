#include "libssh2core/io/posix_directory.h"

#include <fcntl.h>

#include <cstring>

#include "libssh2core/io/descriptor_target.h"

namespace ssh2core::io {

using sftp::Attributes;
using sftp::DirectoryEntry;
using sftp::Errno;
using sftp::OpenDirectory;
using sftp::Outcome;
using sftp::Result;

Result<std::unique_ptr<OpenDirectory>> PosixDirectory::open(Descriptor fd, bool top,
                                                            bool read_only) {
  DIR* stream = ::fdopendir(fd.get());
  if (stream == nullptr) return Errno{errno};
  fd.release();  // the stream's now
  return std::unique_ptr<OpenDirectory>(new PosixDirectory(stream, top, read_only));
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
  if (read_attributes(::dirfd(stream_.get()), hidden ? "." : found->d_name, AT_SYMLINK_NOFOLLOW,
                      entry.attributes) != 0)
    entry.attributes = {};
  return true;
}

Result<Attributes> PosixDirectory::stat() { return attributes_of(::dirfd(stream_.get())); }

Outcome PosixDirectory::set(const Attributes& wanted) {
  if (read_only_) return {EROFS};
  DescriptorTarget target(::dirfd(stream_.get()));
  if (!wanted.mode) return apply_attributes(wanted, target);
  const Result<Attributes> now = stat();
  if (!now) return {now.error().value};
  Attributes kept = wanted;  // as by path: see path_target.cpp
  *kept.mode |= now->mode.value_or(0) & S_ISGID;
  return apply_attributes(kept, target);
}

}  // namespace ssh2core::io
