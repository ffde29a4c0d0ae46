#include "libssh2core/crypto/key_blob.h"

#include <openssl/core_names.h>

#include "libssh2core/crypto/ec_key.h"
#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/key.h"

namespace ssh2core {

namespace {

constexpr std::size_t kEd25519Bytes = 32;
// OpenSSL's own limit for large moduli; a longer exponent only makes verifying slow.
constexpr int kMaxExponentBits = 64;

bool usable_rsa(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  return bits >= kMinRsaBits && bits <= kMaxRsaBits && BN_is_odd(modulus) && BN_is_odd(exponent) &&
         !BN_is_one(exponent) && BN_num_bits(exponent) <= kMaxExponentBits;
}

EvpPkey read_rsa(Reader& fields) {
  constexpr std::size_t kMaxBytes = kMaxRsaBits / 8;
  const ByteView e = fields.mpint(), n = fields.mpint();
  if (e.size() > kMaxBytes || n.size() > kMaxBytes) return {};
  const Bignum exponent = bignum_from(e), modulus = bignum_from(n);
  if (!usable_rsa(modulus.get(), exponent.get())) return {};
  const ParamBuilder params = new_params();
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()),
             "OSSL_PARAM_BLD");
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()),
             "OSSL_PARAM_BLD");
  return key_from_params("RSA", EVP_PKEY_PUBLIC_KEY, params);
}

EvpPkey read_ec(const SignatureEntry& row, Reader& fields) {
  const EcCurve* curve = find_curve(row.group);
  const std::string_view name = fields.text();
  const ByteView point = fields.string();
  if (curve == nullptr || name != curve->ssh_name) return {};
  return ec_public_key(*curve, point);
}

EvpPkey read_ed25519(Reader& fields) {
  const ByteView key = fields.string();
  if (key.size() != kEd25519Bytes) return {};
  EvpPkey result(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.data(), key.size()));
  if (!result) throw CryptoError("reading an Ed25519 key");
  return result;
}

bool is_usable_rsa(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "RSA") > 0 && usable_rsa(number_of(key, OSSL_PKEY_PARAM_RSA_N).get(),
                                                     number_of(key, OSSL_PKEY_PARAM_RSA_E).get());
}

bool fits(const SignatureEntry& row, const EVP_PKEY* key) {
  switch (row.family) {
    case KeyFamily::Ed25519:
      return EVP_PKEY_is_a(key, "ED25519") > 0;
    case KeyFamily::Ecdsa: {
      const EcCurve* curve = curve_of(key);
      return curve != nullptr && curve == find_curve(row.group);
    }
    case KeyFamily::Rsa:
      return is_usable_rsa(key);
  }
  return false;
}

}  // namespace

const SignatureEntry* find_key_type(std::string_view key_type) {
  const auto at = std::ranges::find(kSignatures, key_type, &SignatureEntry::key_type);
  return at == kSignatures.end() ? nullptr : &*at;
}

const SignatureEntry* key_type_of(const EVP_PKEY* key) {
  const auto at =
      std::ranges::find_if(kSignatures, [&](const SignatureEntry& row) { return fits(row, key); });
  return at == kSignatures.end() ? nullptr : &*at;
}

EvpPkey read_key_fields(const SignatureEntry& row, Reader& fields) {
  switch (row.family) {
    case KeyFamily::Ed25519:
      return read_ed25519(fields);
    case KeyFamily::Ecdsa:
      return read_ec(row, fields);
    case KeyFamily::Rsa:
      return read_rsa(fields);
  }
  return {};
}

Bytes write_key_blob(const SignatureEntry& row, const EVP_PKEY* key) {
  Buffer out;
  Writer w(out);
  w.string(row.key_type);
  switch (row.family) {
    case KeyFamily::Ed25519: {
      Bytes value(kEd25519Bytes);
      std::size_t size = value.size();
      require_ok(EVP_PKEY_get_raw_public_key(key, value.data(), &size), "reading an Ed25519 key");
      w.string(value);
      break;
    }
    case KeyFamily::Ecdsa: {
      const EcCurve& curve = *find_curve(row.group);
      w.string(curve.ssh_name);
      w.string(ec_point(curve, key));
      break;
    }
    case KeyFamily::Rsa:
      write_mpint(w, number_of(key, OSSL_PKEY_PARAM_RSA_E).get());
      write_mpint(w, number_of(key, OSSL_PKEY_PARAM_RSA_N).get());
      break;
  }
  return out.to_bytes();
}

int key_bits(const SignatureEntry& row, const EVP_PKEY* key) {
  return row.family == KeyFamily::Ed25519 ? 256 : EVP_PKEY_get_bits(key);
}

}  // namespace ssh2core
