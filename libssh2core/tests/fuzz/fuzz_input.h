// Decisions and bytes out of a fuzzer's input, from the front; zero and nothing at its end.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::fuzz {

class FuzzInput {
 public:
  explicit FuzzInput(ByteView input) : rest_(input) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t u8() {
    const ByteView byte = bytes(1);
    return byte.empty() ? std::uint8_t{0} : byte[0];
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  /// At most `count` bytes.
  ByteView bytes(std::size_t count) {
    count = std::min(count, rest_.size());
    return std::exchange(rest_, rest_.subspan(count)).first(count);
  }
  /// A piece with its length in two bytes in front.
  ByteView piece() { return bytes(u16()); }
  ByteView rest() { return bytes(rest_.size()); }

 private:
  ByteView rest_;
};

/// What must hold for every input; aborts, so that the fuzzer keeps the input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace ssh2core::fuzz
