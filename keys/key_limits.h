// The smallest keys that are used: SFTPKeyLimits.
#pragma once

#include <string>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

/// In bits: of the modulus of RSA and DSA keys, of the field of ECDSA keys. 0: any that is
/// understood at all. Ed25519 and Ed448 have one size each.
struct KeyLimits {
  int rsa = 2048, dsa = 1024, ec = 256;
};

/// Why a key of this type and size is not used: one sentence; empty when it is.
std::string key_limit_problem(const KeyLimits& limits, std::string_view plain_type, int bits);

}  // namespace ssh2core::keys
