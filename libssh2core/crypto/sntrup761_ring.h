// Arithmetic of Streamlined NTRU Prime 761 (RFC 9941, NTRU Prime round 3): polynomials modulo
// x^761 - x - 1, over the integers modulo q = 4591 and modulo 3. Everything runs in constant time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ssh2core::sntrup761 {

inline constexpr std::size_t kDegree = 761;     // p
inline constexpr std::int32_t kModulus = 4591;  // q
inline constexpr std::int32_t kHalf = kModulus / 2;
inline constexpr std::size_t kWeight = 286;  // w, coefficients of a short polynomial that are not 0

/// Coefficients stand at their powers; from kDegree on there are zeros, up to whole vectors.
inline constexpr std::size_t kSlots = 768;
/// Coefficients -1, 0 or 1.
using Small = std::array<std::int8_t, kSlots>;
/// Coefficients from -kHalf to kHalf.
using Wide = std::array<std::int16_t, kSlots>;

/// The number congruent modulo 3, from -1 to 1; |value| at most 2^13.
constexpr std::int32_t centered_mod3(std::int32_t value) {
  return value - 3 * ((value * 10923 + 16384) >> 15);
}
/// The number congruent modulo q, from -kHalf to kHalf; |value| at most 2^23.
constexpr std::int32_t centered_mod_q(std::int32_t value) {
  // The quotient by the upper bits of the value: wrong by one at most, which then is put right.
  std::int32_t rest = value - kModulus * (((value >> 8) * 58471 + (1 << 19)) >> 20);
  rest += kModulus & ((rest + kHalf) >> 31);
  rest -= kModulus & ((kHalf - rest) >> 31);
  return rest;
}

/// a * b modulo q.
void multiply(Wide& product, const Wide& a, const Small& b);
/// a * b modulo 3.
void multiply_mod3(Small& product, const Small& a, const Small& b);
/// 1 / a modulo 3. Returns zero, or all ones when `a` has no inverse; `inverse` then is worthless.
std::int32_t invert_mod3(Small& inverse, const Small& a);
/// 1 / (3a) modulo q; every `a` but zero has an inverse.
void invert_triple(Wide& inverse, const Small& a);

}  // namespace ssh2core::sntrup761
