#include "libssh2core/io/confined_path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <system_error>

#include "libssh2core/io/path_walk.h"

namespace ssh2core::io {

using sftp::Errno;
using sftp::Result;

namespace {

// openat2(2) gives EAGAIN when a rename anywhere in the system made it lose its way at a `..`; a
// client that keeps renaming must not keep us here, and the walk has no such case.
constexpr int kRaceAttempts = 16;

int open_in_root(int root, const char* path, int flags, mode_t mode, bool resolved) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  if ((flags & O_PATH) == 0) how.flags |= O_LARGEFILE;
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | (resolved ? RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS);
  return static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
}

[[noreturn]] void throw_errno(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

ConfinedRoot::ConfinedRoot(const std::string& root, std::string home, bool force_walk,
                           bool resolved)
    : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      home_(std::move(home)),
      walk_(force_walk) {
  struct stat status;
  if (!root_ || ::fstat(root_.get(), &status) != 0) throw_errno(errno, "root directory " + root);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  // A missing call is ENOSYS, and EPERM under the seccomp filters of older container managers.
  if (!walk_) walk_ = !Descriptor(open_in_root(root_.get(), ".", O_PATH | O_CLOEXEC, 0, false));
  if (!home_.starts_with('/')) home_ = std::string(1, '/').append(home_);
  const Result<Descriptor> opened = open_absolute(home_, O_PATH | O_DIRECTORY, 0);
  if (!opened) throw_errno(opened.error().value, "home directory " + home_ + " in " + root);
  resolved_ = resolved;  // from here on; the home itself may be a symlink
}

Result<std::string> ConfinedRoot::absolute(std::string_view path) const {
  if (path.find('\0') != std::string_view::npos) return Errno{EINVAL};
  std::string text;
  if (!path.starts_with('/')) text.append(home_).append("/");
  text.append(path);
  if (text.size() >= PATH_MAX) return Errno{ENAMETOOLONG};
  return text;
}

Result<Descriptor> ConfinedRoot::open_absolute(const std::string& path, int flags,
                                               mode_t mode) const {
  flags |= O_CLOEXEC;
  for (int attempt = 0; !walk_ && attempt < kRaceAttempts; ++attempt) {
    Descriptor fd(open_in_root(root_.get(), path.c_str(), flags, mode, resolved_));
    if (fd) return fd;
    if (errno == ENOSYS) break;  // forbidden since then, as a sandbox does
    if (errno != EAGAIN && errno != EINTR) return Errno{errno};
  }
  return PathWalk(root_.get(), path, resolved_).open(flags, mode);
}

Result<Descriptor> ConfinedRoot::open(std::string_view path, int flags, mode_t mode) const {
  const Result<std::string> text = absolute(path);
  if (!text) return text.error();
  return open_absolute(*text, flags, mode);
}

Result<Place> ConfinedRoot::place(std::string_view path) const {
  Result<std::string> text = absolute(path);
  if (!text) return text.error();
  Place place;
  const std::size_t end = text->find_last_not_of('/');  // npos: nothing but slashes
  const std::size_t slash = end == std::string::npos ? 0 : text->rfind('/', end);
  if (end != std::string::npos) place.name = text->substr(slash + 1, end - slash);
  place.directory_wanted = end != text->size() - 1;
  if (place.name == "." || place.name == "..")
    place.name.clear();  // the whole path is resolved
  else if (!place.name.empty())
    text->resize(slash);
  if (text->find_first_not_of('/') == std::string::npos) {
    place.directory = root_.get();
    return place;
  }
  Result<Descriptor> directory = open_absolute(*text, O_PATH | O_DIRECTORY, 0);
  if (!directory) return directory.error();
  place.owned = std::move(*directory);
  place.directory = place.owned.get();
  return place;
}

// Always by the walk: openat2(2) does not tell the names that it went through, and reading them
// back from /proc/self/fd needs a /proc, which a chroot may lack, and is wrong after a rename.
Result<std::string> ConfinedRoot::real_path(std::string_view path) const {
  const Result<std::string> text = absolute(path);
  if (!text) return text.error();
  return PathWalk(root_.get(), *text).real_path();
}

}  // namespace ssh2core::io
