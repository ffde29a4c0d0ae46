// Who may have another connection: counts and rates for each host.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "libssh2core/io/listener.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core::io {

/// The rate of new connections of each host: a bucket that fills by `rate` tokens a second up to
/// max(1, rate) of them. Remembers a bounded number of hosts.
class RateLimiter {
 public:
  static constexpr std::size_t kMaxHosts = 4096;
  explicit RateLimiter(double per_second) : per_second_(per_second) {}
  /// Takes a token; false when there is none.
  bool allow(const std::string& host, Clock::Steady now);
  std::size_t hosts() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens;
    Clock::Steady filled;
  };
  double capacity() const { return per_second_ > 1 ? per_second_ : 1; }
  double level(const Bucket& bucket, Clock::Steady now) const;
  void make_room(Clock::Steady now);

  double per_second_;
  std::unordered_map<std::string, Bucket> buckets_;
};

/// The connections that there are, by process.
class ConnectionLimits {
 public:
  explicit ConnectionLimits(const AcceptLimits& limits)
      : limits_(limits), rate_(limits.rate_per_second) {}
  /// Why `host` may not have another connection now; nothing when it may.
  std::optional<std::string> refusal(const std::string& host, Clock::Steady now);
  /// Whether there are as many connections as there may be.
  bool full() const {
    return limits_.max_connections != 0 && connections_.size() >= limits_.max_connections;
  }
  void opened(pid_t pid, const std::string& host);
  void closed(pid_t pid);
  /// Process and host of each connection.
  const std::unordered_map<pid_t, std::string>& connections() const { return connections_; }

 private:
  AcceptLimits limits_;
  RateLimiter rate_;
  std::unordered_map<pid_t, std::string> connections_;
  std::unordered_map<std::string, std::size_t> per_host_;
};

}  // namespace ssh2core::io
