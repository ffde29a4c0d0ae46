// Time and randomness under a fuzzer: the same in every run.
#pragma once

#include <algorithm>

#include "libssh2core/wire/clock.h"
#include "libssh2core/wire/random.h"

namespace ssh2core::fuzz {

class FuzzClock final : public Clock {
 public:
  Steady now() const override { return Steady{} + std::chrono::hours(1000) + passed; }
  Wall date() const override { return Wall{} + std::chrono::hours(480000) + passed; }
  std::chrono::seconds passed{0};
};

class FuzzRandom final : public Random {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& byte : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      byte = static_cast<std::uint8_t>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

/// For servers: makes the handles of SFTP easy to guess, 16 zeros for the first.
class ZeroRandom final : public Random {
 public:
  void fill(MutableView out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

}  // namespace ssh2core::fuzz
