// A file here, read and written at offsets.
#pragma once

#include <cstdint>
#include <string>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::winscp {

/// Modification and access times, in seconds since 1970.
struct FileTimes {
  std::int64_t accessed = 0, modified = 0;
};

class LocalFile {
 public:
  /// Read: an existing file. Write: made if need be, cut to nothing. Continue: made if need be.
  enum class Mode { Read, Write, Continue };
  /// Throws Failure.
  LocalFile(const std::string& path, Mode mode);
  ~LocalFile();
  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;

  std::uint64_t size() const;
  FileTimes times() const;
  void set_times(const FileTimes& times);
  /// Fills the room from `offset`; false when the file does not reach so far.
  bool read(std::uint64_t offset, MutableView room) const;
  /// False when it could not be written whole.
  bool write(std::uint64_t offset, ByteView data);
  /// Throws Failure with the path and errno.
  [[noreturn]] void fail() const;

  /// Bytes of the file at `path`; -1 when there is none.
  static std::int64_t size_of(const std::string& path);

 private:
  std::string path_;
  int fd_;
};

}  // namespace ssh2core::winscp
