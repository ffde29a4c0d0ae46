// When a silent client is asked whether it is still there, and when it is given up.
#pragma once

#include <algorithm>
#include <optional>

#include "libssh2core/wire/clock.h"

namespace ssh2core::server {

/// A client that has been silent for an interval is asked, again after each further one, and given
/// up when `count` intervals have passed, at least two: so 3 times 15 s end after 45 s, and nobody
/// is sent away who had no time to answer. Off while either number is 0.
class Keepalive {
 public:
  enum class Due { Nothing, Ask, GiveUp };

  Keepalive(unsigned count, std::chrono::seconds interval)
      : most_(std::max(count, 2U)), interval_(count == 0 ? std::chrono::seconds(0) : interval) {}

  /// The client was heard.
  void heard(Clock::Steady now) {
    since_ = now;
    silent_ = 0;
  }
  /// Whether a question is open.
  bool asked() const { return silent_ != 0; }
  std::optional<Clock::Steady> deadline() const {
    if (interval_.count() == 0) return std::nullopt;
    return since_ + interval_ * (silent_ + 1);
  }
  /// What is to be done now.
  Due due(Clock::Steady now) {
    if (const auto at = deadline(); !at || now < *at) return Due::Nothing;
    return ++silent_ >= most_ ? Due::GiveUp : Due::Ask;
  }

 private:
  unsigned most_, silent_ = 0;  // intervals without a sign
  std::chrono::seconds interval_;
  Clock::Steady since_{};
};

}  // namespace ssh2core::server
