// Files of this machine, confined to a root without root rights: every path is resolved below the
// root's descriptor by openat2(RESOLVE_IN_ROOT), or component by component where the kernel lacks
// it, so that neither `..` nor symlinks nor races lead outside.
#pragma once

#include <memory>
#include <string>

#include "libssh2core/sftp/file_system.h"

namespace ssh2core::io {

struct PosixFileSystemOptions {
  std::string root = "/";   // directory of this machine that the client sees as `/`
  std::string home = "/";   // client path where relative paths start
  bool read_only = false;   // open refuses writing with EROFS; a second line of defence
  bool force_walk = false;  // do not use openat2, for tests of the other way
  /// Paths come from real_path(): where one leads through a symlink all the same, somebody has put
  /// that there meanwhile, and it is ELOOP. Only real_path() itself follows them then.
  bool resolved_paths = false;
};

/// Throws std::system_error, naming the path, when the root or home cannot be opened as a
/// directory.
std::unique_ptr<sftp::FileSystem> make_posix_file_system(const PosixFileSystemOptions& options);

}  // namespace ssh2core::io
