// The machine's clocks.
#pragma once

#include "libssh2core/wire/clock.h"

namespace ssh2core::io {

class SystemClock final : public Clock {
 public:
  Steady now() const override { return std::chrono::steady_clock::now(); }
  Wall date() const override { return std::chrono::system_clock::now(); }
};

}  // namespace ssh2core::io
