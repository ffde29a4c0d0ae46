// Connections that have not logged in yet: how many there may be, in all and of one source.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/access/address_rules.h"

namespace ssh2core::tools {

/// sshd's MaxStartups START:RATE:FULL and PerSourceMaxStartups.
struct StartupSettings {
  /// From `start` connections on, `rate` percent of the new ones are refused, growing to all of
  /// them at `full`. 0: no such rule.
  std::size_t start = 0, rate = 0, full = 0;
  std::size_t per_source = 0;        // 0: no such rule
  std::size_t places = 0;            // connections that there may be at all; 0: no limit
  unsigned bits4 = 32, bits6 = 128;  // of an address that make a source
};

/// The listener's view. When all places are taken, who waits in most of them gives way. A source
/// that has no connection waiting is let in up to `full`: early refusals are for those who fill the
/// places.
class Startups {
 public:
  /// Hears when a burst is over: whose (empty: of all), and how many were refused in it.
  using Over = std::function<void(const std::string& source, std::size_t refused)>;
  /// Says which processes have logged in. Asked only when there are many connections.
  explicit Startups(std::function<std::vector<pid_t>()> logged_in)
      : logged_in_(std::move(logged_in)) {}

  /// The settings may change; who is there stays.
  void set(const StartupSettings& settings);
  /// Why one more connection may not come; empty when that was said already in this burst; nullopt:
  /// it may. `address` "": of a proxy, whose client is judged later. `roll` is from 0 to 99.
  std::optional<std::string> refusal(const std::string& address, unsigned roll);
  /// The same for a connection that is there, whose address is known by now.
  std::optional<std::string> refusal_of_source(const std::string& address);
  /// All places are taken: the oldest connection of the source that has most of those that have not
  /// logged in, when that are more than `address` has. In `said` what is to be said of it.
  std::optional<pid_t> who_gives_way(const std::string& address, std::string& said);
  /// A connection is there. Its address, when it is known later, may replace an empty one.
  void opened(pid_t pid, const std::string& address);
  void closed(pid_t pid, const Over& over);
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Burst {
    bool told = false;
    std::size_t refused = 0;
    std::string refuse(std::string why);
  };
  struct Source {
    std::size_t waiting = 0;
    Burst burst;
  };
  std::optional<Address> source_of(const std::string& address) const;
  std::size_t waiting_of(const std::optional<Address>& source) const;
  void forget(pid_t pid);
  void forget_logged_in();
  bool is_drop(std::size_t own, unsigned roll) const;
  bool is_source_full(std::size_t own) const;

  std::function<std::vector<pid_t>()> logged_in_;
  StartupSettings settings_;
  struct Waiting {
    std::optional<Address> source;
    std::uint64_t number;  // in the order in which they came
  };
  std::map<pid_t, Waiting> waiting_;
  std::uint64_t next_number_ = 0;
  std::map<Address, Source> sources_;
  Burst burst_;
};

}  // namespace ssh2core::tools
