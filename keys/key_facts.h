// What a public key blob says of itself, read without any arithmetic: for lists of many keys.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "libssh2core/crypto/key_table.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::keys {

struct KeyFacts {
  const SignatureEntry* row = nullptr;  // of the type, or of the certificate's
  int bits = 0;                         // of the modulus or field; 256 for Ed25519, 448 for Ed448
  /// The plain key in its one encoding, which fingerprints are taken of; that of a certificate is
  /// the key that it is about. Empty: the blob itself is that.
  Bytes plain_blob;
  bool canonical = true;  // false: numbers have zeros in front that do not belong there
};

/// The facts, or why the blob is no key: one sentence. Whether the numbers make a good key is not
/// looked at, the size of an ECDSA or EdDSA point is.
std::variant<KeyFacts, std::string> key_facts(ByteView blob);

/// The type as ssh-keygen prints it behind a fingerprint: "RSA", "ED25519-CERT", "ECDSA-SK".
std::string key_label(const SignatureEntry& row);

}  // namespace ssh2core::keys
