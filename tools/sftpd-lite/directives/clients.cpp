// SFTPClientMatch.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr std::uint64_t kMostPacket = 262144;

/// `N`, `NB`, `NKB`, `NMB` or `NGB`; nullopt for anything else and for more than `most`.
std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t most) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = text.substr(digits);
  unsigned shift = 0;
  if (equal_without_case(unit, "KB"))
    shift = 10;
  else if (equal_without_case(unit, "MB"))
    shift = 20;
  else if (equal_without_case(unit, "GB"))
    shift = 30;
  else if (!unit.empty() && !equal_without_case(unit, "B"))
    return std::nullopt;
  const auto number = parse_number(text.substr(0, digits), 1, most >> shift);
  return number ? std::optional(*number << shift) : std::nullopt;
}

Complaint set_packet_size(const std::string& value, ClientRule& rule) {
  const auto size = parse_size(value, kMostPacket);
  if (!size)
    return fmt::format("wants a size from 1 to {}, with B, KB or MB behind it", kMostPacket);
  rule.packet_bytes = static_cast<std::uint32_t>(*size);
  return {};
}

Complaint set_window_size(const std::string& value, ClientRule& rule) {
  // The manual: cut to 32 bits.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  const auto size = parse_size(value, kMost);
  if (!size) return "wants a size, with B, KB, MB or GB behind it";
  rule.window_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(*size, 0xffffffffU));
  return {};
}

Complaint set_versions(const std::string& value, ClientRule& rule) {
  const std::size_t minus = value.find('-');
  const auto least = parse_number(std::string_view(value).substr(0, minus), 1, 6);
  const auto most = minus == std::string::npos
                        ? least
                        : parse_number(std::string_view(value).substr(minus + 1), 1, 6);
  if (!least || !most || *least > *most) return "wants N or N-M with versions from 1 to 6";
  rule.sftp_versions = {static_cast<std::uint32_t>(*least), static_cast<std::uint32_t>(*most)};
  return {};
}

Complaint set_utf8_version(const std::string& value, ClientRule& rule) {
  const auto version = parse_number(value, 1, 6);
  if (!version) return "wants a version from 1 to 6";
  rule.utf8_version = static_cast<std::uint32_t>(*version);
  return {};
}

Complaint set_newkeys(const std::string& value, ClientRule& rule) {
  for (const std::string_view yes : {"on", "yes", "true", "1"})
    if (equal_without_case(value, yes)) rule.pessimistic_newkeys = true;
  for (const std::string_view no : {"off", "no", "false", "0"})
    if (equal_without_case(value, no)) rule.pessimistic_newkeys = false;
  return rule.pessimistic_newkeys ? Complaint() : Complaint("wants on or off");
}

/// A list with commas, by the directive that sets the same for everybody.
template <Complaint (*kSet)(Words, Options&), NameList AlgorithmLists::* kFrom,
          NameList ClientRule::* kTo>
Complaint set_names(const std::string& value, ClientRule& rule) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find(',', begin), value.size());
    if (end > begin) names.push_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  Options scratch;
  Complaint complaint = kSet(names, scratch);
  if (!complaint) rule.*kTo = scratch.transport.algorithms.*kFrom;
  return complaint;
}

struct Key {
  std::string_view name;  // compared with case, as mod_sftp does
  Complaint (*set)(const std::string& value, ClientRule& rule);
};

constexpr auto kKeys = std::to_array<Key>({
    {"channelPacketSize", set_packet_size},
    {"channelWindowSize", set_window_size},
    {"pessimisticNewkeys", set_newkeys},
    {"sftpCiphers", set_names<set_ciphers, &AlgorithmLists::ciphers, &ClientRule::ciphers>},
    {"sftpDigests", set_names<set_digests, &AlgorithmLists::macs, &ClientRule::macs>},
    {"sftpHostKeys", set_names<set_host_keys, &AlgorithmLists::host_key, &ClientRule::host_keys>},
    {"sftpKeyExchanges", set_names<set_key_exchanges, &AlgorithmLists::kex, &ClientRule::kex>},
    {"sftpProtocolVersion", set_versions},
    {"sftpUTF8ProtocolVersion", set_utf8_version},
});

}  // namespace

Complaint set_client_match(Words words, Options& options) {
  if (words.size() < 3 || words.size() % 2 == 0)
    return "wants a regular expression, and behind it pairs of a key and its value";
  ClientRule rule;
  std::string why;
  std::tie(rule.pattern, why) = Pattern::compile(words[0]);
  if (!rule.pattern)
    return fmt::format("'{}' is no POSIX extended regular expression: {}", printable(words[0]),
                       printable(why));
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const auto* const key = std::ranges::find(kKeys, words[i], &Key::name);
    if (key == kKeys.end()) {
      std::vector<std::string> names;
      for (const Key& one : kKeys) names.emplace_back(one.name);
      return fmt::format("no key is called '{}'; the nearest is {}", printable(words[i]),
                         nearest_name(words[i], names));
    }
    if (auto complaint = key->set(words[i + 1], rule))
      return fmt::format("{}: {}", key->name, *complaint);
  }
  // Our KEXINIT has to wait for the client's name then.
  if (rule.chooses_algorithms()) options.transport.kexinit_at_once = false;
  options.client_rules.push_back(std::move(rule));
  return {};
}

}  // namespace ssh2core::tools
