// Who has misbehaved and is not let in for a while: by the listener, for all its processes.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/wire/clock.h"
#include "tools/sftpd-lite/access/address_rules.h"

namespace ssh2core::tools {

/// How a connection ended, as far as it says something about its client.
enum class Offence { None, NoAttempt, AuthFailed, GraceExceeded, Crash };

struct PenaltySettings {
  bool on = false;  // PerSourcePenalties
  /// Of each offence but None, in the order of Offence; as OpenSSH's.
  std::chrono::seconds no_attempt{1}, auth_failed{5}, grace_exceeded{10}, crash{90};
  /// A client is not let in once so much has come together, and never for more than `most`.
  std::chrono::seconds least{15}, most{600};
  std::size_t max_sources = 4096;    // remembered at once
  unsigned bits4 = 32, bits6 = 128;  // of an address that make a source
  std::vector<Network> exempt;
  /// ConnectionPenalty: after `connections` in `window` none for `block`; 0: no such rule.
  std::size_t connections = 0;
  std::chrono::seconds window{0}, block{0};
  bool any() const { return on || connections != 0; }
};

/// Times decay by themselves: an offence adds to the time that a source still has to wait.
class Penalties {
 public:
  /// Hears when a source's penalty is over: how many of its connections were refused.
  using Over = std::function<void(const std::string& source, std::size_t refused)>;

  /// The settings may change; what was done stays.
  void set(PenaltySettings settings) { settings_ = std::move(settings); }
  /// A connection comes. nullopt: let in. Else why not: a sentence the first time, empty then.
  std::optional<std::string> refusal(const std::string& address, Clock::Steady now,
                                     const Over& over);
  /// A connection has ended.
  void note(const std::string& address, Offence offence, Clock::Steady now);
  std::size_t sources() const { return sources_.size(); }
  /// How many sources are kept out now.
  std::size_t blocked(Clock::Steady now) const;

 private:
  struct Source {
    Clock::Steady until{};  // the penalty's end
    bool kept_out = false;  // it has reached the least
    bool told = false;
    std::size_t refused = 0;
    std::string why;
    std::deque<Clock::Steady> connections;  // the last ones, as many as count
  };
  std::optional<Address> source_of(const std::string& address) const;
  Source& find_or_make(const Address& address, Clock::Steady now);
  bool is_idle(const Source& source, Clock::Steady now) const;
  void forget_idle(Clock::Steady now, const Over& over);
  void punish(Source& source, std::chrono::seconds time, std::string why, Clock::Steady now) const;
  std::string name_of(const Address& address) const;

  PenaltySettings settings_;
  std::map<Address, Source> sources_;
  Clock::Steady cleaned_{};
};

}  // namespace ssh2core::tools
