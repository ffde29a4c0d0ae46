// A directory being listed.
#pragma once

#include <dirent.h>

#include <memory>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

class PosixDirectory final : public sftp::OpenDirectory {
 public:
  /// `top`: the directory is the root, whose `..` is shown as itself.
  static sftp::Result<std::unique_ptr<sftp::OpenDirectory>> open(Descriptor fd, bool top);
  sftp::Result<bool> next(sftp::DirectoryEntry& entry) override;

 private:
  struct Close {
    void operator()(DIR* stream) const noexcept { ::closedir(stream); }
  };
  PosixDirectory(DIR* stream, bool top) : stream_(stream), top_(top) {}

  std::unique_ptr<DIR, Close> stream_;
  bool top_;
};

}  // namespace ssh2core::io
