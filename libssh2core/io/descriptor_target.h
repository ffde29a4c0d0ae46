// Changing the attributes of what a descriptor is open for.
#pragma once

#include "libssh2core/io/posix_attributes.h"

namespace ssh2core::io {

class DescriptorTarget final : public AttributeTarget {
 public:
  /// `fd` is open for reading or writing and stays the caller's.
  explicit DescriptorTarget(int fd) : fd_(fd) {}
  int resize(off_t size) override;
  int change_mode(mode_t mode) override;
  int change_times(const std::array<timespec, 2>& times) override;
  int change_owner(uid_t uid, gid_t gid) override;
  int change_acl(const sftp::Acl& acl) override;

 private:
  int fd_;
};

}  // namespace ssh2core::io
