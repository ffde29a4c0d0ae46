// The directives about keys and certificates.
#include <fmt/format.h>

#include "tools/sftpd-lite/directive_setters.h"
#include "tools/sftpd-lite/directive_values.h"
#include "tools/sftpd-lite/event_log.h"
#include "tools/sftpd-lite/words.h"

namespace ssh2core::tools {

namespace {

/// One file, or none.
Complaint read_path(Words words, std::string& path) {
  if (words.size() != 1 || words[0].empty()) return "wants one file, or none";
  path = equal_without_case(words[0], "none") ? "" : words[0];
  return {};
}

}  // namespace

Complaint set_key_blacklist(Words words, Options& options) {
  std::string path;
  if (auto complaint = read_path(words, path)) return complaint;
  options.keys.blacklist = std::move(path);
  return {};
}

Complaint set_revoked_keys(Words words, Options& options) {
  return read_path(words, options.keys.revoked);
}

Complaint set_trusted_user_ca_keys(Words words, Options& options) {
  return read_path(words, options.keys.trusted_cas);
}

Complaint set_host_certificate(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one file";
  options.keys.host_certificates.push_back(words[0]);
  return {};
}

Complaint set_key_limits(Words words, Options& options) {
  if (words.empty() || words.size() % 2 != 0)
    return "wants pairs: MinimumRSASize, MinimumDSASize or MinimumECSize, and a number of bits";
  constexpr std::uint64_t kMost = 16384;
  keys::KeyLimits limits = options.keys.limits;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto bits = parse_number(words[i + 1], 0, kMost);
    if (!bits) return fmt::format("'{}' is no number from 0 to {}", printable(words[i + 1]), kMost);
    const int value = static_cast<int>(*bits);
    if (equal_without_case(words[i], "MinimumRSASize"))
      limits.rsa = value;
    else if (equal_without_case(words[i], "MinimumDSASize"))
      limits.dsa = value;
    else if (equal_without_case(words[i], "MinimumECSize"))
      limits.ec = value;
    else
      return fmt::format(
          "no limit is called '{}'; the nearest is {}", printable(words[i]),
          nearest_name(words[i], {"MinimumRSASize", "MinimumDSASize", "MinimumECSize"}));
  }
  options.keys.limits = limits;
  return {};
}

}  // namespace ssh2core::tools
