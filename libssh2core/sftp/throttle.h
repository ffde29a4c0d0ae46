// Transfers that are held back to a rate. Nobody sleeps: who moves bytes asks from when on it may,
// and says afterwards how many there were.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "libssh2core/wire/clock.h"

namespace ssh2core::sftp {

/// A rate that several share. What is done at once has to be waited for afterwards; time in which
/// nothing was done is made up for as far as `burst` says.
class Pace {
 public:
  using Duration = Clock::Steady::duration;
  /// `per_second` bytes, requests or whatever is counted.
  explicit Pace(double per_second, Duration burst = {}) : rate_(per_second), burst_(burst) {}
  Clock::Steady ready_at() const { return busy_until_ - burst_; }
  void moved(std::uint64_t count, Clock::Steady now) {
    const std::chrono::duration<double> time(
        std::min(static_cast<double>(count) / rate_, kLongest));
    busy_until_ = std::max(busy_until_, now) + std::chrono::ceil<Duration>(time);
  }
  double per_second() const { return rate_; }

 private:
  static constexpr double kLongest = 86400 * 365;  // seconds
  double rate_;
  Duration burst_;
  Clock::Steady busy_until_{};
};

/// What one transfer has of a rate.
class Throttle {
 public:
  /// The first `free_bytes` cost nothing.
  Throttle(std::shared_ptr<Pace> pace, std::uint64_t free_bytes)
      : pace_(std::move(pace)), free_(free_bytes) {}

  /// From when on more may be moved.
  Clock::Steady ready_at() const { return free_ != 0 ? Clock::Steady{} : pace_->ready_at(); }
  bool ready(Clock::Steady now) const { return ready_at() <= now; }
  /// How many bytes to move at once, for who has the choice: so many that there are some in each
  /// eighth of a second.
  std::size_t piece() const {
    constexpr double kLeast = 512, kMost = 261120;
    const double piece = std::clamp(pace_->per_second() / 8, kLeast, kMost);
    return static_cast<std::size_t>(piece) + static_cast<std::size_t>(std::min(free_, kMostFree));
  }
  void moved(std::uint64_t bytes, Clock::Steady now) {
    const std::uint64_t free = std::min(free_, bytes);
    free_ -= free;
    if (bytes != free) pace_->moved(bytes - free, now);
  }

 private:
  static constexpr std::uint64_t kMostFree = 261120;
  std::shared_ptr<Pace> pace_;
  std::uint64_t free_;
};

}  // namespace ssh2core::sftp
