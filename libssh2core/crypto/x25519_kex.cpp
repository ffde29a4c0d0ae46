// curve25519-sha256 and curve448-sha512 (RFC 8731).
#include "libssh2core/crypto/key_pair_agreement.h"

namespace ssh2core {

namespace {

/// Keys, values and secrets of a curve are `kBytes` long.
template <std::size_t kBytes>
class Montgomery final : public KeyPairAgreement {
 public:
  explicit Montgomery(const char* curve) : curve_(curve) {}

 private:
  void generate() override {
    key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, curve_));
    if (!key_) throw CryptoError(std::string(curve_) + " key generation");
  }
  void adopt(ByteView private_key) override {
    key_.reset(EVP_PKEY_new_raw_private_key_ex(nullptr, curve_, nullptr, private_key.data(),
                                               private_key.size()));
    if (!key_) throw CryptoError(std::string("reading a private key of ") + curve_);
  }
  // RFC 7748 section 5 knows no number, only bytes: these, as they are.
  Secret export_private() const override {
    Secret secret(kBytes);
    std::size_t size = kBytes;
    require_ok(EVP_PKEY_get_raw_private_key(key_.get(), secret.mutable_view().data(), &size),
               "EVP_PKEY_get_raw_private_key");
    return secret;
  }
  Bytes public_value() const override {
    Bytes value(kBytes);
    std::size_t size = kBytes;
    require_ok(EVP_PKEY_get_raw_public_key(key_.get(), value.data(), &size),
               "EVP_PKEY_get_raw_public_key");
    return value;
  }
  Secret derive(ByteView peer_value) const override {
    if (peer_value.size() != kBytes) refuse_peer_value("curve value is of the wrong length");
    const EvpPkey peer(
        EVP_PKEY_new_raw_public_key_ex(nullptr, curve_, nullptr, peer_value.data(), kBytes));
    if (!peer) throw CryptoError(std::string("reading a public key of ") + curve_);
    Secret shared = derive_by_evp(key_.get(), peer.get());
    // RFC 8731 section 3: a value of small order gives zero, whatever our key is.
    std::uint8_t any = 0;
    for (const std::uint8_t byte : shared.view()) any |= byte;
    if (any == 0) refuse_peer_value("curve value of small order");
    return shared;
  }

  const char* const curve_;
  EvpPkey key_;
};

}  // namespace

std::unique_ptr<KeyAgreement> make_x25519(const KexEntry&) {
  return std::make_unique<Montgomery<32>>("X25519");
}

std::unique_ptr<KeyAgreement> make_x448(const KexEntry&) {
  return std::make_unique<Montgomery<56>>("X448");
}

}  // namespace ssh2core
