// POSIX access control lists as those of NFSv4, which SFTP speaks, and back. An entry of a POSIX
// list decides alone about those it fits; so what an earlier entry withholds and a later one gives
// is denied between them.
#pragma once

#include "libssh2core/io/posix_attributes.h"
#include "libssh2core/io/posix_xattr.h"

namespace ssh2core::io {

/// The list of a file with this mode; `posix` is the value of system.posix_acl_access, empty when
/// there is none. EINVAL when that is malformed.
sftp::Result<sftp::Acl> to_nfs4(std::string_view posix, mode_t mode);
/// What an NFSv4 list comes to: the permission bits (0777), and the value of
/// system.posix_acl_access, empty when the bits say it all. EOPNOTSUPP for what a POSIX list cannot
/// keep (audit, inheritance), EINVAL for an entry of nobody.
struct PosixAcl {
  mode_t mode = 0;
  std::string value;
};
sftp::Result<PosixAcl> to_posix(const sftp::Acl& acl);

/// The list of a file. What is no extended attribute of the file is made from its mode.
sftp::Result<sftp::Acl> get_acl(const XattrFile& file);
/// Sets it; `target` is the same file. Returns an errno.
int set_acl(const XattrFile& file, const sftp::Acl& acl, AttributeTarget& target);

}  // namespace ssh2core::io
