// Key exchange methods of the Diffie-Hellman shape: both roles make a key pair, send its public
// half and combine their private half with the peer's public one.
#pragma once

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/openssl.h"

namespace ssh2core {

class KeyPairAgreement : public KeyAgreement {
 public:
  Bytes client_value() final;
  Secret client_finish(ByteView server_value) final;
  Answer server_answer(ByteView client_value) final;
  Secret private_key() const final;
  /// Goes on with a known private key, of the form private_key() has, instead of a fresh one: for
  /// traffic decrypted with a key log, and for test vectors. Throws CryptoError when it is none.
  void use_private_key(ByteView private_key);

 protected:
  virtual void generate() = 0;
  virtual void adopt(ByteView private_key) = 0;
  virtual Secret export_private() const = 0;
  virtual Bytes public_value() const = 0;
  /// The shared secret; checks the peer's value first.
  virtual Secret derive(ByteView peer_value) const = 0;

 private:
  bool has_key_ = false;
};

/// The error for a peer's value that the method does not allow.
[[noreturn]] void refuse_peer_value(const char* why);

/// The shared secret by EVP (X25519 and ECDH). `peer` is refused when nothing can come of it.
Secret derive_by_evp(EVP_PKEY* own, EVP_PKEY* peer);

}  // namespace ssh2core
