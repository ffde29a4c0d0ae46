// A request that may take long: it is served in steps, between which other channels, the exchange
// of keys and the session's deadlines have their turn.
#pragma once

#include <cstdint>

namespace ssh2core::sftp {

/// What a step moves or reads at most, in bytes: some milliseconds of work.
inline constexpr std::uint64_t kStepBytes = 8 * 1024 * 1024;

class LongWork {
 public:
  virtual ~LongWork() = default;
  /// Works for a moment; true when all is done. Not to be called again then.
  virtual bool step() = 0;
};

}  // namespace ssh2core::sftp
