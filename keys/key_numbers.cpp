#include "keys/key_numbers.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <array>

namespace ssh2core::keys {
namespace {

constexpr std::size_t kMaxNumberBytes = kMaxRsaBits / 8;

Bignum to_bignum(ByteView magnitude) {
  return Bignum(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
}

/// The parameters of a key for EVP_PKEY_fromdata, in memory that is wiped. (OSSL_PARAM_BLD would
/// leave its copy of the private numbers on the heap.)
class KeyParameters {
 public:
  void number(const char* name, const BIGNUM* value) {
    Secret& native = values_.at(count_) =
        Secret(std::max<std::size_t>(1, static_cast<std::size_t>(BN_num_bytes(value))));
    require_ok(
        BN_bn2nativepad(value, native.mutable_view().data(), static_cast<int>(native.size())),
        "BN_bn2nativepad");
    parameters_.at(count_++) =
        OSSL_PARAM_construct_BN(name, native.mutable_view().data(), native.size());
  }
  void octets(const char* name, ByteView value) {
    Secret& copy = values_.at(count_) = Secret(value);
    parameters_.at(count_++) =
        OSSL_PARAM_construct_octet_string(name, copy.mutable_view().data(), copy.size());
  }
  void text(const char* name, const std::string& value) {
    Secret& copy = values_.at(count_) =
        Secret(as_bytes({value.c_str(), value.size() + 1}));  // OpenSSL reads up to the NUL
    parameters_.at(count_++) = OSSL_PARAM_construct_utf8_string(
        name, reinterpret_cast<char*>(copy.mutable_view().data()), value.size());
  }
  /// Null when OpenSSL refuses them.
  EvpPkey make(const char* family) {
    const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, family, nullptr));
    if (context == nullptr) throw CryptoError("EVP_PKEY_CTX_new_from_name");
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters_.data()) <= 0)
      ERR_clear_error();
    return EvpPkey(key);
  }

 private:
  static constexpr std::size_t kMost = 8;
  std::size_t count_ = 0;
  std::array<Secret, kMost> values_;
  std::array<OSSL_PARAM, kMost + 1> parameters_ = [] {
    std::array<OSSL_PARAM, kMost + 1> all;
    all.fill(OSSL_PARAM_construct_end());
    return all;
  }();
};

/// d mod (prime - 1), the exponent for the Chinese remainder theorem; null when there is none.
Bignum reduced_exponent(const BIGNUM* d, const BIGNUM* prime) {
  const std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>> context(BN_CTX_secure_new());
  const Bignum less_one(BN_dup(prime));
  Bignum exponent(BN_new());
  if (context == nullptr || less_one == nullptr || exponent == nullptr) throw CryptoError("BN_new");
  BN_set_flags(less_one.get(), BN_FLG_CONSTTIME);
  if (BN_sub_word(less_one.get(), 1) != 1 || BN_is_zero(less_one.get()) ||
      BN_mod(exponent.get(), d, less_one.get(), context.get()) != 1)
    exponent.reset();
  return exponent;
}

/// The algorithm to try a key with.
std::string_view algorithm_of(const PrivateKey& key) {
  for (const SignatureEntry& entry : kSignatures)
    if (entry.key_type == key.type() && key.can_sign(entry.name)) return entry.name;
  return {};
}

/// True when the halves of a key belong together. One signature is far cheaper than OpenSSL's own
/// check, which tests RSA's factors for being prime.
bool signs_for_itself(const PrivateKey& key) {
  const auto public_key = PublicKey::from_blob(key.public_blob());
  const std::string_view algorithm = algorithm_of(key);
  if (!public_key || algorithm.empty()) return false;
  const ByteView data = as_bytes("do the halves of this key belong together");
  try {
    return public_key->verify(algorithm, data, key.sign(algorithm, data));
  } catch (const CryptoError&) {  // an even modulus, say: the numbers are no key
    return false;
  }
}

