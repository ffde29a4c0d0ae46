#include "libssh2core/io/posix_xattr.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace ssh2core::io {

using sftp::Errno;
using sftp::Outcome;
using sftp::Result;

namespace {

// Calls one of the functions that fill a buffer, of which 64 KiB is the most that the kernel gives.
template <class Call>
Result<std::string> filled(Call call) {
  std::string text;
  for (std::size_t room : {std::size_t{256}, std::size_t{1} << 16}) {
    text.resize(room);
    const ssize_t size = call(text.data(), room);
    if (size >= 0) {
      text.resize(static_cast<std::size_t>(size));
      return text;
    }
    if (errno != ERANGE) break;
  }
  return Errno{errno};
}

}  // namespace

// The calls take no O_PATH descriptor but the name that /proc has for it; where a chroot has no
// /proc the file is opened, which needs the right to read it.
Result<XattrFile> XattrFile::find(const ConfinedRoot& root, std::string_view path, bool follow) {
  const int flags = follow ? 0 : O_NOFOLLOW;
  Result<Descriptor> fd = root.open(path, O_PATH | flags);
  if (!fd) return fd.error();
  XattrFile file(fd->get());
  file.proc_ = "/proc/self/fd/" + std::to_string(fd->get());
  struct stat status, seen;
  if (::fstat(fd->get(), &status) != 0) return Errno{errno};
  if (S_ISLNK(status.st_mode)) return Errno{EOPNOTSUPP};
  if (::stat(file.proc_.c_str(), &seen) != 0) {
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return Errno{EOPNOTSUPP};
    fd = root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
    if (!fd) return fd.error();
    file.proc_.clear();
    file.fd_ = fd->get();
  }
  file.owned_ = std::move(*fd);
  return file;
}

Result<std::string> XattrFile::get(const std::string& name) const {
  return filled([&](char* to, std::size_t room) {
    return proc_.empty() ? ::fgetxattr(fd_, name.c_str(), to, room)
                         : ::getxattr(proc_.c_str(), name.c_str(), to, room);
  });
}

Result<std::vector<std::string>> XattrFile::list() const {
  const Result<std::string> text = filled([&](char* to, std::size_t room) {
    return proc_.empty() ? ::flistxattr(fd_, to, room) : ::listxattr(proc_.c_str(), to, room);
  });
  if (!text) return text.error();
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text->size();) {  // each ends with a NUL
    const std::size_t end = std::min(text->find('\0', at), text->size());
    names.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return names;
}

Outcome XattrFile::set(const std::string& name, std::string_view value,
                       sftp::XattrMode mode) const {
  const int flags = mode == sftp::XattrMode::Create    ? XATTR_CREATE
                    : mode == sftp::XattrMode::Replace ? XATTR_REPLACE
                                                       : 0;
  const int done = proc_.empty()
                       ? ::fsetxattr(fd_, name.c_str(), value.data(), value.size(), flags)
                       : ::setxattr(proc_.c_str(), name.c_str(), value.data(), value.size(), flags);
  return {done == 0 ? 0 : errno};
}

Outcome XattrFile::remove(const std::string& name) const {
  const int done = proc_.empty() ? ::fremovexattr(fd_, name.c_str())
                                 : ::removexattr(proc_.c_str(), name.c_str());
  return {done == 0 ? 0 : errno};
}

}  // namespace ssh2core::io
