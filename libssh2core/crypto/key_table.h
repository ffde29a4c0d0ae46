// Public key algorithms (RFC 4253 section 6.6): key types and the signature algorithms over them,
// a line each, in our order of preference. The same rows serve host keys and user keys.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

enum class KeyFamily { Ed25519, Ecdsa, Rsa };

struct SignatureEntry {
  std::string_view name;      // in KEXINIT, in requests and inside the signature
  std::string_view key_type;  // inside the public key blob
  KeyFamily family;
  const char* digest;           // nullptr: the algorithm hashes by itself
  const char* group;            // EC curve as EVP knows it, or nullptr
  std::size_t signature_bytes;  // an upper bound of the signature blob, for buffers
  Offer offer;
};

inline constexpr auto kSignatures = std::to_array<SignatureEntry>({
    {"ssh-ed25519", "ssh-ed25519", KeyFamily::Ed25519, nullptr, nullptr, 83, Offer::Default},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KeyFamily::Ecdsa, "SHA256", "P-256", 110,
     Offer::Default},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", KeyFamily::Ecdsa, "SHA384", "P-384", 142,
     Offer::Default},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", KeyFamily::Ecdsa, "SHA512", "P-521", 178,
     Offer::Default},
    {"rsa-sha2-512", "ssh-rsa", KeyFamily::Rsa, "SHA512", nullptr, 2080, Offer::Default},
    {"rsa-sha2-256", "ssh-rsa", KeyFamily::Rsa, "SHA256", nullptr, 2080, Offer::Default},
});

constexpr const SignatureEntry* find_signature(std::string_view name) {
  const auto at = std::ranges::find(kSignatures, name, &SignatureEntry::name);
  return at == kSignatures.end() ? nullptr : &*at;
}

}  // namespace ssh2core
