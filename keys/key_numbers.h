// Private keys as the numbers that key files hold, from and to EVP keys.
#pragma once

#include <optional>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

/// Big-endian magnitudes, borrowed from the file.
struct RsaNumbers {
  ByteView n, e, d, inverse_q, p, q;  // inverse_q: q^-1 mod p
};

struct DsaNumbers {
  ByteView p, q, g, y, x;
};

/// Each gives nullopt when the numbers are no key that we know: out of range, another curve, or the
/// private half does not sign what the public half verifies.
std::optional<PrivateKey> rsa_from_numbers(const RsaNumbers& numbers);
/// `group` is EVP's name of the curve, `point` uncompressed (SEC 1 section 2.3.3).
std::optional<PrivateKey> ecdsa_from_numbers(const char* group, ByteView point, ByteView d);
std::optional<PrivateKey> dsa_from_numbers(const DsaNumbers& numbers);
/// `group` is EVP's name, "ED25519" or "ED448"; the seed has edwards_key_bytes() of it.
std::optional<PrivateKey> edwards_from_seed(std::string_view group, ByteView seed);
/// The size of seed and of point (RFC 8032 sections 5.1.5 and 5.2.5).
std::size_t edwards_key_bytes(std::string_view group);
std::optional<PrivateKey> checked_key(EvpPkey key);

/// A private number of a key by EVP's name, big-endian; throws CryptoError when it has none.
Secret private_number(const PrivateKey& key, const char* name);
/// The seed of an Ed25519 or Ed448 key.
Secret edwards_seed(const PrivateKey& key);

}  // namespace ssh2core::keys
