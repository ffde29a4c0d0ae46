// Extended attributes of an open file, and of what an O_PATH descriptor names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/io/confined_path.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

class XattrFile {
 public:
  /// An open file; the descriptor stays the caller's.
  explicit XattrFile(int fd) : fd_(fd) {}
  /// What `path` names, found once so that several calls mean the same thing.
  static sftp::Result<XattrFile> find(const ConfinedRoot& root, std::string_view path, bool follow);

  sftp::Result<std::string> get(const std::string& name) const;
  sftp::Result<std::vector<std::string>> list() const;
  sftp::Outcome set(const std::string& name, std::string_view value, sftp::XattrMode mode) const;
  sftp::Outcome remove(const std::string& name) const;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  std::string proc_;  // the name of an O_PATH descriptor; empty when fd_ is open
  Descriptor owned_;
};

}  // namespace ssh2core::io
