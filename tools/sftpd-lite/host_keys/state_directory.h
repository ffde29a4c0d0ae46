// The directory of --state, which keeps the host key that was made at the first start.
#pragma once

#include <string>
#include <variant>

namespace ssh2core::tools {

/// Whether other machines may see a file system of this type (f_type of statfs(2)). FUSE counts:
/// what is behind it, sshfs perhaps, cannot be told.
bool is_network_file_system(unsigned long type);

/// A sentence for the administrator.
struct StateProblem {
  std::string text;
};
/// The path of the host key in the directory, which must be its owner's alone and lie on this
/// machine.
std::variant<std::string, StateProblem> state_key_path(const std::string& directory);

}  // namespace ssh2core::tools