/// OpenSSL signs with p, q and their exponents alone; d, which other programs sign with and which
/// stands in an OpenSSH file, must belong to them (RFC 8017 section 3.2).
bool exponents_agree(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") <= 0) return true;
  const auto number = [key](const char* name) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1) value = nullptr;
    return Bignum(value);
  };
  const Bignum d = number(OSSL_PKEY_PARAM_RSA_D);
  const auto agrees = [&](const char* factor, const char* exponent) {
    const Bignum prime = number(factor), written = number(exponent);
    if (d == nullptr || prime == nullptr || written == nullptr) return false;
    const Bignum reduced = reduced_exponent(d.get(), prime.get());
    return reduced != nullptr && BN_cmp(reduced.get(), written.get()) == 0;
  };
  return agrees(OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_EXPONENT1) &&
         agrees(OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT2);
}

}  // namespace

std::optional<PrivateKey> checked_key(EvpPkey key) {
  if (key == nullptr) return std::nullopt;
  auto wrapped = PrivateKey::from_evp(std::move(key));
  if (!wrapped || !signs_for_itself(*wrapped) || !exponents_agree(wrapped->evp())) wrapped.reset();
  ERR_clear_error();
  return wrapped;
}

std::optional<PrivateKey> rsa_from_numbers(const RsaNumbers& numbers) {
  for (const ByteView number :
       {numbers.n, numbers.e, numbers.d, numbers.inverse_q, numbers.p, numbers.q})
    if (number.empty() || number.size() > kMaxNumberBytes) return std::nullopt;
  const Bignum d = to_bignum(numbers.d), p = to_bignum(numbers.p), q = to_bignum(numbers.q);
  const Bignum d_p = reduced_exponent(d.get(), p.get()), d_q = reduced_exponent(d.get(), q.get());
  if (d_p == nullptr || d_q == nullptr) return std::nullopt;
  KeyParameters parameters;
  parameters.number(OSSL_PKEY_PARAM_RSA_N, to_bignum(numbers.n).get());
  parameters.number(OSSL_PKEY_PARAM_RSA_E, to_bignum(numbers.e).get());
  parameters.number(OSSL_PKEY_PARAM_RSA_D, d.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_FACTOR1, p.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_FACTOR2, q.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_EXPONENT1, d_p.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_EXPONENT2, d_q.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, to_bignum(numbers.inverse_q).get());
  return checked_key(parameters.make("RSA"));
}

std::optional<PrivateKey> ecdsa_from_numbers(const char* group, ByteView point, ByteView d) {
  if (d.empty() || d.size() > kMaxNumberBytes) return std::nullopt;
  KeyParameters parameters;
  parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, group);
  parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, point);
  parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, to_bignum(d).get());
  return checked_key(parameters.make("EC"));
}

Secret private_number(const PrivateKey& key, const char* name) {
  BIGNUM* raw = nullptr;
  require_ok(EVP_PKEY_get_bn_param(key.evp(), name, &raw), "EVP_PKEY_get_bn_param");
  const Bignum number(raw);
  Secret out(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), out.mutable_view().data());
  return out;
}

std::optional<PrivateKey> dsa_from_numbers(const DsaNumbers& numbers) {
  KeyParameters parameters;
  const std::pair<const char*, ByteView> fields[] = {{OSSL_PKEY_PARAM_FFC_P, numbers.p},
                                                     {OSSL_PKEY_PARAM_FFC_Q, numbers.q},
                                                     {OSSL_PKEY_PARAM_FFC_G, numbers.g},
                                                     {OSSL_PKEY_PARAM_PUB_KEY, numbers.y},
                                                     {OSSL_PKEY_PARAM_PRIV_KEY, numbers.x}};
  for (const auto& [name, number] : fields) {
    if (number.empty() || number.size() > kMaxDsaBits / 8) return std::nullopt;
    parameters.number(name, to_bignum(number).get());
  }
  return checked_key(parameters.make("DSA"));
}

std::size_t edwards_key_bytes(std::string_view group) { return group == "ED448" ? 57 : 32; }

std::optional<PrivateKey> edwards_from_seed(std::string_view group, ByteView seed) {
  return checked_key(EvpPkey(EVP_PKEY_new_raw_private_key_ex(nullptr, std::string(group).c_str(),
                                                             nullptr, seed.data(), seed.size())));
}

Secret edwards_seed(const PrivateKey& key) {
  std::size_t size = 0;
  require_ok(EVP_PKEY_get_raw_private_key(key.evp(), nullptr, &size), "reading a seed");
  Secret seed(size);
  require_ok(EVP_PKEY_get_raw_private_key(key.evp(), seed.mutable_view().data(), &size),
             "reading a seed");
  return seed;
}

}  // namespace ssh2core::keys
