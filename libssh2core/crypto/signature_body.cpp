#include "libssh2core/crypto/signature_body.h"

#include <openssl/dsa.h>
#include <openssl/ec.h>

#include "libssh2core/crypto/ec_key.h"
#include "libssh2core/crypto/evp_key.h"

namespace ssh2core {

namespace {

constexpr std::size_t kEd25519SignatureBytes = 64, kEd448SignatureBytes = 114;  // RFC 8032
constexpr std::size_t kDsaNumberBytes = 20;                                     // of r and of s

using EcdsaSig = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using DsaSig = std::unique_ptr<DSA_SIG, FreeWith<DSA_SIG_free>>;

/// A copy of what OpenSSL encoded, whose memory is freed.
Bytes taken(std::uint8_t* der, int size) {
  require_ok(size, "encoding a signature");
  const std::unique_ptr<std::uint8_t, FreeWith<[](void* p) { OPENSSL_free(p); }>> owner(der);
  return Bytes(der, der + size);
}

std::optional<Bytes> ecdsa_to_der(const SignatureEntry& row, ByteView body) {
  Reader fields(body);
  const ByteView r = fields.mpint(), s = fields.mpint();
  fields.expect_end();
  // The order has as many bytes as the field.
  const std::size_t limit = find_curve(row.group)->field_bytes;
  if (r.size() > limit || s.size() > limit) return std::nullopt;
  const EcdsaSig pair(ECDSA_SIG_new());
  Bignum r_number = bignum_from(r), s_number = bignum_from(s);
  if (!pair) throw CryptoError("reading an ECDSA signature");
  require_ok(ECDSA_SIG_set0(pair.get(), r_number.release(), s_number.release()), "ECDSA_SIG_set0");
  std::uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  return taken(der, size);
}

Bytes ecdsa_from_der(const Bytes& der) {
  const std::uint8_t* at = der.data();
  const EcdsaSig pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) throw CryptoError("d2i_ECDSA_SIG");
  Buffer out;
  Writer w(out);
  write_mpint(w, ECDSA_SIG_get0_r(pair.get()));
  write_mpint(w, ECDSA_SIG_get0_s(pair.get()));
  return out.to_bytes();
}

std::optional<Bytes> dsa_to_der(ByteView body) {
  if (body.size() != 2 * kDsaNumberBytes) return std::nullopt;
  const DsaSig pair(DSA_SIG_new());
  Bignum r = bignum_from(body.first(kDsaNumberBytes)), s = bignum_from(body.last(kDsaNumberBytes));
  if (!pair) throw CryptoError("reading a DSA signature");
  require_ok(DSA_SIG_set0(pair.get(), r.release(), s.release()), "DSA_SIG_set0");
  std::uint8_t* der = nullptr;
  const int size = i2d_DSA_SIG(pair.get(), &der);
  return taken(der, size);
}

Bytes dsa_from_der(const Bytes& der) {
  const std::uint8_t* at = der.data();
  const DsaSig pair(d2i_DSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) throw CryptoError("d2i_DSA_SIG");
  Bytes body(2 * kDsaNumberBytes);
  std::uint8_t* to = body.data();
  const BIGNUM *r = nullptr, *s = nullptr;
  DSA_SIG_get0(pair.get(), &r, &s);
  for (const BIGNUM* number : {r, s}) {
    require_ok(BN_bn2binpad(number, to, kDsaNumberBytes), "writing a DSA signature");
    to += kDsaNumberBytes;
  }
  return body;
}

}  // namespace

std::optional<Bytes> signature_for_evp(const SignatureEntry& row, const EVP_PKEY* key,
                                       ByteView body) {
  if (row.family == KeyFamily::Ecdsa) return ecdsa_to_der(row, body);
  if (row.family == KeyFamily::Dsa) return dsa_to_der(body);
  if (row.family != KeyFamily::Rsa) {
    const bool short_one = row.family == KeyFamily::Ed25519;
    if (body.size() != (short_one ? kEd25519SignatureBytes : kEd448SignatureBytes))
      return std::nullopt;
    return Bytes(body.begin(), body.end());
  }
  // Old peers drop leading zeros of an RSA signature, against RFC 3447 section 8.2.1.
  const auto modulus = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  if (body.size() > modulus) return std::nullopt;
  Bytes padded(modulus - body.size());
  padded.insert(padded.end(), body.begin(), body.end());
  return padded;
}

Bytes signature_from_evp(const SignatureEntry& row, Bytes made) {
  if (row.family == KeyFamily::Dsa) return dsa_from_der(made);
  return row.family == KeyFamily::Ecdsa ? ecdsa_from_der(made) : made;
}

}  // namespace ssh2core
