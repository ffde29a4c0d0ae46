#include "libssh2core/crypto/ec_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "libssh2core/crypto/evp_key.h"

namespace ssh2core {

namespace {

using EcGroup = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using EcPoint = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;

constexpr auto kCurves = std::to_array<EcCurve>({
    {"P-256", "nistp256", NID_X9_62_prime256v1, 32, 256},
    {"P-384", "nistp384", NID_secp384r1, 48, 384},
    {"P-521", "nistp521", NID_secp521r1, 66, 521},
});

// An EVP key of the curve from a point and, for a pair, the private number.
EvpPkey from_parts(const EcCurve& curve, ByteView point, const BIGNUM* number) {
  const ParamBuilder params = new_params();
  require_ok(
      OSSL_PARAM_BLD_push_utf8_string(params.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0),
      "OSSL_PARAM_BLD");
  require_ok(OSSL_PARAM_BLD_push_octet_string(params.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                              point.size()),
             "OSSL_PARAM_BLD");
  if (number == nullptr) return key_from_params("EC", EVP_PKEY_PUBLIC_KEY, params);
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_PRIV_KEY, number),
             "OSSL_PARAM_BLD");
  return key_from_params("EC", EVP_PKEY_KEYPAIR, params);
}

}  // namespace

const EcCurve* find_curve(std::string_view group) {
  const auto at =
      std::ranges::find_if(kCurves, [&](const EcCurve& curve) { return group == curve.group; });
  return at == kCurves.end() ? nullptr : &*at;
}

const EcCurve* curve_of(const EVP_PKEY* key) {
  std::array<char, 80> name{};
  std::size_t length = 0;
  if (EVP_PKEY_is_a(key, "EC") <= 0 ||
      EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) <= 0) {
    ERR_clear_error();
    return nullptr;
  }
  const auto at = std::ranges::find(kCurves, OBJ_txt2nid(name.data()), &EcCurve::nid);
  return at == kCurves.end() ? nullptr : &*at;
}

EvpPkey ec_public_key(const EcCurve& curve, ByteView point) {
  if (point.size() != 1 + 2 * curve.field_bytes || point[0] != POINT_CONVERSION_UNCOMPRESSED)
    return {};
  return from_parts(curve, point, nullptr);  // reading the point checks that it is on the curve
}

EvpPkey ec_key_pair(const EcCurve& curve, ByteView number) {
  const EcGroup group(EC_GROUP_new_by_curve_name(curve.nid));
  const Bignum scalar(BN_secure_new());
  if (!group || !scalar ||
      BN_bin2bn(number.data(), static_cast<int>(number.size()), scalar.get()) == nullptr)
    throw CryptoError("reading an EC private key");
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0)
    return {};
  const EcPoint point(EC_POINT_new(group.get()));
  Bytes encoded(1 + 2 * curve.field_bytes);
  if (!point ||
      EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) <= 0 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                         encoded.size(), nullptr) != encoded.size())
    throw CryptoError("computing an EC public key");
  return from_parts(curve, encoded, scalar.get());
}

EvpPkey generate_ec_key(const EcCurve& curve) {
  EvpPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.group));
  if (!key) throw CryptoError("EC key generation");
  return key;
}

Bytes ec_point(const EcCurve& curve, const EVP_PKEY* key) {
  // From the coordinates, because a key read from a file may say that it wants its point
  // compressed.
  Bytes point(1 + 2 * curve.field_bytes);
  point[0] = POINT_CONVERSION_UNCOMPRESSED;
  const int size = static_cast<int>(curve.field_bytes);
  std::uint8_t* at = point.data() + 1;
  for (const char* name : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
    const Bignum coordinate = number_of(key, name);
    require_ok(BN_bn2binpad(coordinate.get(), at, size), "reading an EC point");
    at += size;
  }
  return point;
}

}  // namespace ssh2core
