// A directory being listed.
#pragma once

#include <dirent.h>

#include <memory>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

class PosixDirectory final : public sftp::OpenDirectory {
 public:
  /// `top`: the directory is the root, whose `..` is shown as itself. `read_only`: set() gives
  /// EROFS.
  static sftp::Result<std::unique_ptr<sftp::OpenDirectory>> open(Descriptor fd, bool top,
                                                                 bool read_only);
  sftp::Result<bool> next(sftp::DirectoryEntry& entry) override;
  sftp::Result<sftp::Attributes> stat() override;
  sftp::Outcome set(const sftp::Attributes& wanted) override;

 private:
  struct Close {
    void operator()(DIR* stream) const noexcept { ::closedir(stream); }
  };
  PosixDirectory(DIR* stream, bool top, bool read_only)
      : stream_(stream), top_(top), read_only_(read_only) {}

  std::unique_ptr<DIR, Close> stream_;
  bool top_, read_only_;
};

}  // namespace ssh2core::io
