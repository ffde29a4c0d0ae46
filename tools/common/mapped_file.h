// A file in memory without reading it: the system brings in what is looked at.
#pragma once

#include <string>
#include <variant>

#include "libssh2core/wire/bytes.h"
#include "tools/common/files.h"

namespace ssh2core::tools {

class MappedFile {
 public:
  /// Maps a regular file of at most `max_bytes`. Who may write to it can change what is seen, and
  /// who cuts it short can end the process: for files of the administrator only.
  static std::variant<MappedFile, FileError> open(const std::string& path, std::size_t max_bytes);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  ByteView view() const { return bytes_; }

 private:
  explicit MappedFile(ByteView bytes) : bytes_(bytes) {}
  ByteView bytes_;  // of the mapping, which we own
};

}  // namespace ssh2core::tools
