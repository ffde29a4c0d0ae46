#include "tools/sftpd-lite/login/trusted_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {
namespace {

FileError failure(std::string_view what, const std::string& path, int error) {
  return {error, fmt::format("{}: cannot open {}: {}", what, path, strerror(error))};
}

/// Why a component cannot be trusted; empty when it can.
std::string component_problem(const std::string& path, const std::string& component,
                              const struct stat& info, const MayOwn& may_own,
                              std::string_view what) {
  const std::string place = component == path ? path : fmt::format("{}: {}", path, component);
  if (info.st_uid != 0 && info.st_uid != geteuid() && !may_own(info.st_uid))
    return fmt::format("{} {} belongs to another user; run `chown root {}`", what, place,
                       component);
  const bool sticky = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0 && info.st_uid == 0;
  if ((info.st_mode & 022) == 0 || sticky) return {};
  return fmt::format("{} {} can be written by others (mode {:04o}); run `chmod go-w {}`", what,
                     place, info.st_mode & 07777, component);
}

std::variant<FileContent, FileError> read_open_file(int fd, const struct stat& info,
                                                    const std::string& path,
                                                    std::size_t max_bytes) {
  const FileError too_long{0, fmt::format("{} is longer than {} bytes", path, max_bytes)};
  if (static_cast<std::uintmax_t>(info.st_size) > max_bytes) return too_long;
  Secret bytes(static_cast<std::size_t>(info.st_size) + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = read(fd, bytes.mutable_view().data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return FileError{errno, fmt::format("cannot read {}: {}", path, strerror(errno))};
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled == bytes.size()) return FileError{0, path + " grew while it was read"};
  bytes.truncate(filled);
  return FileContent{std::move(bytes), info.st_mode & 07777, info.st_uid};
}

}  // namespace

std::variant<FileContent, FileError> read_trusted_file(const std::string& path,
                                                       std::size_t max_bytes, const MayOwn& may_own,
                                                       std::string_view what) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) return failure(what, path, errno);
  const std::string way = real.get();
  io::Descriptor at(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t begin = 1; at;) {
    const std::size_t slash = way.find('/', begin);
    const bool last = slash == std::string::npos;
    const std::string name = way.substr(begin, last ? slash : slash - begin);
    const std::string so_far = way.substr(0, slash);
    // O_NONBLOCK: opening a FIFO must not wait for its writer.
    const int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    io::Descriptor next(openat(at.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    struct stat info{};
    if (!next || fstat(next.get(), &info) != 0) return failure(what, path, errno);
    if (last && !S_ISREG(info.st_mode))
      return FileError{0, fmt::format("{} {} is not a regular file", what, path)};
    if (std::string problem = component_problem(way, so_far, info, may_own, what); !problem.empty())
      return FileError{0, std::move(problem)};
    if (last) return read_open_file(next.get(), info, path, max_bytes);
    at = std::move(next);
    begin = slash + 1;
  }
  return failure(what, path, errno);
}

}  // namespace ssh2core::tools
