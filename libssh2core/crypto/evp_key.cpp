#include "libssh2core/crypto/evp_key.h"

#include <openssl/err.h>

namespace ssh2core {

namespace {
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
}

ParamBuilder new_params() {
  ParamBuilder params(OSSL_PARAM_BLD_new());
  if (!params) throw CryptoError("OSSL_PARAM_BLD_new");
  return params;
}

EvpPkey key_from_params(const char* type, int selection, const ParamBuilder& params) {
  const Params values(OSSL_PARAM_BLD_to_param(params.get()));
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  if (!values || !context) throw CryptoError("EVP_PKEY_CTX_new");
  require_ok(EVP_PKEY_fromdata_init(context.get()), "EVP_PKEY_fromdata_init");
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, values.get()) <= 0) ERR_clear_error();
  return EvpPkey(key);
}

Bignum bignum_from(ByteView magnitude) {
  Bignum number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  if (!number) throw CryptoError("BN_bin2bn");
  return number;
}

void write_mpint(Writer& w, const BIGNUM* number) {
  Bytes magnitude(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, magnitude.data());
  w.mpint(magnitude);
}

Bignum number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require_ok(EVP_PKEY_get_bn_param(key, name, &number), "reading a key's number");
  return Bignum(number);
}

Secret private_number(const EVP_PKEY* key, const char* name) {
  const Bignum number = number_of(key, name);
  Secret secret(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), secret.mutable_view().data());
  return secret;
}

}  // namespace ssh2core
