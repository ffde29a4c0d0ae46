// PEM private keys: PKCS#1 (RFC 8017), SEC 1 (RFC 5915) and PKCS#8 (RFC 5208, RFC 5958), encrypted
// or not, through OpenSSL.
#pragma once

#include "keys/private_key_file.h"

namespace ssh2core::keys {

/// The most work that a PKCS#8 file's key derivation may ask for, some seconds each: iterations of
/// PBKDF2, and N * r * p of scrypt (OpenSSL writes 2^17).
inline constexpr long kMaxPemIterations = 10'000'000;
inline constexpr std::uint64_t kMaxScryptWork = std::uint64_t{1} << 23;

/// `block` is the text from a BEGIN line to its END line. Never asks anybody for a passphrase.
std::variant<PrivateKey, KeyFileError> parse_pem_key(std::string_view block,
                                                     const Secret& passphrase);

/// A block PUBLIC KEY (RFC 7468 section 13) or RSA PUBLIC KEY (RFC 8017 appendix A.1.1).
std::variant<PublicHalf, KeyFileError> read_pem_public_key(std::string_view block);

}  // namespace ssh2core::keys
