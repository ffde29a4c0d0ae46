// Time as an interface, so that tests and replay decide what the time is.
#pragma once

#include <chrono>

namespace ssh2core {

/// A source of time. The library reads time only through it.
class Clock {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::system_clock::time_point;
  virtual ~Clock() = default;
  /// For deadlines and durations; never goes back.
  virtual Steady now() const = 0;
  /// The date, for listings, log lines and validity checks.
  virtual Wall date() const = 0;
};

}  // namespace ssh2core
