#include "tools/sftpd-lite/log/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

std::optional<std::string> log_path_fault(const std::string& path, bool allow_symlinks) {
  struct stat info{};
  const bool there = lstat(path.c_str(), &info) == 0;
  if (there && S_ISLNK(info.st_mode) && !allow_symlinks)
    return fmt::format("log {}: is a symlink; name its target, or `AllowLogSymlinks on`", path);
  if (there && !S_ISLNK(info.st_mode) && !S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode))
    return fmt::format("log {}: is no file; name another", path);
  const std::string folder = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  if (stat(folder.c_str(), &info) != 0) return fmt::format("log {}: {}", path, strerror(errno));
  if ((info.st_mode & 02) != 0)
    return fmt::format("log {}: everybody can write its directory; choose another", path);
  return std::nullopt;
}

io::Descriptor open_log(const std::string& path, bool allow_symlinks) {
  if (const auto fault = log_path_fault(path, allow_symlinks)) throw ExitError(kUsage, *fault);
  const int follow = allow_symlinks ? 0 : O_NOFOLLOW;
  io::Descriptor file(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | follow,
           0640));
  if (!file)
    throw ExitError(kUsage, fmt::format("log {}: cannot be opened: {}", path, strerror(errno)));
  // Of a file O_NONBLOCK means nothing; it was for what is none.
  return file;
}

}  // namespace ssh2core::tools
