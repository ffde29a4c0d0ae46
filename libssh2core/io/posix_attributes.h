// Attributes from and to the system's calls.
#pragma once

#include <sys/stat.h>

#include <array>

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/result.h"

namespace ssh2core::io {

/// Fills in what statx(2) knows of `name` in `directory`, or of the descriptor `directory` itself
/// when the name is empty; the other fields become absent. `flags` are those of statx. Returns an
/// errno, 0 for success.
int read_attributes(int directory, const char* name, int flags, sftp::Attributes& attributes);
/// The same for a descriptor.
sftp::Result<sftp::Attributes> attributes_of(int fd);

/// fstatvfs(3) of a descriptor.
sftp::Result<sftp::Statvfs> statvfs_of(int fd);

/// A thing whose attributes can be changed. Each call returns an errno, 0 for success.
class AttributeTarget {
 public:
  virtual ~AttributeTarget() = default;
  virtual int resize(off_t size) = 0;
  virtual int change_mode(mode_t mode) = 0;
  /// Access and modification time, as futimens(2) takes them.
  virtual int change_times(const std::array<timespec, 2>& times) = 0;
  /// -1 leaves one as it is.
  virtual int change_owner(uid_t uid, gid_t gid) = 0;
  virtual int change_acl(const sftp::Acl& acl) = 0;
};

/// Changes what is present in `wanted`, in the order size, mode, ACL, times, owner. An error does
/// not stop the rest; the last one is returned. Owners by name are not known here and are left
/// alone.
sftp::Outcome apply_attributes(const sftp::Attributes& wanted, AttributeTarget& target);

}  // namespace ssh2core::io
