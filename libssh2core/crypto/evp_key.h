// EVP keys from numbers and back.
#pragma once

#include <openssl/param_build.h>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/secret.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
ParamBuilder new_params();
/// A key of OpenSSL's `type` ("EC", "RSA"). `selection` is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.
/// Empty when OpenSSL refuses the values.
EvpPkey key_from_params(const char* type, int selection, const ParamBuilder& params);

/// The number with these big-endian digits.
Bignum bignum_from(ByteView magnitude);
void write_mpint(Writer& w, const BIGNUM* number);

/// A number of a key; `name` is one of core_names.h. Throws CryptoError when the key has none such.
Bignum number_of(const EVP_PKEY* key, const char* name);
/// A secret number, big-endian, without leading zeros.
Secret private_number(const EVP_PKEY* key, const char* name);

}  // namespace ssh2core
