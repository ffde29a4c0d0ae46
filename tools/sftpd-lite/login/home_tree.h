// Copies a skeleton into a new home, and removes what was begun. Not for users of create_home().
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace ssh2core::tools {

struct HomeTreeOwner {
  uid_t uid;
  gid_t gid;
};

/// Copies what lies in the directory `from`: files, directories, and symlinks as they are. Nothing
/// is followed; devices, FIFOs and sockets are left out, which `told` hears. Bits that give rights
/// away (set-user-ID, set-group-ID, sticky) are not kept. As root everything belongs to `owner`.
/// Empty, or why it failed: a sentence that names the file.
std::string copy_tree(const std::string& from, int to, const HomeTreeOwner& owner,
                      const std::function<void(const std::string&)>& told);

/// Removes a directory with all that is in it; symlinks are not followed.
void remove_tree(int parent, const std::string& name);

}  // namespace ssh2core::tools
