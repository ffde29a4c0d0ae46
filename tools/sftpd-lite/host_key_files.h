// Host keys from files, with the checks that a server owes its administrator.
#pragma once

#include <string>
#include <variant>

#include "libssh2core/crypto/key.h"
#include "tools/common/files.h"

namespace ssh2core::tools {

/// Why others than the owner can use a private key file with these permission bits: one sentence
/// with the cure; empty when they cannot.
std::string private_key_mode_problem(const std::string& path, mode_t mode);

/// The key in a file; or one sentence that says what is wrong with it and what to do.
/// `any_mode`: also one that others can use.
std::variant<PrivateKey, std::string> load_host_key(const std::string& path, bool any_mode = false);

}  // namespace ssh2core::tools
