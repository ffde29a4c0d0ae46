// Public key blobs (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4) to and from EVP
// keys.
#pragma once

#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// The first table row of a key type ("ssh-rsa"); the rows of one type share family and curve. Not
/// of certificates. nullptr when there is none.
const SignatureEntry* find_key_type(std::string_view key_type);
/// The first row that fits an EVP key; nullptr when its family, curve or size is none of ours.
const SignatureEntry* key_type_of(const EVP_PKEY* key);

/// The key in a blob that begins behind the type's string, without the application of a token's
/// key; empty when a value is out of range. Throws ProtocolError when the fields are malformed.
EvpPkey read_key_fields(const SignatureEntry& row, Reader& fields);
/// The whole blob of a key of this type, in the one canonical encoding.
Bytes write_key_blob(const SignatureEntry& row, const EVP_PKEY* key);
/// Modulus or field size; 256 for Ed25519, 448 for Ed448.
int key_bits(const SignatureEntry& row, const EVP_PKEY* key);

}  // namespace ssh2core
