#include "tools/keytool/input_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ssh2core::tools {
namespace {

/// All of standard input, into memory that is wiped: it may be a private key.
InputFile read_standard_input() {
  Secret bytes(65536);
  std::size_t size = 0;
  while (true) {
    if (size == bytes.size()) {
      if (size >= kMaxKeyFileBytes) return FileError{EFBIG, "standard input is too long"};
      Secret larger(2 * size);
      std::memcpy(larger.mutable_view().data(), bytes.view().data(), size);
      bytes = std::move(larger);
    }
    const ssize_t count =
        ::read(STDIN_FILENO, bytes.mutable_view().data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return FileError{errno, std::string("cannot read standard input: ") + std::strerror(errno)};
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.truncate(size);
  return FileContent{std::move(bytes)};
}

}  // namespace

void for_each_input(const std::vector<std::string>& files,
                    const std::function<void(const std::string& name, const InputFile&)>& take) {
  for (const std::string& name : files)
    take(name, name == "-" ? read_standard_input() : read_file(name, kMaxKeyFileBytes));
}

}  // namespace ssh2core::tools
