// Sampling, packing and compression of polynomials (FIPS 203 section 4.2).
#include "libssh2core/crypto/ml_kem_poly.h"

#include <algorithm>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/keccak_four.h"

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

// Three blocks of SHAKE128 are enough but for one time in a hundred.
constexpr std::size_t kBlock = 168;
using Uniform = std::array<std::uint8_t, 3 * kBlock>;

// Where they are not, anew with more: OpenSSL 3.0 cannot go on with a stream.
void take_or_go_on(Poly& poly, const Uniform& stream, Hashes& hashes, ByteView rho,
                   const Indices& indices) {
  if (take_below_q(poly, stream) == kDegree) return;
  for (std::size_t blocks = 6;; blocks *= 2) {
    Bytes longer(blocks * kBlock);
    hashes.shake128.run(longer, {rho, indices});
    if (take_below_q(poly, longer) == kDegree) return;
  }
}

using Noise = std::array<std::uint8_t, 128>;

void take_noise(Poly& poly, const Noise& noise) {
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const std::uint32_t byte = noise[i];
    const std::uint32_t sums = (byte & 0x55) + (byte >> 1 & 0x55);  // of neighbouring bits
    for (std::size_t half = 0; half < 2; ++half) {
      const auto plus = static_cast<std::int32_t>(sums >> (4 * half) & 3);
      const auto minus = static_cast<std::int32_t>(sums >> (4 * half + 2) & 3);
      poly[2 * i + half] = static_cast<std::int16_t>(plus - minus);
    }
  }
}

std::uint8_t next_nonce(std::uint8_t nonce, std::size_t steps) {
  return static_cast<std::uint8_t>(nonce + steps);
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
  Uniform stream;
  const Indices indices{i, j};
  hashes.shake128.run(stream, {rho, indices});
  take_or_go_on(poly, stream, hashes, rho, indices);
}

void sample_uniform(std::span<Poly> polys, Hashes& hashes, ByteView rho,
                    std::span<const Indices> indices) {
  if (polys.size() < 2 || !has_shake_four()) {
    for (std::size_t i = 0; i < polys.size(); ++i)
      sample_uniform(polys[i], hashes, rho, indices[i][0], indices[i][1]);
    return;
  }
  const std::size_t count = std::min<std::size_t>(polys.size(), 4);
  std::array<std::array<std::uint8_t, 34>, 4> inputs{};
  std::array<Uniform, 4> streams;
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::copy(rho, inputs[i].begin());
    std::ranges::copy(indices[i], inputs[i].begin() + 32);
  }
  shake_four(ShakeRate::Shake128, {inputs[0], inputs[1], inputs[2], inputs[3]},
             {streams[0], streams[1], streams[2], streams[3]});
  for (std::size_t i = 0; i < count; ++i)
    take_or_go_on(polys[i], streams[i], hashes, rho, indices[i]);
  sample_uniform(polys.subspan(count), hashes, rho, indices.subspan(count));
}

void sample_noise(std::span<Poly> polys, Hashes& hashes, ByteView seed, std::uint8_t first_nonce) {
  if (polys.empty()) return;
  if (polys.size() < 2 || !has_shake_four()) {
    Erased<Noise> noise;
    hashes.shake256.run(*noise, {seed, {&first_nonce, 1}});
    take_noise(polys[0], *noise);
    return sample_noise(polys.subspan(1), hashes, seed, next_nonce(first_nonce, 1));
  }
  const std::size_t count = std::min<std::size_t>(polys.size(), 4);
  Erased<std::array<std::array<std::uint8_t, 33>, 4>> inputs;
  Erased<std::array<Noise, 4>> noises;
  for (std::size_t i = 0; i < 4; ++i) {
    std::ranges::copy(seed, (*inputs)[i].begin());
    (*inputs)[i][32] = next_nonce(first_nonce, i);
  }
  shake_four(ShakeRate::Shake256, {(*inputs)[0], (*inputs)[1], (*inputs)[2], (*inputs)[3]},
             {(*noises)[0], (*noises)[1], (*noises)[2], (*noises)[3]});
  for (std::size_t i = 0; i < count; ++i) take_noise(polys[i], (*noises)[i]);
  sample_noise(polys.subspan(count), hashes, seed, next_nonce(first_nonce, count));
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
