// curve25519-sha256 (RFC 8731).
#include "libssh2core/crypto/key_pair_agreement.h"

namespace ssh2core {

namespace {

constexpr std::size_t kKeyBytes = 32;

class X25519 final : public KeyPairAgreement {
 private:
  void generate() override {
    key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
    if (!key_) throw CryptoError("X25519 key generation");
  }
  void adopt(ByteView private_key) override {
    key_.reset(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, private_key.data(),
                                               private_key.size()));
    if (!key_) throw CryptoError("reading an X25519 private key");
  }
  // RFC 7748 section 5 knows no number, only bytes: these, as they are.
  Secret export_private() const override {
    Secret secret(kKeyBytes);
    std::size_t size = kKeyBytes;
    require_ok(EVP_PKEY_get_raw_private_key(key_.get(), secret.mutable_view().data(), &size),
               "EVP_PKEY_get_raw_private_key");
    return secret;
  }
  Bytes public_value() const override {
    Bytes value(kKeyBytes);
    std::size_t size = kKeyBytes;
    require_ok(EVP_PKEY_get_raw_public_key(key_.get(), value.data(), &size),
               "EVP_PKEY_get_raw_public_key");
    return value;
  }
  Secret derive(ByteView peer_value) const override {
    if (peer_value.size() != kKeyBytes) refuse_peer_value("X25519 value is not 32 bytes");
    const EvpPkey peer(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, peer_value.data(), kKeyBytes));
    if (!peer) throw CryptoError("reading an X25519 public key");
    Secret shared = derive_by_evp(key_.get(), peer.get());
    // RFC 8731 section 3: a value of small order gives zero, whatever our key is.
    std::uint8_t any = 0;
    for (const std::uint8_t byte : shared.view()) any |= byte;
    if (any == 0) refuse_peer_value("X25519 value of small order");
    return shared;
  }

  EvpPkey key_;
};

}  // namespace

std::unique_ptr<KeyAgreement> make_x25519(const KexEntry&) { return std::make_unique<X25519>(); }

}  // namespace ssh2core
