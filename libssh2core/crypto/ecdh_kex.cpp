// ecdh-sha2-nistp256, -384 and -521 (RFC 5656 section 4).
#include <openssl/core_names.h>

#include "libssh2core/crypto/ec_key.h"
#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/key_pair_agreement.h"

namespace ssh2core {

namespace {

class Ecdh final : public KeyPairAgreement {
 public:
  explicit Ecdh(const EcCurve& curve) : curve_(curve) {}

 private:
  void generate() override { key_ = generate_ec_key(curve_); }
  void adopt(ByteView private_key) override {
    key_ = ec_key_pair(curve_, private_key);
    if (!key_) throw CryptoError("reading an EC private key");
  }
  Secret export_private() const override {
    return private_number(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY);
  }
  Bytes public_value() const override { return ec_point(curve_, key_.get()); }
  Secret derive(ByteView peer_value) const override {
    const EvpPkey peer = ec_public_key(curve_, peer_value);
    if (!peer) refuse_peer_value("ECDH value is not an uncompressed point of the curve");
    return derive_by_evp(key_.get(), peer.get());  // the x coordinate, as long as the field
  }

  const EcCurve& curve_;
  EvpPkey key_;
};

}  // namespace

std::unique_ptr<KeyAgreement> make_ecdh(const KexEntry& entry) {
  const EcCurve* curve = find_curve(entry.group);
  if (curve == nullptr) throw std::invalid_argument("a curve that is not in the table");
  return std::make_unique<Ecdh>(*curve);
}

}  // namespace ssh2core
