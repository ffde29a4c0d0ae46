#include "libssh2core/io/descriptor_target.h"

#include <unistd.h>

#include <cerrno>

#include "libssh2core/io/posix_acl.h"

namespace ssh2core::io {

int DescriptorTarget::resize(off_t size) {
  if (::ftruncate(fd_, size) == 0) return 0;
  struct stat status;
  const int error = errno;  // EINVAL: not open for writing, as of a directory
  return error == EINVAL && ::fstat(fd_, &status) == 0 && S_ISDIR(status.st_mode) ? EISDIR : error;
}
int DescriptorTarget::change_mode(mode_t mode) { return ::fchmod(fd_, mode) == 0 ? 0 : errno; }
int DescriptorTarget::change_times(const std::array<timespec, 2>& times) {
  return ::futimens(fd_, times.data()) == 0 ? 0 : errno;
}
int DescriptorTarget::change_owner(uid_t uid, gid_t gid) {
  return ::fchown(fd_, uid, gid) == 0 ? 0 : errno;
}
int DescriptorTarget::change_acl(const sftp::Acl& acl) {
  return set_acl(XattrFile(fd_), acl, *this);
}

}  // namespace ssh2core::io
