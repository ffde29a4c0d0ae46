// Inverses of polynomials, by the division steps of Bernstein and Yang ("Fast constant-time gcd
// computation and modular inversion", 2019, sections 3 and 7): a Euclid's algorithm whose number of
// steps, and what is touched in each, depend on the degree only.
//
// Two pairs are carried along, (f, v) and (g, r), with f = v * a * x^k and g = r * a * x^k modulo
// the reversed polynomial of the ring, up to a constant factor. Each step makes the lowest
// coefficient of g zero and divides it by x. At the end f is a constant, and v the reversed
// inverse.
#include <algorithm>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/sntrup761_ring.h"

namespace ssh2core::sntrup761 {

namespace {

constexpr std::size_t kSteps = 2 * kDegree - 1;
constexpr std::size_t kVector = 32;  // lengths are rounded up to it
static_assert(kSlots % kVector == 0 && kDegree < kSlots);

// How many coefficients matter in a step: those of f and g that can still come to the lowest place,
// and those of v and r that can already be other than zero.
constexpr std::size_t round_up(std::size_t length) {
  return std::min((length + kVector - 1) / kVector * kVector, kSlots);
}
constexpr std::size_t live_remainders(std::size_t step) { return round_up(kSteps - step); }
constexpr std::size_t live_cofactors(std::size_t step) { return round_up(step + 2); }

// The four polynomials; one slot in front, so that v can be multiplied by x where it is read, and
// one behind for the division of g.
template <class Coefficient>
struct State {
  std::array<Coefficient, kSlots + 1> f, g, v, r;
};

// Which pair goes on as f: all ones when they change places.
struct Balance {
  std::int32_t delta = 1;
  std::int32_t step(std::int32_t lowest_of_g) {
    const std::int32_t swap = mask_if_negative(-delta) & mask_if_nonzero(lowest_of_g);
    delta = (delta ^ (swap & (delta ^ -delta))) + 1;
    return swap;
  }
};

// f becomes 1 - x^760 - x^761, the ring's polynomial with its coefficients reversed; g the same of
// a.
template <class Coefficient>
void start(State<Coefficient>& state, const Small& a) {
  state.f[0] = 1;
  state.f[kDegree - 1] = state.f[kDegree] = -1;
  for (std::size_t i = 0; i < kDegree; ++i) state.g[i] = a[kDegree - 1 - i];
}

// Modulo 3: g becomes (g - ratio * f) / x, r becomes r - ratio * v, after the change of places.
// (`keep` is where the old f and v stand afterwards.)
SSH2CORE_VECTORISED void step_mod3(std::int8_t* __restrict f, std::int8_t* __restrict g,
                                   std::size_t length, std::int8_t swap, std::int8_t ratio_is_one,
                                   std::int8_t ratio_is_minus_one) {
  for (std::size_t i = 0; i < length; ++i) {
    const auto change = static_cast<std::int8_t>((f[i] ^ g[i]) & swap);
    const auto first = static_cast<std::int8_t>(f[i] ^ change);
    const auto second = static_cast<std::int8_t>(g[i] ^ change);
    const auto opposite = static_cast<std::int8_t>(-first);
    const auto sum =
        static_cast<std::int8_t>(second + (opposite & ratio_is_one) + (first & ratio_is_minus_one));
    // From -2 .. 2 to -1 .. 1.
    const auto high = static_cast<std::int8_t>(-static_cast<std::int8_t>(sum > 1));
    const auto low = static_cast<std::int8_t>(-static_cast<std::int8_t>(sum < -1));
    f[i] = first;
    g[i] = static_cast<std::int8_t>(sum - (3 & high) + (3 & low));
  }
}

// Modulo q in Montgomery's form: a * b / 2^16, from -q to q when |a * b| < q * 2^15. The factor
// 1 / 2^16 does no harm: g and r both take it.
constexpr std::int16_t kInverseOfQ = 15631;  // modulo 2^16
static_assert(((kModulus * kInverseOfQ) & 0xffff) == 1);

constexpr std::int16_t low_half(std::int32_t value) { return static_cast<std::int16_t>(value); }
constexpr std::int16_t high_half(std::int32_t value) {
  return static_cast<std::int16_t>(value >> 16);
}

struct Factor {
  explicit Factor(std::int32_t a) : value(low_half(a)), scaled(low_half(a * kInverseOfQ)) {}
  std::int16_t value, scaled;
};

// f and g (or v and r) after the change of places; g becomes lowest_f * g - lowest_g * f. Since
// every input is below 2q, so is every output: 2 * ((2q)^2 / 2^16 + q / 2) < 2q.
SSH2CORE_VECTORISED void step_mod_q(std::int16_t* __restrict f, std::int16_t* __restrict g,
                                    std::size_t length, std::int16_t swap, Factor lowest_f,
                                    Factor lowest_g) {
  for (std::size_t i = 0; i < length; ++i) {
    const auto change = static_cast<std::int16_t>((f[i] ^ g[i]) & swap);
    const auto first = static_cast<std::int16_t>(f[i] ^ change);
    const auto second = static_cast<std::int16_t>(g[i] ^ change);
    const std::int16_t quotient_of_g = low_half(lowest_f.scaled * second);
    const std::int16_t quotient_of_f = low_half(lowest_g.scaled * first);
    const auto g_part = static_cast<std::int16_t>(high_half(lowest_f.value * second) -
                                                  high_half(quotient_of_g * kModulus));
    const auto f_part = static_cast<std::int16_t>(high_half(lowest_g.value * first) -
                                                  high_half(quotient_of_f * kModulus));
    f[i] = first;
    g[i] = static_cast<std::int16_t>(g_part - f_part);
  }
}

// Fermat: a^(q-2).
std::int32_t invert_mod_q(std::int32_t a) {
  std::int32_t result = 1, power = a;
  for (std::uint32_t exponent = kModulus - 2; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = centered_mod_q(result * power);
    power = centered_mod_q(power * power);
  }
  return result;
}

// Divides by x, multiplies by x.
template <class Coefficient>
void shift_down(std::array<Coefficient, kSlots + 1>& polynomial, std::size_t length) {
  std::copy(polynomial.begin() + 1, polynomial.begin() + 1 + static_cast<std::ptrdiff_t>(length),
            polynomial.begin());
}
template <class Coefficient>
void shift_up(std::array<Coefficient, kSlots + 1>& polynomial, std::size_t length) {
  const auto end = polynomial.begin() + static_cast<std::ptrdiff_t>(length);
  std::copy_backward(polynomial.begin(), end - 1, end);
  polynomial[0] = 0;
}

}  // namespace

std::int32_t invert_mod3(Small& inverse, const Small& a) {
  Erased<State<std::int8_t>> state;
  start(*state, a);
  auto& [f, g, v, r] = *state;
  r[0] = 1;
  Balance balance;
  for (std::size_t step = 0; step < kSteps; ++step) {
    shift_up(v, live_cofactors(step));
    const std::int32_t swap = balance.step(g[0]);
    // The lowest coefficients are their own inverses; that of f is never zero.
    const std::int32_t ratio = f[0] * g[0];
    const auto swap8 = static_cast<std::int8_t>(swap);
    const auto is_one = static_cast<std::int8_t>(mask_if_negative(-ratio));
    const auto is_minus_one = static_cast<std::int8_t>(mask_if_negative(ratio));
    step_mod3(f.data(), g.data(), live_remainders(step), swap8, is_one, is_minus_one);
    step_mod3(v.data(), r.data(), live_cofactors(step), swap8, is_one, is_minus_one);
    shift_down(g, live_remainders(step));
  }
  for (std::size_t i = 0; i < kDegree; ++i)
    inverse[i] = static_cast<std::int8_t>(f[0] * v[kDegree - 1 - i]);
  return mask_if_nonzero(balance.delta);
}

void invert_triple(Wide& inverse, const Small& a) {
  Erased<State<std::int16_t>> state;
  start(*state, a);
  auto& [f, g, v, r] = *state;
  constexpr std::int16_t kThird = -1530;  // 1 / 3
  static_assert((3 * kThird + kModulus) % kModulus == 1);
  r[0] = kThird;
  Balance balance;
  for (std::size_t step = 0; step < kSteps; ++step) {
    shift_up(v, live_cofactors(step));
    const std::int32_t swap = balance.step(centered_mod_q(g[0]));
    const std::int32_t change = (f[0] ^ g[0]) & swap;
    const Factor lowest_f(f[0] ^ change), lowest_g(g[0] ^ change);
    const auto swap16 = static_cast<std::int16_t>(swap);
    step_mod_q(f.data(), g.data(), live_remainders(step), swap16, lowest_f, lowest_g);
    step_mod_q(v.data(), r.data(), live_cofactors(step), swap16, lowest_f, lowest_g);
    shift_down(g, live_remainders(step));
  }
  const std::int32_t scale = invert_mod_q(centered_mod_q(f[0]));
  for (std::size_t i = 0; i < kDegree; ++i)
    inverse[i] =
        static_cast<std::int16_t>(centered_mod_q(scale * centered_mod_q(v[kDegree - 1 - i])));
}

}  // namespace ssh2core::sntrup761
