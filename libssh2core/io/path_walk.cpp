#include "libssh2core/io/path_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace ssh2core::io {

using sftp::Errno;
using sftp::Result;

namespace {

constexpr int kMaxLinks = 40;  // as the kernel has it

}  // namespace

Result<std::string> read_link_at(int directory, const char* name) {
  std::array<char, PATH_MAX> text;
  const ssize_t length = ::readlinkat(directory, name, text.data(), text.size());
  // ENOENT for "" means that the descriptor is no symlink.
  if (length < 0) return Errno{errno == ENOENT && *name == '\0' ? EINVAL : errno};
  return std::string(text.data(), static_cast<std::size_t>(length));
}

// Takes the next component off the front of what is pending; empty at the end.
std::string PathWalk::take_component() {
  const std::size_t start = std::min(pending_.find_first_not_of('/'), pending_.size());
  const std::size_t end = std::min(pending_.find('/', start), pending_.size());
  std::string name = pending_.substr(start, end - start);
  pending_.erase(0, end);
  return name;
}

// Goes to the directory that holds the last component and puts that into last_, which is empty when
// the path ends at the directory itself. Returns an errno.
int PathWalk::descend() {
  while (true) {
    std::string name = take_component();
    if (name == ".") continue;
    if (name == "..") {
      if (!below_.empty()) below_.pop_back();
      continue;
    }
    if (name.empty() || pending_.find_first_not_of('/') == std::string::npos) {
      trailing_slash_ = !pending_.empty();
      last_ = std::move(name);
      return 0;
    }
    if (const int error = enter(name)) return error;
  }
}

// Makes the directory `name` the current one; a symlink becomes part of what is pending.
int PathWalk::enter(const std::string& name) {
  Descriptor fd(::openat(current(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0) return errno;
  if (S_ISLNK(status.st_mode)) {
    const Result<std::string> target = read_link_at(fd.get(), "");
    return target ? follow(*target) : target.error().value;
  }
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  below_.push_back({std::move(fd), name});
  return 0;
}

int PathWalk::follow(const std::string& target) {
  if (resolved_ || ++links_ > kMaxLinks) return ELOOP;
  if (target.starts_with('/')) below_.clear();
  pending_.insert(0, target);  // what follows starts with a slash
  return 0;
}

Result<Descriptor> PathWalk::open(int flags, mode_t mode) {
  flags |= O_CLOEXEC;
  while (true) {
    if (const int error = descend()) return Errno{error};
    if ((last_.empty() || trailing_slash_) && (flags & O_CREAT) != 0) return Errno{EISDIR};
    if (last_.empty()) {
      Descriptor here(::openat(current(), ".", flags));
      if (!here) return Errno{errno};
      return here;
    }
    if (trailing_slash_) {  // must be a directory, and a symlink to one is followed
      if (const int error = enter(last_)) return Errno{error};
      continue;
    }
    Descriptor fd(::openat(current(), last_.c_str(), flags | O_NOFOLLOW, mode));
    const int error = errno;
    const bool exclusive = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
    const bool may_follow = (flags & O_NOFOLLOW) == 0 && !exclusive;
    if (fd && (!may_follow || (flags & O_PATH) == 0)) return fd;
    // O_NOFOLLOW on a symlink: ELOOP, with O_DIRECTORY ENOTDIR, with O_PATH the symlink itself.
    if (!fd && (!may_follow || (error != ELOOP && error != ENOTDIR))) return Errno{error};
    const Result<std::string> target =
        fd ? read_link_at(fd.get(), "") : read_link_at(current(), last_.c_str());
    if (!target && fd) return fd;
    if (!target) return Errno{error};
    if (const int failed = follow(*target)) return Errno{failed};
  }
}

std::string PathWalk::path_of(std::string_view last) const {
  std::string path;
  for (const Directory& directory : below_) path.append("/").append(directory.name);
  if (!last.empty() || path.empty()) path.append("/").append(last);
  return path;
}

Result<std::string> PathWalk::real_path() {
  while (true) {
    if (const int error = descend()) return Errno{error};
    if (last_.empty()) return path_of("");
    Descriptor fd(::openat(current(), last_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd && errno == ENOENT) return path_of(last_);
    struct stat status;
    if (!fd || ::fstat(fd.get(), &status) != 0) return Errno{errno};
    if (S_ISLNK(status.st_mode)) {
      const Result<std::string> target = read_link_at(fd.get(), "");
      if (!target) return target.error();
      if (const int error = follow(*target)) return Errno{error};
      continue;
    }
    if (trailing_slash_ && !S_ISDIR(status.st_mode)) return Errno{ENOTDIR};
    return path_of(last_);
  }
}

}  // namespace ssh2core::io
