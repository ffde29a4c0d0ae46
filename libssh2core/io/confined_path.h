// Client paths below one directory of this machine: opening what they name, and the directory that
// holds it, without ever leaving that directory.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/sftp/result.h"

namespace ssh2core::io {

/// The directory that holds what a path names, and its name there, for the *at() calls.
struct Place {
  int directory = -1;  // valid while the Place and its ConfinedRoot live
  std::string name;    // one component; empty when the path is the root or ends in `.` or `..`:
                       // then `directory` is what it names
  bool directory_wanted = false;  // the path has a trailing slash
  Descriptor owned;
};

class ConfinedRoot {
 public:
  /// `home` is the client path where relative paths start. Throws std::system_error, naming the
  /// path, when the root or the home in it is no directory that can be opened. With `resolved` only
  /// real_path() follows symlinks; elsewhere one is ELOOP.
  ConfinedRoot(const std::string& root, std::string home, bool force_walk, bool resolved = false);

  /// As open(2) with these flags, O_CLOEXEC added.
  sftp::Result<Descriptor> open(std::string_view path, int flags, mode_t mode = 0) const;
  /// The directory of the last component, which itself is not resolved and may be missing.
  sftp::Result<Place> place(std::string_view path) const;
  /// The absolute client path, symlinks resolved; its last component may be missing.
  sftp::Result<std::string> real_path(std::string_view path) const;
  /// True when `device` and `inode` are those of the root.
  bool is_root(dev_t device, ino_t inode) const { return device == device_ && inode == inode_; }
  const std::string& home() const { return home_; }

 private:
  sftp::Result<std::string> absolute(std::string_view path) const;
  sftp::Result<Descriptor> open_absolute(const std::string& path, int flags, mode_t mode) const;

  Descriptor root_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::string home_;
  bool walk_;  // openat2(2) is missing or not wanted
  bool resolved_ = false;
};

}  // namespace ssh2core::io
