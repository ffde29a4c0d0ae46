// The system's random generator.
#pragma once

#include <array>

#include "libssh2core/wire/random.h"

namespace ssh2core {

/// OpenSSL's generator. Small requests (padding) are served from a block of 4 KiB, so that a packet
/// costs no call into the generator; used bytes are erased. After fork() call reset() in the child,
/// which then does not hand out the parent's bytes.
class SystemRandom final : public Random {
 public:
  ~SystemRandom() override;
  void fill(MutableView out) override;
  /// Forgets the bytes in stock.
  void reset();

 private:
  std::array<std::uint8_t, 4096> block_{};
  std::size_t left_ = 0;  // unused bytes at the end of block_
};

}  // namespace ssh2core
