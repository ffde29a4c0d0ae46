#include <openssl/core_names.h>
#include <openssl/err.h>

#include "libssh2core/crypto/key.h"
#include "libssh2core/crypto/key_blob.h"
#include "libssh2core/crypto/signature_body.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

namespace {

bool has_private_half(const SignatureEntry& row, const EVP_PKEY* key) {
  bool found = false;
  if (row.family == KeyFamily::Ed25519 || row.family == KeyFamily::Ed448) {
    std::size_t size = 0;
    found = EVP_PKEY_get_raw_private_key(key, nullptr, &size) > 0;
  } else {
    const char* name =
        row.family == KeyFamily::Rsa ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY;
    BIGNUM* number = nullptr;
    found = EVP_PKEY_get_bn_param(key, name, &number) > 0;
    BN_clear_free(number);
  }
  if (!found) ERR_clear_error();
  return found;
}

}  // namespace

PrivateKey::PrivateKey(std::string_view type, Bytes public_blob, EvpPkey key)
    : type_(type), public_blob_(std::move(public_blob)), key_(std::move(key)) {}

std::optional<PrivateKey> PrivateKey::from_evp(EvpPkey key) {
  const SignatureEntry* row = key ? key_type_of(key.get()) : nullptr;
  if (row == nullptr || !has_private_half(*row, key.get())) return std::nullopt;
  Bytes blob = write_key_blob(*row, key.get());
  return PrivateKey(row->key_type, std::move(blob), std::move(key));
}

PrivateKey PrivateKey::ed25519_from_seed(const Secret& seed) {
  EvpPkey key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.view().data(),
                                              seed.size()));
  if (!key) throw CryptoError("reading an Ed25519 seed");
  return from_evp(std::move(key)).value();
}

PrivateKey PrivateKey::generate_ed25519() {
  EvpPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) throw CryptoError("Ed25519 key generation");
  return from_evp(std::move(key)).value();
}

int PrivateKey::bits() const { return key_bits(*find_key_type(type_), key_.get()); }

bool PrivateKey::can_sign(std::string_view algorithm) const {
  const SignatureEntry* row = find_signature(algorithm);
  return row != nullptr && row->key_type == type_;
}

Bytes PrivateKey::sign(std::string_view algorithm, ByteView data) const {
  if (!can_sign(algorithm)) throw std::invalid_argument("the key cannot sign under this algorithm");
  const SignatureEntry& row = *find_signature(algorithm);
  const EvpMdCtx context(EVP_MD_CTX_new());
  if (!context) throw CryptoError("EVP_MD_CTX_new");
  require_ok(EVP_DigestSignInit_ex(context.get(), nullptr, row.digest, nullptr, nullptr, key_.get(),
                                   nullptr),
             "EVP_DigestSignInit");
  Bytes made(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = made.size();
  require_ok(EVP_DigestSign(context.get(), made.data(), &size, data.data(), data.size()),
             "EVP_DigestSign");
  made.resize(size);
  Buffer out;
  Writer w(out);
  w.string(row.name);
  w.string(signature_from_evp(row, std::move(made)));
  return out.to_bytes();
}

}  // namespace ssh2core
