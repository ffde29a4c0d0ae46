// The body of a signature, the second string of its wire form, between SSH's encoding and the one
// that EVP speaks.
#pragma once

#include <optional>

#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// For EVP_DigestVerify: DER for ECDSA (from RFC 5656 section 3.1.2) and DSA (from the
/// 40 bytes of RFC 4253 section 6.6), the modulus' length for RSA.
/// nullopt: too long for the key, or not of its size. Throws ProtocolError when malformed.
std::optional<Bytes> signature_for_evp(const SignatureEntry& row, const EVP_PKEY* key,
                                       ByteView body);
/// The body from what EVP_DigestSign made.
Bytes signature_from_evp(const SignatureEntry& row, Bytes made);

}  // namespace ssh2core
