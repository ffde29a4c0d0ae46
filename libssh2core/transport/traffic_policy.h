// Padding against traffic analysis: IGNORE messages of random length that hide how much is said and
// when. The policies are those of mod_sftp.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "libssh2core/wire/clock.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {

struct TrafficPolicy {
  std::string_view name;
  std::uint32_t one_in;         // chances of a message: one in so many; 0: never
  std::uint32_t least, most;    // bytes of random data
  std::chrono::seconds period;  // between looks at a quiet connection; 0: it is left alone
  std::chrono::seconds quiet_least, quiet_most;  // quiet for less: nothing; for more: certainly one
  /// One message before the first packet of each burst is enough: what follows is unpredictable.
  bool per_burst = false;
};

std::span<const TrafficPolicy> traffic_policies();
/// nullptr when none is called so.
const TrafficPolicy* find_traffic_policy(std::string_view name);
/// For ciphers in CBC mode when no policy is chosen: a peer that sees the end of one packet and
/// chooses what stands in the next could otherwise test guesses about earlier ones (P. Rogaway,
/// "Problems with proposed IP cryptography").
const TrafficPolicy& cbc_traffic_policy();

/// Decides when and how much. Knows no messages.
class TrafficPadding {
 public:
  explicit TrafficPadding(Random& random) : random_(random) {}
  /// nullptr: no padding.
  void set(const TrafficPolicy* policy, Clock::Steady now);
  const TrafficPolicy* policy() const { return policy_; }

  /// Before a message: bytes of the IGNORE that goes out first; nothing when none does. `burst`:
  /// earlier packets have left already.
  std::optional<std::size_t> before_message(bool burst);
  /// Something was sent at this time.
  void note_sent(Clock::Steady now);
  /// When a look at the quiet connection is due.
  std::optional<Clock::Steady> deadline() const;
  /// That look: bytes of an IGNORE, or nothing.
  std::optional<std::size_t> on_quiet(Clock::Steady now);

 private:
  std::uint32_t pick(std::uint32_t below);
  std::size_t size();

  Random& random_;
  const TrafficPolicy* policy_ = nullptr;
  Clock::Steady sent_{}, look_{};
};

}  // namespace ssh2core
