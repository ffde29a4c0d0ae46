#include "tools/sftpd-lite/access/address_patterns.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ssh2core::tools {
namespace {

/// The bytes of an address in network order, 4 or 16; an IPv4 one inside IPv6 is taken out.
std::optional<std::vector<unsigned char>> parse_address(std::string_view text) {
  const std::string terminated(text);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1)
    return std::vector<unsigned char>(bytes.begin(), bytes.begin() + 4);
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
    return std::vector<unsigned char>(bytes.begin() + 12, bytes.end());
  return std::vector<unsigned char>(bytes.begin(), bytes.end());
}

bool in_network(std::string_view network, std::string_view bits_text, std::string_view address) {
  const auto net = parse_address(network), one = parse_address(address);
  if (!net || !one || net->size() != one->size()) return false;
  unsigned bits = 0;
  if (bits_text.empty() || bits_text.size() > 3) return false;
  for (const char c : bits_text) {
    if (c < '0' || c > '9') return false;
    bits = bits * 10 + static_cast<unsigned>(c - '0');
  }
  if (bits > net->size() * 8) return false;
  for (std::size_t i = 0; i < net->size(); ++i) {
    const unsigned left = bits > i * 8 ? std::min(8U, bits - static_cast<unsigned>(i * 8)) : 0;
    const auto mask = static_cast<unsigned char>(0xff00U >> left);
    if ((((*net)[i] ^ (*one)[i]) & mask) != 0) return false;
  }
  return true;
}

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
  const std::size_t slash = pattern.find('/');
  if (slash != std::string_view::npos)
    return in_network(pattern.substr(0, slash), pattern.substr(slash + 1), address);
  const auto one = parse_address(pattern), other = parse_address(address);
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

std::string_view address_of_peer(std::string_view peer) {
  if (peer.starts_with('[')) return peer.substr(1, std::min(peer.find(']'), peer.size()) - 1);
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace ssh2core::tools
