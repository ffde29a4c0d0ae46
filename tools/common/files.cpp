#include "tools/common/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ssh2core::tools {
namespace {

FileError failure(const std::string& path, const char* action, int error) {
  return {error, std::string("cannot ") + action + " " + path + ": " + std::strerror(error)};
}

/// Closes a descriptor when the function that opened it returns.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  /// Closes now; false when the system reports a late write error.
  bool close_now() { return close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

bool write_all(int fd, ByteView content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// Fills `out` from the file and says how many bytes there were, up to its size; -1 with errno.
ssize_t read_up_to(int fd, MutableView out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t count = read(fd, out.data() + filled, out.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(filled);
}

/// The file that a path leads to, so that a replaced symlink stays one.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real == nullptr ? path : std::string(real.get());
}

/// Gives the finished temporary file its name. link() refuses an existing target without a race.
bool move_into_place(const std::string& temporary, const std::string& target, bool force) {
  if (force) return rename(temporary.c_str(), target.c_str()) == 0;
  if (link(temporary.c_str(), target.c_str()) != 0) return false;
  unlink(temporary.c_str());
  return true;
}

}  // namespace

std::variant<FileContent, FileError> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return failure(path, "open", errno);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return failure(path, "read", errno);
  if (S_ISDIR(status.st_mode)) return failure(path, "read", EISDIR);
  if (!S_ISREG(status.st_mode)) return FileError{0, path + " is not a regular file"};
  const std::string too_long = path + " is longer than " + std::to_string(max_bytes) + " bytes";
  if (static_cast<std::uintmax_t>(status.st_size) > max_bytes) return FileError{0, too_long};
  // One byte more than stat said, so that a file that grows meanwhile is noticed.
  Secret bytes(static_cast<std::size_t>(status.st_size) + 1);
  const ssize_t count = read_up_to(file.get(), bytes.mutable_view());
  if (count < 0) return failure(path, "read", errno);
  if (static_cast<std::size_t>(count) == bytes.size())
    return FileError{0, path + " grew while it was read"};
  bytes.truncate(static_cast<std::size_t>(count));
  return FileContent{std::move(bytes), status.st_mode & 07777, status.st_uid};
}

std::optional<FileError> write_atomically(const std::string& path, ByteView content, mode_t mode,
                                          bool force) {
  const std::string target = force ? resolved(path) : path;
  struct stat old{};
  const bool exists = lstat(target.c_str(), &old) == 0;
  if (exists && !force) return FileError{EEXIST, path + " exists already"};
  if (exists && S_ISDIR(old.st_mode)) return failure(path, "write", EISDIR);

  std::string temporary = target + ".XXXXXX";
  OpenFile file(mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) return failure(path, "write", errno);
  // Only root can give files away; for others the new file is theirs, as every editor does it.
  const bool owned = !exists || geteuid() != 0 || fchown(file.get(), old.st_uid, old.st_gid) == 0;
  if (owned && fchmod(file.get(), mode) == 0 && write_all(file.get(), content) &&
      fsync(file.get()) == 0 && file.close_now() && move_into_place(temporary, target, force))
    return std::nullopt;
  const int error = errno;
  unlink(temporary.c_str());
  return failure(path, "write", error);
}

}  // namespace ssh2core::tools
