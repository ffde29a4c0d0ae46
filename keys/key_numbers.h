// Private keys as the numbers that key files hold, from and to EVP keys.
#pragma once

#include <optional>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

/// Big-endian magnitudes, borrowed from the file.
struct RsaNumbers {
  ByteView n, e, d, inverse_q, p, q;  // inverse_q: q^-1 mod p
};

/// Each gives nullopt when the numbers are no key that we know: out of range, another curve, or the
/// private half does not sign what the public half verifies.
std::optional<PrivateKey> rsa_from_numbers(const RsaNumbers& numbers);
/// `group` is EVP's name of the curve, `point` uncompressed (SEC 1 section 2.3.3).
std::optional<PrivateKey> ecdsa_from_numbers(const char* group, ByteView point, ByteView d);
std::optional<PrivateKey> checked_key(EvpPkey key);

/// A private number of a key by EVP's name, big-endian; throws CryptoError when it has none.
Secret private_number(const PrivateKey& key, const char* name);
/// The 32-byte seed of an Ed25519 key.
Secret ed25519_seed(const PrivateKey& key);

}  // namespace ssh2core::keys
