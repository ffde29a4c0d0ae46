// The curves of RFC 5656 section 10.1 and their keys as EVP objects.
#pragma once

#include <string_view>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/secret.h"

namespace ssh2core {

struct EcCurve {
  const char* group;          // as EVP and our tables know it
  std::string_view ssh_name;  // inside a public key blob
  int nid;                    // of OpenSSL
  std::size_t field_bytes;
  int bits;
};

/// By the name in our tables ("P-256"); nullptr when there is none such.
const EcCurve* find_curve(std::string_view group);
/// The curve of an EVP key; nullptr when it is none of ours, or no EC key.
const EcCurve* curve_of(const EVP_PKEY* key);

/// A public key from an uncompressed point (SEC 1 section 2.3.3); empty when it is anything else or
/// not on the curve.
EvpPkey ec_public_key(const EcCurve& curve, ByteView point);
/// A key pair from its private number, big-endian; empty unless that is in 1 .. order - 1.
EvpPkey ec_key_pair(const EcCurve& curve, ByteView private_number);
EvpPkey generate_ec_key(const EcCurve& curve);
/// The public half as an uncompressed point.
Bytes ec_point(const EcCurve& curve, const EVP_PKEY* key);

}  // namespace ssh2core
