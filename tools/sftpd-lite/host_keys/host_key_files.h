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
struct HostKeyLoading {
  bool any_mode = false;      // also a file that others can use
  std::string provider = {};  // of passphrases; empty: none
  std::string server = {};    // what the provider is told
  bool may_ask = false;       // on the terminal, without a provider
};

std::variant<PrivateKey, std::string> load_host_key(const std::string& path,
                                                    const HostKeyLoading& how = {});

}  // namespace ssh2core::tools
