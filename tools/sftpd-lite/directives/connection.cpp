// The directives about an SSH connection that is up.
#include <fmt/format.h>

#include "libssh2core/server/environment.h"
#include "libssh2core/transport/traffic_policy.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

Complaint set_accept_env(Words words, Options& options) {
  if (words.empty()) return "needs at least one name; * and ? stand for any characters and one";
  constexpr std::string_view kLegal =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_*?";
  for (const std::string& word : words) {
    if (word.empty() || word.find_first_not_of(kLegal) != std::string::npos)
      return fmt::format("'{}' is no name of a variable", printable(word));
    if (server::is_denied_variable(word))
      return fmt::format("{} may never be set by a client", printable(word));
    options.accepted_variables.push_back(word);
  }
  return {};
}

Complaint set_client_alive(Words words, Options& options) {
  const auto longest = static_cast<std::uint64_t>(kLongestTime.count());
  constexpr std::uint64_t kMostTimes = 1'000'000;
  const auto value = [&](std::size_t index, std::uint64_t most) {
    return words.size() == 2 ? parse_number(words[index], 0, most) : std::nullopt;
  };
  const auto count = value(0, kMostTimes), interval = value(1, longest);
  if (!count || !interval)
    return fmt::format("wants two numbers: COUNT up to {} and SECONDS up to {}; 0: off", kMostTimes,
                       longest);
  options.keepalive_count = static_cast<unsigned>(*count);
  options.keepalive_interval = std::chrono::seconds(*interval);
  return {};
}

Complaint set_traffic_policy(Words words, Options& options) {
  if (words.size() == 1)
    for (const TrafficPolicy& policy : traffic_policies())
      if (equal_without_case(words[0], policy.name)) {
        options.transport.traffic = &policy;
        return {};
      }
  return "wants one word: none, low, medium, high, paranoid or rogaway";
}

}  // namespace ssh2core::tools
