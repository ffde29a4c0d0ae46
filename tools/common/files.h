// Whole files: reading with a bound, and writing that never leaves half a file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <variant>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::tools {

/// Why a file could not be read or written.
struct FileError {
  int error = 0;     // errno; 0 when it was no system call that failed
  std::string what;  // one sentence that names the path
};

/// What a file held when it was read. The content is wiped when it goes: it may be a private key.
struct FileContent {
  Secret bytes;
  mode_t mode = 0;  // permission bits, of the file that was read
  uid_t owner = 0;
  std::string_view text() const { return as_text(bytes.view()); }
};

/// Reads a regular file (symlinks are followed) of at most `max_bytes`. Anything else, a FIFO or a
/// device say, is refused without waiting for it.
std::variant<FileContent, FileError> read_file(const std::string& path, std::size_t max_bytes);

/// Writes `content` to a temporary file beside `path` and renames it, so that `path` holds either
/// the old or the whole new content. An existing target is replaced only with `force`; then a
/// symlink is followed and the owner kept where the system lets us. Without `force` an existing
/// target gives FileError with EEXIST. nullopt: done.
std::optional<FileError> write_atomically(const std::string& path, ByteView content, mode_t mode,
                                          bool force);

}  // namespace ssh2core::tools
