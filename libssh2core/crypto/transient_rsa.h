// The transient keys of RSA key exchange (RFC 4432): the client sends the secret under one.
#pragma once

#include <memory>
#include <optional>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/secret.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core {

/// RSAES-OAEP (RFC 8017 section 7.1) with this hash, also in its mask, and no label. nullopt: the
/// text is not one of this key.
std::optional<Secret> decrypt_oaep(EVP_PKEY* key, const char* hash, ByteView encrypted);

/// A key pair of the server.
class TransientRsaKey {
 public:
  /// 2048 bits for both methods; a tenth of a second, more or less.
  static std::shared_ptr<const TransientRsaKey> generate();
  /// K_T: an ssh-rsa blob.
  ByteView public_blob() const { return blob_; }
  /// K as a magnitude, or nullopt when the text is not what a client makes of a K in range.
  /// `hash` is that of the method.
  std::optional<Secret> decrypt(ByteView encrypted, const char* hash) const;

 private:
  EvpPkey key_;
  Bytes blob_;
};

/// The key that a server uses for all connections of a while.
class TransientRsaKeys {
 public:
  /// The key in use; made now when there is none.
  std::shared_ptr<const TransientRsaKey> get();
  /// Makes one ahead, or another when the one in use is an hour old.
  void prepare(Clock::Steady now);
  /// Forgets a key that is an hour old.
  void forget_if_old(Clock::Steady now);

 private:
  std::shared_ptr<const TransientRsaKey> key_;
  std::optional<Clock::Steady> made_;
};

/// What a client sends, and the K in it.
struct RsaEncryptedSecret {
  Bytes encrypted;
  Secret shared;  // magnitude
};

/// A fresh K for the transient key in `blob`. nullopt when that is no RSA key of at least
/// `least_bits`.
std::optional<RsaEncryptedSecret> encrypt_fresh_secret(ByteView blob, const char* hash,
                                                       int least_bits);

}  // namespace ssh2core
