#include "libssh2core/crypto/key_blob.h"

#include <openssl/core_names.h>

#include "libssh2core/crypto/ec_key.h"
#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/key.h"

namespace ssh2core {

namespace {

/// EVP's name and the size of the keys of RFC 8709.
struct EdwardsCurve {
  const char* evp_name;
  std::size_t key_bytes;
};
constexpr EdwardsCurve kEd25519{"ED25519", 32}, kEd448{"ED448", 57};

const EdwardsCurve& edwards(KeyFamily family) {
  return family == KeyFamily::Ed448 ? kEd448 : kEd25519;
}

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

EvpPkey read_edwards(const EdwardsCurve& curve, Reader& fields) {
  const ByteView key = fields.string();
  if (key.size() != curve.key_bytes) return {};
  EvpPkey result(
      EVP_PKEY_new_raw_public_key_ex(nullptr, curve.evp_name, nullptr, key.data(), key.size()));
  if (!result) throw CryptoError("reading an Edwards curve key");
  return result;
}

bool is_usable_rsa(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "RSA") > 0 && usable_rsa(number_of(key, OSSL_PKEY_PARAM_RSA_N).get(),
                                                     number_of(key, OSSL_PKEY_PARAM_RSA_E).get());
}

/// The fields of a DSA key in their order on the wire: p, q, g, y.
constexpr auto kDsaFields = std::to_array<const char*>(
    {OSSL_PKEY_PARAM_FFC_P, OSSL_PKEY_PARAM_FFC_Q, OSSL_PKEY_PARAM_FFC_G, OSSL_PKEY_PARAM_PUB_KEY});

/// FIPS 186-4 section 4.2, as far as it can be seen from outside: sizes and ranges.
bool usable_dsa(const std::array<Bignum, 4>& fields) {
  const auto& [p, q, g, y] = fields;
  const auto within = [&p](const Bignum& number) {
    return BN_cmp(number.get(), BN_value_one()) > 0 && BN_cmp(number.get(), p.get()) < 0;
  };
  const int bits = BN_num_bits(p.get());
  return bits >= kMinDsaBits && bits <= kMaxDsaBits && BN_is_odd(p.get()) &&
         BN_num_bits(q.get()) == kDsaGroupBits && BN_is_odd(q.get()) && within(g) && within(y);
}

EvpPkey read_dsa(Reader& fields) {
  std::array<Bignum, 4> numbers;
  const ParamBuilder params = new_params();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const ByteView field = fields.mpint();
    if (field.size() > kMaxDsaBits / 8) return {};
    numbers[i] = bignum_from(field);
    require_ok(OSSL_PARAM_BLD_push_BN(params.get(), kDsaFields[i], numbers[i].get()),
               "OSSL_PARAM_BLD");
  }
  if (!usable_dsa(numbers)) return {};
  return key_from_params("DSA", EVP_PKEY_PUBLIC_KEY, params);
}

bool is_usable_dsa(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "DSA") <= 0) return false;
  std::array<Bignum, 4> numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_of(key, kDsaFields[i]);
  return usable_dsa(numbers);
}

bool fits(const SignatureEntry& row, const EVP_PKEY* key) {
  switch (row.family) {
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448:
      return EVP_PKEY_is_a(key, edwards(row.family).evp_name) > 0;
    case KeyFamily::Ecdsa: {
      const EcCurve* curve = curve_of(key);
      return curve != nullptr && curve == find_curve(row.group);
    }
    case KeyFamily::Rsa:
      return is_usable_rsa(key);
    case KeyFamily::Dsa:
      return is_usable_dsa(key);
  }
  return false;
}

}  // namespace

const SignatureEntry* find_key_type(std::string_view key_type) {
  const auto at = std::ranges::find(kSignatures, key_type, &SignatureEntry::key_type);
  return at == kSignatures.end() ? nullptr : &*at;
}

const SignatureEntry* key_type_of(const EVP_PKEY* key) {
  const auto at = std::ranges::find_if(
      kSignatures, [&](const SignatureEntry& row) { return !row.security_key && fits(row, key); });
  return at == kSignatures.end() ? nullptr : &*at;
}

EvpPkey read_key_fields(const SignatureEntry& row, Reader& fields) {
  switch (row.family) {
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448:
      return read_edwards(edwards(row.family), fields);
    case KeyFamily::Ecdsa:
      return read_ec(row, fields);
    case KeyFamily::Rsa:
      return read_rsa(fields);
    case KeyFamily::Dsa:
      return read_dsa(fields);
  }
  return {};
}

Bytes write_key_blob(const SignatureEntry& row, const EVP_PKEY* key) {
  Buffer out;
  Writer w(out);
  w.string(row.key_type);
  switch (row.family) {
    case KeyFamily::Ed25519:
    case KeyFamily::Ed448: {
      Bytes value(edwards(row.family).key_bytes);
      std::size_t size = value.size();
      require_ok(EVP_PKEY_get_raw_public_key(key, value.data(), &size),
                 "reading an Edwards curve key");
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
    case KeyFamily::Dsa:
      for (const char* name : kDsaFields) write_mpint(w, number_of(key, name).get());
      break;
  }
  return out.to_bytes();
}

int key_bits(const SignatureEntry& row, const EVP_PKEY* key) {
  switch (row.family) {
    case KeyFamily::Ed25519:
      return 256;  // as ssh-keygen says it
    case KeyFamily::Ed448:
      return 448;
    default:
      return EVP_PKEY_get_bits(key);
  }
}

}  // namespace ssh2core
