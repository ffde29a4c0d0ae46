// The number theoretic transform of FIPS 203 section 4.3 and arithmetic on whole polynomials.
#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/ml_kem_poly.h"

namespace ssh2core::ml_kem {

namespace {

// Montgomery's form: products come divided by R = 2^16, constants are kept multiplied by it.
constexpr std::int32_t kR = 65536 % kModulus;
constexpr std::int16_t kInverseOfQ = -3327;  // modulo 2^16
static_assert(((kModulus * kInverseOfQ) & 0xffff) == 1);

constexpr std::int16_t low_half(std::int32_t value) { return static_cast<std::int16_t>(value); }

// a * b / R, between -q and q, when |a * b| < q * 2^15.
constexpr std::int16_t product(std::int16_t a, std::int16_t b) {
  const std::int32_t whole = a * b;
  const std::int16_t quotient = low_half(low_half(whole) * kInverseOfQ);
  return low_half((whole - quotient * kModulus) >> 16);
}

// From -q/2 to q/2, of any 16 bits.
constexpr std::int16_t reduced(std::int16_t a) {
  constexpr std::int32_t kReciprocal = ((1 << 26) + kModulus / 2) / kModulus;
  const std::int32_t quotient = (kReciprocal * a + (1 << 25)) >> 26;
  return low_half(a - quotient * kModulus);
}

constexpr std::int16_t centered(std::int32_t a) {
  a %= kModulus;
  if (a > kModulus / 2) a -= kModulus;
  return low_half(a);
}

constexpr std::int32_t power_of_17(std::size_t exponent) {
  std::int32_t value = 1;
  for (std::size_t i = 0; i < exponent; ++i) value = value * 17 % kModulus;
  return value;
}

constexpr std::size_t reversed_7_bits(std::size_t value) {
  std::size_t result = 0;
  for (unsigned bit = 0; bit < 7; ++bit) result |= (value >> bit & 1) << (6 - bit);
  return result;
}

// Appendix A: 17^BitRev(i) for the transform, 17^(2 BitRev(i) + 1) for products; times R.
struct Roots {
  std::array<std::int16_t, 128> step{}, pair{};
};
constexpr Roots make_roots() {
  Roots roots;
  for (std::size_t i = 0; i < 128; ++i) {
    roots.step[i] = centered(power_of_17(reversed_7_bits(i)) * kR);
    roots.pair[i] = centered(power_of_17(2 * reversed_7_bits(i) + 1) * kR);
  }
  return roots;
}
constexpr Roots kRoots = make_roots();

// x / 128 * R: the division by 128 that ends the way back, and the R that a product lacks.
constexpr std::int16_t kLastFactor = centered(3303 * kR % kModulus * kR);
static_assert(3303 * 128 % kModulus == 1);
constexpr std::int16_t kSquareOfR = centered(kR * kR);

// One layer of either transform, for pairs that lie `length` apart.
template <std::size_t length>
inline void layer(std::int16_t* f) {
  for (std::size_t block = 0; block < kDegree / (2 * length); ++block) {
    const std::int16_t root = kRoots.step[kDegree / (2 * length) + block];
    std::int16_t* const low = f + block * 2 * length;
    std::int16_t* const high = low + length;
    for (std::size_t j = 0; j < length; ++j) {
      const std::int16_t turned = product(root, high[j]);
      high[j] = low_half(low[j] - turned);
      low[j] = low_half(low[j] + turned);
    }
  }
}

template <std::size_t length>
inline void layer_back(std::int16_t* f) {
  constexpr std::size_t kBlocks = kDegree / (2 * length);
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const std::int16_t root = kRoots.step[2 * kBlocks - 1 - block];
    std::int16_t* const low = f + block * 2 * length;
    std::int16_t* const high = low + length;
    for (std::size_t j = 0; j < length; ++j) {
      const std::int16_t difference = low_half(high[j] - low[j]);
      low[j] = reduced(low_half(low[j] + high[j]));
      high[j] = product(root, difference);
    }
  }
}

SSH2CORE_VECTORISED void transform_in_place(std::int16_t* f) {
  // Each layer adds less than q to a coefficient: 8q fits.
  layer<128>(f);
  layer<64>(f);
  layer<32>(f);
  layer<16>(f);
  layer<8>(f);
  layer<4>(f);
  layer<2>(f);
  for (std::size_t i = 0; i < kDegree; ++i) f[i] = reduced(f[i]);
}

SSH2CORE_VECTORISED void transform_back_in_place(std::int16_t* f) {
  for (std::size_t i = 0; i < kDegree; ++i) f[i] = reduced(f[i]);
  layer_back<2>(f);
  layer_back<4>(f);
  layer_back<8>(f);
  layer_back<16>(f);
  layer_back<32>(f);
  layer_back<64>(f);
  layer_back<128>(f);
  for (std::size_t i = 0; i < kDegree; ++i) f[i] = product(f[i], kLastFactor);
}

// Algorithms 11 and 12: pairs are polynomials modulo x^2 - root.
SSH2CORE_VECTORISED void multiply_pairs(std::int16_t* __restrict sum,
                                        const std::int16_t* __restrict a,
                                        const std::int16_t* __restrict b) {
  for (std::size_t i = 0; i < kDegree / 2; ++i) {
    const std::int16_t a0 = a[2 * i], a1 = a[2 * i + 1], b0 = b[2 * i], b1 = b[2 * i + 1];
    const std::int16_t high = product(product(a1, b1), kRoots.pair[i]);
    sum[2 * i] = reduced(low_half(sum[2 * i] + product(a0, b0) + high));
    sum[2 * i + 1] = reduced(low_half(sum[2 * i + 1] + product(a0, b1) + product(a1, b0)));
  }
}

SSH2CORE_VECTORISED void canonical_in_place(std::int16_t* f) {
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::int16_t value = reduced(f[i]);
    f[i] = low_half(value + (kModulus & (value >> 15)));
  }
}

}  // namespace

void transform(Poly& poly) { transform_in_place(poly.data()); }

void transform_back(Poly& poly) { transform_back_in_place(poly.data()); }

void multiply_add(Poly& sum, const Poly& a, const Poly& b) {
  multiply_pairs(sum.data(), a.data(), b.data());
}

void true_value(Poly& sum) {
  for (std::int16_t& coefficient : sum) coefficient = product(coefficient, kSquareOfR);
}

void add(Poly& sum, const Poly& other) {
  for (std::size_t i = 0; i < kDegree; ++i) sum[i] = low_half(sum[i] + other[i]);
}

void subtract_from(Poly& target, const Poly& from) {
  for (std::size_t i = 0; i < kDegree; ++i) target[i] = low_half(from[i] - target[i]);
}

void make_canonical(Poly& poly) { canonical_in_place(poly.data()); }

}  // namespace ssh2core::ml_kem
