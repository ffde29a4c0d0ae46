// The directives about who may connect at all, by address and by what it has done before.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// Adds networks; `none` alone empties the list.
Complaint add_networks(Words words, std::vector<Network>& networks) {
  if (words.empty()) return "wants at least one address";
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    networks.clear();
    return {};
  }
  std::vector<Network> added = networks;
  for (const std::string& word : words) {
    const auto network = parse_network(word);
    if (!network) return fmt::format("'{}': an address wanted, {}", printable(word), kNetworkForms);
    added.push_back(*network);
  }
  networks = std::move(added);
  return {};
}

}  // namespace

Complaint set_allow_from(Words words, Options& options) {
  return add_networks(words, options.addresses.allowed);
}

Complaint set_deny_from(Words words, Options& options) {
  return add_networks(words, options.addresses.denied);
}

Complaint set_proxy_from(Words words, Options& options) {
  return add_networks(words, options.proxies);
}

Complaint set_penalty_exempt_list(Words words, Options& options) {
  return add_networks(words, options.penalties.exempt);
}

Complaint set_connection_penalty(Words words, Options& options) {
  constexpr std::uint64_t kMostConnections = 1000;
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    options.penalties.connections = 0;
    return {};
  }
  const auto count = words.size() == 3 ? parse_number(words[0], 1, kMostConnections) : std::nullopt;
  const auto window = count ? parse_time(words[1]) : std::nullopt;
  const auto block = count ? parse_time(words[2]) : std::nullopt;
  if (!window || !block || window->count() == 0 || block->count() == 0)
    return fmt::format(
        "wants none, or connections (1 to {}), the time in which they come, and the time of the "
        "block: 5 30 600",
        kMostConnections);
  options.penalties.connections = static_cast<std::size_t>(*count);
  options.penalties.window = *window;
  options.penalties.block = *block;
  return {};
}

Complaint set_per_source_penalties(Words words, Options& options) {
  PenaltySettings read = options.penalties;
  if (words.empty()) return "wants on, off, or words like authfail:5s";
  const std::vector<std::string> names{"authfail", "noauth", "crash",      "grace-exceeded",
                                       "min",      "max",    "max-sources"};
  const std::vector<std::chrono::seconds*> times{&read.auth_failed, &read.no_attempt,
                                                 &read.crash,       &read.grace_exceeded,
                                                 &read.least,       &read.most};
  read.on = true;
  for (const std::string& word : words) {
    bool on = false;
    if (words.size() == 1 && !set_switch(words, on)) {
      read.on = on;
      break;
    }
    const std::size_t colon = word.find(':');
    const std::string name = word.substr(0, colon);
    const auto at = std::ranges::find(names, name);
    if (at == names.end() || colon == std::string::npos)
      return fmt::format("no penalty is called '{}'; the nearest is {}:", printable(name),
                         nearest_name(name, names));
    const std::string value = word.substr(colon + 1);
    if (at == names.end() - 1) {
      const auto count = parse_number(value, 1, 1'000'000);
      if (!count) return fmt::format("{}: wants a number from 1 to 1000000", name);
      read.max_sources = static_cast<std::size_t>(*count);
      continue;
    }
    const auto time = parse_time(value);
    if (!time) return fmt::format("{}: wants a time, like 90s or 5m", name);
    *times[static_cast<std::size_t>(at - names.begin())] = *time;
  }
  if (read.least > read.most) return "min is more than max";
  options.penalties = std::move(read);
  return {};
}

/// `START[:RATE:FULL]`, as sshd has it.
Complaint set_max_startups(Words words, Options& options) {
  constexpr const char* kForm =
      "wants none, or START:RATE:FULL: from how many connections on how many percent are refused, "
      "and where all are: 10:30:100";
  constexpr std::uint64_t kMost = 1'000'000;
  if (words.size() != 1) return kForm;
  if (equal_without_case(words[0], "none")) {
    options.startups.start = 0;
    return {};
  }
  const std::string& text = words[0];
  const std::size_t first = text.find(':'), second = text.find(':', first + 1);
  const auto start = parse_number(text.substr(0, first), 1, kMost);
  if (!start) return kForm;
  std::optional<std::uint64_t> rate = 100, full = start;  // one number: none beyond it
  if (first != std::string::npos) {
    if (second == std::string::npos) return kForm;
    rate = parse_number(text.substr(first + 1, second - first - 1), 1, 100);
    full = parse_number(text.substr(second + 1), *start, kMost);
  }
  if (!rate || !full) return kForm;
  options.startups.start = static_cast<std::size_t>(*start);
  options.startups.rate = static_cast<std::size_t>(*rate);
  options.startups.full = static_cast<std::size_t>(*full);
  return {};
}

Complaint set_per_source_max_startups(Words words, Options& options) {
  std::size_t count = 0;
  if (words.size() != 1) return "wants a number, or none";
  if (auto complaint = set_count(words, count)) return complaint;
  options.startups.per_source = count;
  return {};
}

/// `BITS4[:BITS6]`.
Complaint set_per_source_net_block_size(Words words, Options& options) {
  const std::string text = words.size() == 1 ? words[0] : "";
  const std::size_t colon = text.find(':');
  const auto four = parse_number(text.substr(0, colon), 1, 32);
  const auto six = colon == std::string::npos ? std::optional<std::uint64_t>(128)
                                              : parse_number(text.substr(colon + 1), 1, 128);
  if (!four || !six)
    return "wants bits of an IPv4 address, and behind a colon of an IPv6 one: 32:128";
  options.penalties.bits4 = static_cast<unsigned>(*four);
  options.penalties.bits6 = static_cast<unsigned>(*six);
  return {};
}

}  // namespace ssh2core::tools
