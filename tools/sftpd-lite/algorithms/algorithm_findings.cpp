#include "tools/sftpd-lite/algorithms/algorithm_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"

namespace ssh2core::tools {

namespace {

/// Calls `check` with the row of each name of the list; names without a row were refused before.
void for_each_row(const NameList& names, const auto& table, const auto& check) {
  for (const auto& row : table)
    if (std::ranges::find(names, row.name) != names.end()) check(row);
}

/// Secrets are not taken where they could be read or changed on their way.
void check_insecure_logins(const Options& options, const AlgorithmLists& lists,
                           std::vector<Finding>& findings) {
  if (options.allow_insecure_login) return;
  const auto warn = [&findings](std::string_view directive) {
    findings.push_back(
        {false, fmt::format("{} none: a client under it may use keys only; passwords "
                            "are refused unless `SFTPOptions AllowInsecureLogin`",
                            directive)});
  };
  if (std::ranges::find(lists.ciphers, "none") != lists.ciphers.end()) warn("SFTPCiphers");
  if (std::ranges::find(lists.macs, "none") != lists.macs.end()) warn("SFTPDigests");
}

}  // namespace

void check_algorithms(const Service& service, std::vector<Finding>& findings) {
  const AlgorithmLists& lists = service.settings.transport.algorithms;
  const auto warn = [&findings](std::string_view directive) {
    return [&findings, directive](const auto& row) {
      if (row.offer == Offer::OnRequest)
        findings.push_back({false, fmt::format("{} {}: a weak algorithm, offered only because it "
                                               "is named here",
                                               directive, row.name)});
    };
  };
  const auto demand = [&findings](std::string_view directive, std::string_view cure) {
    return [&findings, directive, cure](const auto& row) {
      if (!is_available(row))
        findings.push_back({true, fmt::format("{} {}: OpenSSL does not have it here; {}", directive,
                                              row.name, cure)});
    };
  };
  for_each_row(lists.ciphers, kCiphers, warn("SFTPCiphers"));
  for_each_row(lists.macs, kMacs, warn("SFTPDigests"));
  for_each_row(lists.kex, kKexMethods, warn("SFTPKeyExchanges"));
  for_each_row(lists.host_key, kSignatures, warn("SFTPHostKeys"));
  for_each_row(service.settings.transport.user_key_algorithms, kSignatures,
               warn("SFTPAuthPublicKeys"));
  check_insecure_logins(service.options, lists, findings);
  for_each_row(lists.ciphers, kCiphers,
               demand("SFTPCiphers", "take it out, or install OpenSSL's legacy provider"));
  for_each_row(lists.macs, kMacs, demand("SFTPDigests", "take it out"));
}

}  // namespace ssh2core::tools
