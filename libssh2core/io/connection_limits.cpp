#include "libssh2core/io/connection_limits.h"

#include <algorithm>

namespace ssh2core::io {

double RateLimiter::level(const Bucket& bucket, Clock::Steady now) const {
  const std::chrono::duration<double> passed = now - bucket.filled;
  return std::min(capacity(), bucket.tokens + passed.count() * per_second_);
}

// A full bucket is one that need not be remembered. When there is none (more hosts than that come
// at once), the fullest goes: it loses least by starting anew.
void RateLimiter::make_room(Clock::Steady now) {
  std::erase_if(buckets_, [&](const auto& item) { return level(item.second, now) >= capacity(); });
  if (buckets_.size() < kMaxHosts) return;
  buckets_.erase(std::ranges::max_element(
      buckets_, {}, [&](const auto& item) { return level(item.second, now); }));
}

bool RateLimiter::allow(const std::string& host, Clock::Steady now) {
  if (per_second_ <= 0) return true;
  if (buckets_.size() >= kMaxHosts && !buckets_.contains(host)) make_room(now);
  Bucket& bucket = buckets_.try_emplace(host, Bucket{capacity(), now}).first->second;
  bucket = {level(bucket, now), now};
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::optional<std::string> ConnectionLimits::refusal(const std::string& host, Clock::Steady now) {
  if (full())
    return "the limit of " + std::to_string(limits_.max_connections) + " connections is reached";
  const auto at = per_host_.find(host);
  const std::size_t count = at == per_host_.end() ? 0 : at->second;
  if (limits_.max_connections_per_host != 0 && count >= limits_.max_connections_per_host)
    return "the limit of " + std::to_string(limits_.max_connections_per_host) +
           " connections from one host is reached";
  if (!rate_.allow(host, now)) return "too many new connections from this host";
  return std::nullopt;
}

void ConnectionLimits::opened(pid_t pid, const std::string& host) {
  connections_.emplace(pid, host);
  ++per_host_[host];
}

void ConnectionLimits::closed(pid_t pid) {
  const auto at = connections_.find(pid);
  if (at == connections_.end()) return;
  const auto host = per_host_.find(at->second);
  if (--host->second == 0) per_host_.erase(host);
  connections_.erase(at);
}

}  // namespace ssh2core::io
