// The directives about times, counts and sizes.
#include <fmt/format.h>

#include <cstdlib>
#include <limits>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

}  // namespace

Complaint set_max_instances(Words words, Options& options) {
  return set_count(words, options.max_connections);
}

Complaint set_max_clients_per_host(Words words, Options& options) {
  return set_count(words, options.max_connections_per_host);
}

Complaint set_max_connection_rate(Words words, Options& options) {
  char* end = nullptr;
  const double rate = words.empty() ? 0 : std::strtod(words[0].c_str(), &end);
  const bool number = end != nullptr && *end == '\0' &&
                      words[0].find_first_not_of("0123456789.") == std::string::npos;
  constexpr double kMostRate = 1e6;
  if (words.size() > 2 || !number || !(rate > 0) || rate > kMostRate)
    return "wants connections a second, a number above 0 and up to 1000000";
  options.rate_limit = rate;
  return {};
}

Complaint set_max_command_rate(Words words, Options& options) {
  constexpr std::uint64_t kMost = 1'000'000;
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    options.requests_per_interval = 0;
    return {};
  }
  const auto longest = static_cast<std::uint64_t>(kLongestTime.count());
  const auto count = words.empty() ? std::nullopt : parse_number(words[0], 1, kMost);
  const auto interval = words.size() == 2 ? parse_number(words[1], 1, longest) : 1;
  if (words.size() > 2 || !count || !interval)
    return "wants a number of requests, and perhaps the seconds in which there may be so many";
  options.requests_per_interval = *count;
  options.request_interval = std::chrono::seconds(*interval);
  return {};
}

Complaint set_timeout_idle(Words words, Options& options) {
  return set_time(words, options.idle_timeout);
}

Complaint set_timeout_login(Words words, Options& options) {
  return set_time(words, options.login_timeout);
}

Complaint set_timeout_no_transfer(Words words, Options& options) {
  return set_time(words, options.no_transfer_timeout);
}

Complaint set_timeout_stalled(Words words, Options& options) {
  return set_time(words, options.stalled_timeout);
}

Complaint set_times_gmt(Words words, Options& options) {
  return set_switch(words, options.times_gmt);
}

/// What a bare `required` means, and how to switch the limits off. The limit of packets stays:
/// behind it sequence numbers would come again under the same keys (RFC 4344 section 3.1).
Complaint set_rekey(Words words, Options& options) {
  RekeyLimits limits;
  limits.packets = options.transport.rekey.packets;
  const bool none = words.size() == 1 && equal_without_case(words[0], "none");
  if (none) {
    limits.bytes = std::numeric_limits<std::uint64_t>::max();
    limits.time = std::chrono::seconds(0);
    options.transport.rekey = limits;
    options.warnings.emplace_back("keys live as long as a session, but for the limit of RFC 4344");
    return {};
  }
  if (words.empty() || words.size() > 4 || !equal_without_case(words[0], "required"))
    return "wants none, or: required [SECONDS [MIB [TIMEOUT]]]";
  const auto longest = static_cast<std::uint64_t>(kLongestTime.count());
  constexpr std::uint64_t kMostMiB = std::uint64_t{1} << 30;
  const auto value = [&](std::size_t index, std::uint64_t most, std::uint64_t otherwise) {
    return words.size() > index ? parse_number(words[index], 1, most) : otherwise;
  };
  const auto time = value(1, longest, 3600), mib = value(2, kMostMiB, 2048);
  const auto patience = value(3, longest, 0);
  if (!time || !patience)
    return fmt::format("wants seconds from 1 to {} for the interval and the time-out", longest);
  if (!mib) return fmt::format("wants a size from 1 to {} MiB", kMostMiB);
  limits.time = std::chrono::seconds(*time);
  limits.bytes = *mib * kMiB;
  limits.patience = std::chrono::seconds(*patience);
  options.transport.rekey = limits;
  return {};
}

}  // namespace ssh2core::tools
