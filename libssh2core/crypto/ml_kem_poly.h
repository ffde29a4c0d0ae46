// Polynomials of ML-KEM (FIPS 203): modulo x^256 + 1, over the integers modulo q = 3329. Everything
// but the sampling of the public matrix runs in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "libssh2core/crypto/ml_kem_hash.h"

namespace ssh2core::ml_kem {

inline constexpr std::int32_t kModulus = 3329;
inline constexpr std::size_t kDegree = 256;

/// Coefficients between -q and q where nothing else is said; "transformed" means the NTT domain.
using Poly = std::array<std::int16_t, kDegree>;

/// Algorithm 9. The result is transformed.
void transform(Poly& poly);
/// Algorithm 10, for a sum of products (see multiply_add).
void transform_back(Poly& poly);

/// A sum of products of transformed polynomials, one after the other; at most 8 of them. Each
/// product is divided by 2^16 (Montgomery), which transform_back() and true_value() make good.
void multiply_add(Poly& sum, const Poly& a, const Poly& b);
/// The sum as a transformed polynomial like any other.
void true_value(Poly& sum);
void add(Poly& sum, const Poly& other);
/// target = from - target
void subtract_from(Poly& target, const Poly& from);
/// Coefficients from 0 to q - 1.
void make_canonical(Poly& poly);

/// Algorithm 7, SampleNTT: transformed, from the public seed and two indices. Not in constant time.
void sample_uniform(Poly& poly, Hashes& hashes, ByteView rho, std::uint8_t i, std::uint8_t j);
/// The same for several pairs of indices, four at a time where the machine can.
using Indices = std::array<std::uint8_t, 2>;
void sample_uniform(std::span<Poly> polys, Hashes& hashes, ByteView rho,
                    std::span<const Indices> indices);
/// Algorithm 8 with eta = 2, of PRF(seed, nonce); the nonces count up from the first.
void sample_noise(std::span<Poly> polys, Hashes& hashes, ByteView seed, std::uint8_t first_nonce);

/// Algorithms 5 and 6 for coefficients of `bits` bits: 32 * bits bytes. Coefficients to encode must
/// be canonical; decoding with 12 bits may give coefficients up to 4095.
void encode(MutableView out, const Poly& poly, unsigned bits);
void decode(Poly& poly, ByteView in, unsigned bits);
/// FIPS 203 section 4.2.1, in place; what is compressed must be canonical.
void compress(Poly& poly, unsigned bits);
void decompress(Poly& poly, unsigned bits);

}  // namespace ssh2core::ml_kem
