// Public and private keys of SSH: blobs (RFC 4253 section 6.6, RFC 5656, RFC 8709), signing and
// verifying. Files and their formats are in keys/.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libssh2core/crypto/certificate.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/secret.h"

namespace ssh2core {

/// Smallest and largest RSA modulus, in bits, that we verify with or sign with.
inline constexpr int kMinRsaBits = 1024, kMaxRsaBits = 16384;
/// Likewise of a DSA prime; its subgroup has 160 bits, as the 40 bytes of a signature ask for.
inline constexpr int kMinDsaBits = 1024, kMaxDsaBits = 4096, kDsaGroupBits = 160;

/// What a FIDO token says about one signature (PROTOCOL.u2f of OpenSSH).
struct TokenFlags {
  bool touched = false;   // somebody was there
  bool verified = false;  // by PIN or finger
};
/// The flags in a token's signature, which must have been verified before; nullopt when there are
/// none.
std::optional<TokenFlags> token_flags(ByteView signature);

class PublicKey {
 public:
  /// From the blob of the wire. nullopt: unknown type, malformed, a point off its curve, a number
  /// out of range, or bytes left over. Never throws for what the peer sent.
  static std::optional<PublicKey> from_blob(ByteView blob);

  std::string_view type() const { return type_; }  // as inside the blob
  const Bytes& blob() const { return blob_; }
  /// Null unless the blob is a certificate. Nobody has looked at what it says, nor at its
  /// signature.
  const Certificate* certificate() const { return certificate_.get(); }
  /// The type and the blob of the key itself: of the one that a certificate is about.
  std::string_view plain_type() const { return plain_type_; }
  const Bytes& plain_blob() const { return certificate_ ? certificate_->key_blob : blob_; }
  /// True for a key in a FIDO token.
  bool is_security_key() const;
  /// Modulus or field size; 256 for Ed25519, 448 for Ed448.
  int bits() const;
  /// True when `signature` (the wire form: string algorithm, string body) is by this key, under
  /// `algorithm`, over `data`. The algorithm inside the signature must be the same, and fit the
  /// key.
  [[nodiscard]] bool verify(std::string_view algorithm, ByteView data, ByteView signature) const;

 private:
  PublicKey(std::string_view type, ByteView blob, EvpPkey key, std::string_view application);
  std::string_view type_, plain_type_;  // of table rows
  Bytes blob_;
  EvpPkey key_;
  std::string application_;  // of a token's key: whom it is for, "ssh:" say
  std::shared_ptr<const Certificate> certificate_;
};

class PrivateKey {
 public:
  /// Wraps an EVP key of a family we know. nullopt: another family, curve or size.
  static std::optional<PrivateKey> from_evp(EvpPkey key);
  /// From the 32-byte seed of RFC 8032.
  static PrivateKey ed25519_from_seed(const Secret& seed);
  static PrivateKey generate_ed25519();

  std::string_view type() const { return type_; }
  const Bytes& public_blob() const { return public_blob_; }
  int bits() const;
  /// True when this key can sign under the algorithm (an ssh-rsa key under rsa-sha2-512, say).
  bool can_sign(std::string_view algorithm) const;
  /// The signature in wire form. `algorithm` must satisfy can_sign().
  Bytes sign(std::string_view algorithm, ByteView data) const;
  EVP_PKEY* evp() const { return key_.get(); }

 private:
  PrivateKey(std::string_view type, Bytes public_blob, EvpPkey key);
  std::string_view type_;
  Bytes public_blob_;
  EvpPkey key_;
};

}  // namespace ssh2core
