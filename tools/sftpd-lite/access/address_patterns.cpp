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

}  // namespace

bool address_matches(std::string_view patterns, std::string_view address) {
  bool matched = false;
  while (!patterns.empty()) {
    std::string_view one = patterns.substr(0, patterns.find(','));
    patterns.remove_prefix(std::min(one.size() + 1, patterns.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    const bool negated = one.starts_with('!');
    if (negated) one.remove_prefix(1);
    if (one.empty() || !pattern_matches(one, address)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

}  // namespace ssh2core::tools
