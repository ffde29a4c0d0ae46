#include "libssh2core/transport/traffic_policy.h"

#include <algorithm>
#include <array>

namespace ssh2core {

namespace {

using std::chrono::seconds;

constexpr auto kPolicies = std::to_array<TrafficPolicy>({
    {"none", 0, 0, 0, seconds(0), seconds(0), seconds(0)},
    {"low", 1000, 64, 256, seconds(5), seconds(15), seconds(300)},
    {"medium", 100, 32, 768, seconds(5), seconds(10), seconds(60)},
    {"high", 10, 16, 2048, seconds(1), seconds(5), seconds(15)},
    {"paranoid", 1, 0, 8192, seconds(1), seconds(1), seconds(5)},
    {"rogaway", 1, 64, 256, seconds(0), seconds(0), seconds(0), true},
});

}  // namespace

std::span<const TrafficPolicy> traffic_policies() { return kPolicies; }

const TrafficPolicy* find_traffic_policy(std::string_view name) {
  const auto* const row = std::ranges::find(kPolicies, name, &TrafficPolicy::name);
  return row == kPolicies.end() ? nullptr : row;
}

const TrafficPolicy& cbc_traffic_policy() { return kPolicies.back(); }

void TrafficPadding::set(const TrafficPolicy* policy, Clock::Steady now) {
  policy_ = policy != nullptr && policy->one_in != 0 ? policy : nullptr;
  note_sent(now);
}

/// A number from 0 to `below` - 1. The bias of 2^-32 or less helps nobody.
std::uint32_t TrafficPadding::pick(std::uint32_t below) {
  std::array<std::uint8_t, 8> bytes{};
  random_.fill(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return static_cast<std::uint32_t>(value % below);
}

std::size_t TrafficPadding::size() {
  return policy_->least + pick(policy_->most - policy_->least + 1);
}

std::optional<std::size_t> TrafficPadding::before_message(bool burst) {
  if (policy_ == nullptr || (policy_->per_burst && !burst) || pick(policy_->one_in) != 0)
    return std::nullopt;
  return size();
}

void TrafficPadding::note_sent(Clock::Steady now) {
  sent_ = now;
  if (policy_ != nullptr) look_ = now + std::max(policy_->quiet_least, policy_->period);
}

std::optional<Clock::Steady> TrafficPadding::deadline() const {
  if (policy_ == nullptr || policy_->period.count() == 0) return std::nullopt;
  return look_;
}

std::optional<std::size_t> TrafficPadding::on_quiet(Clock::Steady now) {
  if (const auto at = deadline(); !at || now < *at) return std::nullopt;
  look_ = now + policy_->period;
  if (now - sent_ < policy_->quiet_most && pick(policy_->one_in) != 0) return std::nullopt;
  return size();
}

}  // namespace ssh2core
