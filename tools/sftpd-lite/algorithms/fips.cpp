#include "tools/sftpd-lite/algorithms/fips.h"

#include <fmt/format.h>

#include <string_view>

#include "libssh2core/crypto/fips.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

namespace {

bool is_approved(const std::string& name) {
  const FipsEntry* entry = find_fips_entry(name);
  return entry != nullptr && entry->approved;
}

/// A list that nobody set loses what is not approved; in one that was set that is a mistake.
void keep_approved(NameList& names, const NameList& defaults, std::string_view directive,
                   std::vector<Finding>& findings) {
  if (names == defaults) {
    std::erase_if(names, [](const std::string& name) { return !is_approved(name); });
    return;
  }
  for (const std::string& name : names) {
    if (is_approved(name)) continue;
    const FipsEntry* entry = find_fips_entry(name);
    findings.push_back({true, fmt::format("{} {}: not in FIPS mode: {}; leave it out", directive,
                                          name, entry == nullptr ? "not approved" : entry->why)});
  }
}

}  // namespace

Complaint set_use_fips(Words words, Options& options) {
  if (words.size() != 1) return "wants on or off";
  options.fips = equal_without_case(words[0], "on");
  if (!options.fips && !equal_without_case(words[0], "off")) return "wants on or off";
  return {};
}

void apply_fips(Service& service, std::vector<Finding>& findings) {
  if (!service.options.fips) return;
  if (const auto why = enable_fips()) findings.push_back({true, "UseFIPS: " + *why});
  TransportSettings& transport = service.settings.transport;
  AlgorithmLists& lists = transport.algorithms;
  const AlgorithmLists defaults = AlgorithmLists::defaults();
  keep_approved(lists.kex, defaults.kex, "SFTPKeyExchanges", findings);
  keep_approved(lists.host_key, defaults.host_key, "SFTPHostKeys", findings);
  keep_approved(lists.ciphers, defaults.ciphers, "SFTPCiphers", findings);
  keep_approved(lists.macs, defaults.macs, "SFTPDigests", findings);
  keep_approved(transport.user_key_algorithms, TransportSettings{}.user_key_algorithms,
                "SFTPAuthPublicKeys", findings);
}

}  // namespace ssh2core::tools
