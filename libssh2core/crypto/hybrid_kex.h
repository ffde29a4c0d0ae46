// Hybrid key exchange: a key encapsulation mechanism beside a Diffie-Hellman method; who wants the
// secret has to break both (RFC 9941, draft-ietf-sshm-mlkem-hybrid-kex).
#pragma once

#include "libssh2core/crypto/kem.h"
#include "libssh2core/crypto/key_pair_agreement.h"

namespace ssh2core {

/// The client sends an encapsulation key and a classical value, one behind the other, the server a
/// ciphertext and its classical value. K is the hash of both secrets, as a string. There is no
/// private key that were one number, so key logs get K only.
class HybridAgreement final : public KeyAgreement {
 public:
  HybridAgreement(const Kem& kem, std::unique_ptr<KeyPairAgreement> classical,
                  std::size_t classical_bytes, const char* hash);
  Bytes client_value() override;
  Secret client_finish(ByteView server_value) override;
  Answer server_answer(ByteView client_value) override;
  Secret private_key() const override { return {}; }

  /// Client: goes on with known keys instead of fresh ones; for test vectors.
  void use_private_keys(std::unique_ptr<KemPrivateKey> kem_key, ByteView classical_key);

 private:
  Secret combine(const Secret& encapsulated, const Secret& classical) const;

  const Kem& kem_;
  std::unique_ptr<KeyPairAgreement> classical_;
  std::size_t classical_bytes_;  // of a classical value
  const char* hash_;
  std::unique_ptr<KemPrivateKey> kem_key_;
};

}  // namespace ssh2core
