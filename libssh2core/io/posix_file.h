// An open regular file.
#pragma once

#include "libssh2core/io/descriptor.h"
#include "libssh2core/io/posix_attributes.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

/// Whether close() removes the file's name, and where that is.
struct NameToRemove {
  Descriptor directory;
  std::string name;
};

class PosixFile final : public sftp::OpenFile {
 public:
  struct Mode {
    bool append = false;
    bool read_only = false;  // the file system's option: set() gives EROFS
  };
  /// `fd` is a regular file, `size` its size when it was opened.
  PosixFile(Descriptor fd, Mode mode, std::uint64_t size)
      : fd_(std::move(fd)), mode_(mode), size_(size) {}
  /// close() removes this name, unless it is another file's by then.
  void remove_on_close(NameToRemove name) { name_ = std::move(name); }

  sftp::Result<std::size_t> read(std::uint64_t offset,
                                 std::span<const MutableView> pieces) override;
  sftp::Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override;
  sftp::Result<sftp::Attributes> stat() override;
  sftp::Outcome set(const sftp::Attributes& wanted) override;
  sftp::Outcome sync() override;
  sftp::Result<sftp::Statvfs> statvfs() override;
  sftp::Outcome copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                        std::uint64_t to) override;
  sftp::Outcome reserve(std::uint64_t size) override;
  sftp::Outcome close() override;
  sftp::Outcome abandon() override;
  sftp::Outcome lock(const sftp::LockRange& range) override;
  sftp::Outcome unlock(std::uint64_t offset, std::uint64_t length) override;
  sftp::Result<sftp::Acl> acl() override;
  sftp::Result<std::string> xattr(std::string_view name) override;
  sftp::Result<std::vector<std::string>> xattrs() override;
  sftp::Outcome set_xattr(std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override;
  sftp::Outcome remove_xattr(std::string_view name) override;

 private:
  sftp::Outcome copy_range(PosixFile& target, std::uint64_t from, std::uint64_t length,
                           std::uint64_t to);
  int remove_name();

  Descriptor fd_;
  Mode mode_;
  std::uint64_t size_;
  std::uint64_t reserved_ = 0, written_to_ = 0;  // ends: of the room taken, of what we wrote
  std::optional<NameToRemove> name_;
};

}  // namespace ssh2core::io
