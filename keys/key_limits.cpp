#include "keys/key_limits.h"

#include "libssh2core/crypto/key_blob.h"

namespace ssh2core::keys {

std::string key_limit_problem(const KeyLimits& limits, std::string_view plain_type, int bits) {
  const SignatureEntry* const row = find_key_type(plain_type);
  if (row == nullptr) return {};
  int least = 0;
  if (row->family == KeyFamily::Rsa) least = limits.rsa;
  if (row->family == KeyFamily::Dsa) least = limits.dsa;
  if (row->family == KeyFamily::Ecdsa) least = limits.ec;
  if (bits >= least) return {};
  return "the key has " + std::to_string(bits) + " bits, fewer than the " + std::to_string(least) +
         " that SFTPKeyLimits asks for";
}

}  // namespace ssh2core::keys
