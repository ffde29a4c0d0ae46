// The directives about keys and certificates.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

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

/// ALGORITHM[+ENCODING], as mod_sftp has it: without an encoding base64.
Complaint set_key_fingerprints(Words words, Options& options) {
  using Encoding = FingerprintFormat::Encoding;
  constexpr std::pair<std::string_view, const char*> kDigests[] = {
      {"sha256", "SHA256"}, {"sha1", "SHA1"}, {"md5", "MD5"}};
  constexpr std::pair<std::string_view, Encoding> kEncodings[] = {
      {"base64", Encoding::Base64},
      {"hex", Encoding::Hex},
      {"hex+colon", Encoding::HexWithColons},
      {"hex+colons", Encoding::HexWithColons}};
  constexpr const char* kWanted =
      "wants sha256, sha1 or md5, and behind a + base64, hex or hex+colons";
  if (words.size() != 1) return kWanted;
  const std::string_view word = words[0];
  const std::size_t plus = word.find('+');
  const std::string_view encoding =
      plus == std::string_view::npos ? "base64" : word.substr(plus + 1);
  const auto digest_at = std::ranges::find_if(kDigests, [&](const auto& one) {
    return equal_without_case(one.first, word.substr(0, plus));
  });
  const auto encoding_at = std::ranges::find_if(
      kEncodings, [&](const auto& one) { return equal_without_case(one.first, encoding); });
  if (digest_at == std::end(kDigests) || encoding_at == std::end(kEncodings)) return kWanted;
  options.keys.fingerprints = {digest_at->second, encoding_at->second};
  return {};
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
