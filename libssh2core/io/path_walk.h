// Resolves a path below a directory component by component, for kernels without openat2(2). Also
// the way in which real_path() learns the resolved names.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/sftp/result.h"

namespace ssh2core::io {

/// One resolution of one path. Every step opens a single component with O_NOFOLLOW below a
/// directory that is held open, and `..` goes back to the directory that was held before; so no
/// rename or symlink made meanwhile can lead outside of the root. Use an object once.
class PathWalk {
 public:
  /// `root` is borrowed; a leading `/` of `path` is the root. With `resolved` a symlink is ELOOP.
  PathWalk(int root, std::string_view path, bool resolved = false)
      : root_(root), pending_(path), resolved_(resolved) {}
  /// As open(2) with these flags; O_CLOEXEC is added.
  sftp::Result<Descriptor> open(int flags, mode_t mode);
  /// The absolute path below the root, symlinks resolved; its last component may be missing.
  sftp::Result<std::string> real_path();

 private:
  struct Directory {
    Descriptor fd;
    std::string name;
  };
  int current() const { return below_.empty() ? root_ : below_.back().fd.get(); }
  std::string take_component();
  int descend();
  int enter(const std::string& name);
  int follow(const std::string& target);
  std::string path_of(std::string_view last) const;

  int root_;
  std::string pending_;           // what is still to be resolved
  std::vector<Directory> below_;  // the directories from the root to here
  std::string last_;              // set by descend()
  bool trailing_slash_ = false;   // set by descend()
  int links_ = 0;                 // symlinks followed so far
  bool resolved_;
};

/// The text of the symlink `name` in `directory` (of the open symlink `directory` itself when
/// `name` is empty). EINVAL when it is no symlink.
sftp::Result<std::string> read_link_at(int directory, const char* name);

}  // namespace ssh2core::io
