// The hash functions of FIPS 203 section 4.1.
#pragma once

#include <initializer_list>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::ml_kem {

/// One function of the SHA-3 family; an extendable one fills any length.
class Sponge {
 public:
  /// `name` is OpenSSL's. Throws CryptoError when there is none such.
  explicit Sponge(const char* name);
  /// The digest of the parts, one after the other; as long as `out`, which has the right length
  /// unless the function is extendable.
  void run(MutableView out, std::initializer_list<ByteView> parts);

 private:
  EvpMd digest_;
  EvpMdCtx context_;
  bool extendable_;
};

struct Hashes {
  Sponge shake128{"SHAKE128"};  // XOF
  Sponge shake256{"SHAKE256"};  // PRF and J
  Sponge sha3_256{"SHA3-256"};  // H
  Sponge sha3_512{"SHA3-512"};  // G
};

}  // namespace ssh2core::ml_kem
