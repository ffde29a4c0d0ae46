#include "tools/sftpd-lite/access/address_patterns.h"

#include <algorithm>

#include "tools/sftpd-lite/access/address_rules.h"

namespace ssh2core::tools {
namespace {

/// `*` and `?`, without going back more than once: no pattern takes long.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool pattern_matches(std::string_view pattern, std::string_view address) {
  const auto other = parse_address(address);
  if (pattern.find('/') != std::string_view::npos) {
    const auto network = parse_network(pattern);
    return network && other && network->holds(*other);
  }
  const auto one = parse_address(pattern);
  return (one && other && *one == *other) || fits(pattern, address);
}

/// Takes the first pattern off the list, without blanks around it.
std::string_view take_pattern(std::string_view& patterns) {
  std::string_view one = patterns.substr(0, patterns.find(','));
  patterns.remove_prefix(std::min(one.size() + 1, patterns.size()));
  while (one.starts_with(' ')) one.remove_prefix(1);
  while (one.ends_with(' ')) one.remove_suffix(1);
  return one;
}

/// Whether an address could fit: digits and dots; or hexadecimal digits, with colons or as the
/// begin of some.
bool is_for_addresses(std::string_view pattern) {
  if (parse_address(pattern) || pattern.find('/') != std::string_view::npos) return true;
  const auto only = [pattern](std::string_view characters) {
    return pattern.find_first_not_of(characters) == std::string_view::npos;
  };
  if (only("0123456789.*?")) return true;
  const bool begins = pattern.find_first_of(":*?") != std::string_view::npos;
  const bool dotted = pattern.find('.') != std::string_view::npos;
  const bool colons = pattern.find(':') != std::string_view::npos;
  return begins && only("0123456789abcdefABCDEF:.*?") && (colons || !dotted);
}

}  // namespace

bool address_matches(std::string_view patterns, std::string_view address) {
  bool matched = false;
  while (!patterns.empty()) {
    std::string_view one = take_pattern(patterns);
    const bool negated = one.starts_with('!');
    if (negated) one.remove_prefix(1);
    if (one.empty() || !pattern_matches(one, address)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

std::optional<std::string> host_name_in(std::string_view patterns) {
  while (!patterns.empty()) {
    const std::string_view one = take_pattern(patterns);
    const std::string_view pattern = one.substr(one.starts_with('!') ? 1 : 0);
    if (!pattern.empty() && !is_for_addresses(pattern)) return std::string(one);
  }
  return std::nullopt;
}

}  // namespace ssh2core::tools
