#include "libssh2core/crypto/keccak_four.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "libssh2core/crypto/constant_time.h"

namespace ssh2core {

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

// The same word of all four states.
using Four = std::uint64_t __attribute__((vector_size(32)));
using State = std::array<Four, 25>;  // word (x, y) of section 3.1.2 at x + 5y

constexpr std::size_t kRounds = 24;

// Section 3.2.2: the amounts of the rotations, and 3.2.3: where a word goes.
struct Turns {
  std::array<unsigned, 25> amount{};
  std::array<std::size_t, 25> target{};
};
constexpr Turns make_turns() {
  Turns turns;
  std::size_t x = 1, y = 0;
  for (unsigned t = 0; t < 24; ++t) {
    turns.amount[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
    const std::size_t next = (2 * x + 3 * y) % 5;
    x = y, y = next;
  }
  for (std::size_t i = 0; i < 25; ++i)
    turns.target[i] = i / 5 + 5 * ((2 * (i % 5) + 3 * (i / 5)) % 5);
  return turns;
}
constexpr Turns kTurns = make_turns();

// Section 3.2.5: bits of a shift register at the places 2^j - 1.
constexpr std::array<std::uint64_t, kRounds> make_round_constants() {
  std::array<std::uint64_t, kRounds> constants{};
  unsigned shifted = 1;
  for (std::uint64_t& constant : constants)
    for (unsigned j = 0; j < 7; ++j) {
      if ((shifted & 1) != 0) constant |= std::uint64_t{1} << ((1U << j) - 1);
      shifted <<= 1;
      if ((shifted & 0x100) != 0) shifted ^= 0x171;
    }
  return constants;
}
constexpr auto kRoundConstants = make_round_constants();

__attribute__((target("avx2"))) void permute(Four* a) {
  for (const std::uint64_t constant : kRoundConstants) {
    Four column[5], turned[25];
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x)
      column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma GCC unroll 25
    for (std::size_t i = 0; i < 25; ++i) {
      const Four next = column[(i + 1) % 5];
      const Four word = a[i] ^ column[(i + 4) % 5] ^ (next << 1 | next >> 63);
      const unsigned amount = kTurns.amount[i];
      turned[kTurns.target[i]] = amount == 0 ? word : word << amount | word >> (64 - amount);
    }
#pragma GCC unroll 25
    for (std::size_t i = 0; i < 25; ++i) {
      const std::size_t row = i / 5 * 5;
      a[i] = turned[i] ^ (~turned[row + (i + 1) % 5] & turned[row + (i + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

}  // namespace

bool has_shake_four() { return __builtin_cpu_supports("avx2") != 0; }

void shake_four(ShakeRate rate, const std::array<ByteView, 4>& inputs,
                const std::array<MutableView, 4>& outputs) {
  const auto rate_bytes = static_cast<std::size_t>(rate);
  Erased<State> state;
  Erased<std::array<std::uint64_t, 21>> words;  // of one message, in the machine's order
  for (std::size_t lane = 0; lane < 4; ++lane) {
    *words = {};
    auto* const block = reinterpret_cast<std::uint8_t*>(words->data());
    std::ranges::copy(inputs[lane], block);
    block[inputs[lane].size()] = 0x1f;  // section 6.2 and the first bit of the padding
    block[rate_bytes - 1] |= 0x80;
    for (std::size_t i = 0; i < rate_bytes / 8; ++i) (*state)[i][lane] = (*words)[i];
  }
  for (std::size_t at = 0; at < outputs[0].size(); at += rate_bytes) {
    permute(state->data());
    const std::size_t size = std::min(rate_bytes, outputs[0].size() - at);
    for (std::size_t lane = 0; lane < 4; ++lane) {
      for (std::size_t i = 0; i < rate_bytes / 8; ++i) (*words)[i] = (*state)[i][lane];
      std::memcpy(outputs[lane].data() + at, words->data(), size);
    }
  }
}

#else

bool has_shake_four() { return false; }

void shake_four(ShakeRate, const std::array<ByteView, 4>&, const std::array<MutableView, 4>&) {
  throw std::logic_error("no registers for four states");
}

#endif

}  // namespace ssh2core
