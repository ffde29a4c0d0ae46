// Message digests through EVP.
#pragma once

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

/// One running digest. `name` is OpenSSL's ("SHA256"). Throws CryptoError when there is none such.
class Hash {
 public:
  explicit Hash(const char* name) : Hash(name, nullptr) {}
  void update(ByteView data);
  /// The digest; the object is then ready for a new message.
  Bytes finish();
  /// The same into memory of the caller, who may have to erase it; `out` is as long as the digest.
  void finish_into(MutableView out);
  /// Of the digest, in bytes.
  std::size_t size() const;

 private:
  friend Bytes hash_without_fips(const char* name, ByteView data);
  Hash(const char* name, OSSL_LIB_CTX* library);
  EvpMd digest_;
  EvpMdCtx context_;
};

/// The digest of one piece of data.
Bytes hash(const char* name, ByteView data);

/// The same from OpenSSL's default provider, also in FIPS mode: for names of things, MD5 say, which
/// protect nothing.
Bytes hash_without_fips(const char* name, ByteView data);

/// "SHA256:" and the unpadded base64 of the SHA-256 of a public key blob, as ssh-keygen prints it.
std::string fingerprint_sha256(ByteView blob);

/// Base64 (RFC 4648 section 4), with or without the padding.
std::string base64_encode(ByteView data, bool padded = true);

}  // namespace ssh2core
