// An open regular file.
#pragma once

#include "libssh2core/io/descriptor.h"
#include "libssh2core/io/posix_attributes.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

class PosixFile final : public sftp::OpenFile, private AttributeTarget {
 public:
  struct Mode {
    bool append = false;
    bool read_only = false;  // the file system's option: set() gives EROFS
  };
  /// `fd` is a regular file, `size` its size when it was opened.
  PosixFile(Descriptor fd, Mode mode, std::uint64_t size)
      : fd_(std::move(fd)), mode_(mode), size_(size) {}

  sftp::Result<std::size_t> read(std::uint64_t offset,
                                 std::span<const MutableView> pieces) override;
  sftp::Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override;
  sftp::Result<sftp::Attributes> stat() override;
  sftp::Outcome set(const sftp::Attributes& wanted) override;
  sftp::Outcome sync() override;
  sftp::Result<sftp::Statvfs> statvfs() override;
  sftp::Outcome copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                        std::uint64_t to) override;
  sftp::Outcome close() override;

 private:
  sftp::Outcome copy_range(PosixFile& target, std::uint64_t from, std::uint64_t length,
                           std::uint64_t to);
  int resize(off_t size) override;
  int change_mode(mode_t mode) override;
  int change_times(const std::array<timespec, 2>& times) override;
  int change_owner(uid_t uid, gid_t gid) override;

  Descriptor fd_;
  Mode mode_;
  std::uint64_t size_;
};

}  // namespace ssh2core::io
