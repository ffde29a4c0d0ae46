#include "libssh2core/crypto/key_pair_agreement.h"

#include <openssl/err.h>

namespace ssh2core {

Bytes KeyPairAgreement::client_value() {
  if (!has_key_) generate();
  has_key_ = true;
  return public_value();
}

Secret KeyPairAgreement::client_finish(ByteView server_value) {
  if (!has_key_) throw std::logic_error("client_finish() before client_value()");
  return derive(server_value);
}

KeyAgreement::Answer KeyPairAgreement::server_answer(ByteView client_value) {
  if (!has_key_) generate();
  has_key_ = true;
  Secret shared = derive(client_value);
  return {public_value(), std::move(shared)};
}

Secret KeyPairAgreement::private_key() const { return has_key_ ? export_private() : Secret(); }

void KeyPairAgreement::use_private_key(ByteView private_key) {
  adopt(private_key);
  has_key_ = true;
}

void refuse_peer_value(const char* why) { throw ProtocolError(Reason::KeyExchange, why); }

Secret derive_by_evp(EVP_PKEY* own, EVP_PKEY* peer) {
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
  if (!context) throw CryptoError("EVP_PKEY_CTX_new");
  require_ok(EVP_PKEY_derive_init(context.get()), "EVP_PKEY_derive_init");
  // No second validation: the point was checked when it was read, and the cofactors are 1.
  require_ok(EVP_PKEY_derive_set_peer_ex(context.get(), peer, 0), "EVP_PKEY_derive_set_peer");
  std::size_t size = 0;
  require_ok(EVP_PKEY_derive(context.get(), nullptr, &size), "EVP_PKEY_derive");
  Secret shared(size);
  if (EVP_PKEY_derive(context.get(), shared.mutable_view().data(), &size) <= 0) {
    ERR_clear_error();
    refuse_peer_value("no shared secret with the peer's key exchange value");
  }
  shared.truncate(size);
  return shared;
}

}  // namespace ssh2core
