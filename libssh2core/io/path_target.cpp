#include "libssh2core/io/path_target.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "libssh2core/io/posix_acl.h"

namespace ssh2core::io {

using sftp::Errno;
using sftp::Outcome;
using sftp::Result;

namespace {

constexpr long kFchmodat2 = 452;  // the same number on every architecture; Linux 6.6
constexpr int kOpenQuietly = O_NONBLOCK | O_NOCTTY;

// The ways to change what an O_PATH descriptor names, best first: by the descriptor itself (recent
// kernels), by its name in /proc (absent in a bare chroot), by opening the path once more, which is
// still confined but needs the right to read.
class PathTarget final : public AttributeTarget {
 public:
  PathTarget(const ConfinedRoot& root, std::string_view path, bool follow, const Descriptor& fd,
             mode_t mode)
      : root_(root),
        path_(path),
        no_follow_(follow ? 0 : O_NOFOLLOW),
        fd_(fd.get()),
        mode_(mode),
        proc_("/proc/self/fd/" + std::to_string(fd.get())) {}

  int resize(off_t size) override {
    if (S_ISDIR(mode_)) return EISDIR;
    if (!S_ISREG(mode_)) return EINVAL;
    const Result<Descriptor> file = reopen(O_WRONLY);
    if (!file) return file.error().value;
    return ::ftruncate(file->get(), size) == 0 ? 0 : errno;
  }

  int change_mode(mode_t mode) override {
    // Some file systems change a symlink's mode and report an error all the same; none needs it.
    if (S_ISLNK(mode_)) return EOPNOTSUPP;
    // As chmod(1): what new files inherit their group by is not lost by setting a plain mode.
    if (S_ISDIR(mode_)) mode |= mode_ & S_ISGID;
    if (::syscall(kFchmodat2, fd_, "", mode, AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return errno;  // EPERM: also of old seccomp filters
    if (::chmod(proc_.c_str(), mode) == 0) return 0;
    if (errno != ENOENT) return errno;
    const Result<Descriptor> file = reopen(O_RDONLY);
    if (!file) return file.error().value;
    return ::fchmod(file->get(), mode) == 0 ? 0 : errno;
  }

  int change_times(const std::array<timespec, 2>& times) override {
    if (::utimensat(fd_, "", times.data(), AT_EMPTY_PATH) == 0) return 0;
    if (errno != EINVAL) return errno;  // before Linux 5.8
    if (S_ISLNK(mode_)) return EOPNOTSUPP;
    if (::utimensat(AT_FDCWD, proc_.c_str(), times.data(), 0) == 0) return 0;
    if (errno != ENOENT) return errno;
    const Result<Descriptor> file = reopen(O_RDONLY);
    if (!file) return file.error().value;
    return ::futimens(file->get(), times.data()) == 0 ? 0 : errno;
  }

  int change_owner(uid_t uid, gid_t gid) override {
    return ::fchownat(fd_, "", uid, gid, AT_EMPTY_PATH) == 0 ? 0 : errno;
  }

  int change_acl(const sftp::Acl& acl) override {
    if (S_ISLNK(mode_)) return EOPNOTSUPP;
    const Result<XattrFile> file = XattrFile::find(root_, path_, no_follow_ == 0);
    if (!file) return file.error().value;
    struct stat named, mine;  // the path is looked up again: only if it still means the same
    if (::fstat(file->fd(), &named) != 0 || ::fstat(fd_, &mine) != 0) return errno;
    if (named.st_dev != mine.st_dev || named.st_ino != mine.st_ino) return EAGAIN;
    return set_acl(*file, acl, *this);
  }

 private:
  // Refused for what an open would do something to: a device, a FIFO, a socket.
  Result<Descriptor> reopen(int flags) {
    if (!S_ISREG(mode_) && !S_ISDIR(mode_)) return Errno{EOPNOTSUPP};
    return root_.open(path_, flags | no_follow_ | kOpenQuietly);
  }

  const ConfinedRoot& root_;
  std::string_view path_;
  int no_follow_;
  int fd_;
  mode_t mode_;
  std::string proc_;
};

}  // namespace

Outcome set_by_path(const ConfinedRoot& root, std::string_view path, const sftp::Attributes& wanted,
                    bool follow) {
  const Result<Descriptor> fd = root.open(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  if (!fd) return {fd.error().value};
  struct stat status;
  if (::fstat(fd->get(), &status) != 0) return {errno};
  PathTarget target(root, path, follow, *fd, status.st_mode);
  return apply_attributes(wanted, target);
}

}  // namespace ssh2core::io
