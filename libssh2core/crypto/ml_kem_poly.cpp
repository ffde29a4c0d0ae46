// Sampling, packing and compression of polynomials (FIPS 203 section 4.2).
#include "libssh2core/crypto/ml_kem_poly.h"

#include "libssh2core/crypto/constant_time.h"

namespace ssh2core::ml_kem {

namespace {

// How many coefficients three bytes after three bytes give: those of 12 bits that are below q.
std::size_t take_below_q(Poly& poly, ByteView stream) {
  std::size_t have = 0;
  for (std::size_t at = 0; at + 3 <= stream.size() && have < kDegree; at += 3) {
    const std::int32_t first = stream[at] | (stream[at + 1] & 15) << 8;
    const std::int32_t second = stream[at + 1] >> 4 | stream[at + 2] << 4;
    if (first < kModulus) poly[have++] = static_cast<std::int16_t>(first);
    if (second < kModulus && have < kDegree) poly[have++] = static_cast<std::int16_t>(second);
  }
  return have;
}

// floor(value / q) without a division, whose time may depend on the value; for values below 2^23.
constexpr std::uint32_t divided_by_q(std::uint32_t value) {
  constexpr std::uint64_t kReciprocal = (1ULL << 36) / kModulus + 1;
  return static_cast<std::uint32_t>(value * kReciprocal >> 36);
}

SSH2CORE_VECTORISED void compress_in_place(std::int16_t* f, unsigned bits) {
  const std::uint32_t mask = (1U << bits) - 1;
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::uint32_t scaled = (static_cast<std::uint32_t>(f[i]) << bits) + kModulus / 2;
    f[i] = static_cast<std::int16_t>(divided_by_q(scaled) & mask);
  }
}

}  // namespace

void sample_uniform(Poly& poly, Hashes& hashes, ByteView rho, std::uint8_t i, std::uint8_t j) {
  constexpr std::size_t kBlock = 168;  // of SHAKE128
  // Three blocks are enough but for one time in a hundred; OpenSSL 3.0 cannot go on with a stream.
  std::array<std::uint8_t, 3 * kBlock> stream;
  const std::array<std::uint8_t, 2> indices{i, j};
  hashes.shake128.run(stream, {rho, indices});
  if (take_below_q(poly, stream) == kDegree) return;
  for (std::size_t blocks = 6;; blocks *= 2) {
    Bytes longer(blocks * kBlock);
    hashes.shake128.run(longer, {rho, indices});
    if (take_below_q(poly, longer) == kDegree) return;
  }
}

void sample_noise(Poly& poly, Hashes& hashes, ByteView seed, std::uint8_t nonce) {
  Erased<std::array<std::uint8_t, 128>> bytes;
  hashes.shake256.run(*bytes, {seed, {&nonce, 1}});
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    const std::uint32_t byte = (*bytes)[i];
    const std::uint32_t sums = (byte & 0x55) + (byte >> 1 & 0x55);  // of neighbouring bits
    for (std::size_t half = 0; half < 2; ++half) {
      const auto plus = static_cast<std::int32_t>(sums >> (4 * half) & 3);
      const auto minus = static_cast<std::int32_t>(sums >> (4 * half + 2) & 3);
      poly[2 * i + half] = static_cast<std::int16_t>(plus - minus);
    }
  }
}

void encode(MutableView out, const Poly& poly, unsigned bits) {
  std::uint32_t pending = 0;
  unsigned have = 0;
  std::size_t at = 0;
  for (const std::int16_t coefficient : poly) {
    pending |= static_cast<std::uint32_t>(coefficient) << have;
    for (have += bits; have >= 8; have -= 8, pending >>= 8)
      out[at++] = static_cast<std::uint8_t>(pending);
  }
}

void decode(Poly& poly, ByteView in, unsigned bits) {
  std::uint32_t pending = 0;
  unsigned have = 0;
  std::size_t at = 0;
  for (std::int16_t& coefficient : poly) {
    for (; have < bits; have += 8) pending |= std::uint32_t{in[at++]} << have;
    coefficient = static_cast<std::int16_t>(pending & ((1U << bits) - 1));
    pending >>= bits;
    have -= bits;
  }
}

void compress(Poly& poly, unsigned bits) { compress_in_place(poly.data(), bits); }

void decompress(Poly& poly, unsigned bits) {
  for (std::int16_t& coefficient : poly)
    coefficient = static_cast<std::int16_t>((coefficient * kModulus + (1 << (bits - 1))) >> bits);
}

}  // namespace ssh2core::ml_kem
