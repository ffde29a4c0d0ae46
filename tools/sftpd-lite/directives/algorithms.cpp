// The directives that choose algorithms. Each replaces the whole list and its order.
#include <fmt/format.h>

#include <algorithm>

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// Sets the list to the names, each of which must be a row of the table, offered by default or not.
Complaint set_list(Words names, const auto& table, std::string_view what, NameList& list) {
  if (names.empty()) return fmt::format("needs at least one {}", what);
  std::vector<std::string> known;
  known.reserve(table.size());
  for (const auto& row : table) known.emplace_back(row.name);
  NameList chosen;
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) == known.end())
      return fmt::format("no {} is called '{}'; the nearest is {}", what, printable(name),
                         nearest_name(name, known));
    if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
  }
  list = std::move(chosen);
  return {};
}

/// Plain keys and certificates; those in FIDO tokens are for users.
std::vector<SignatureEntry> key_rows(bool users) {
  std::vector<SignatureEntry> rows(kSignatures.begin(), kSignatures.end());
  rows.insert(rows.end(), kCertificates.begin(), kCertificates.end());
  if (!users) std::erase_if(rows, [](const SignatureEntry& row) { return row.security_key; });
  return rows;
}

}  // namespace

Complaint set_ciphers(Words names, Options& options) {
  return set_list(names, kCiphers, "cipher", options.transport.algorithms.ciphers);
}

Complaint set_dh_param_file(Words words, Options& options) {
  if (words.size() != 1 || words.front().empty()) return "wants one word: the file";
  options.dh_param_file = words.front();
  return {};
}

Complaint set_digests(Words names, Options& options) {
  return set_list(names, kMacs, "MAC", options.transport.algorithms.macs);
}

Complaint set_key_exchanges(Words names, Options& options) {
  return set_list(names, kKexMethods, "key exchange method", options.transport.algorithms.kex);
}

Complaint set_host_keys(Words names, Options& options) {
  return set_list(names, key_rows(false), "host key algorithm",
                  options.transport.algorithms.host_key);
}

Complaint set_auth_public_keys(Words names, Options& options) {
  return set_list(names, key_rows(true), "signature algorithm",
                  options.transport.user_key_algorithms);
}

Complaint set_compression(Words words, Options& options) {
  const std::string value = words.size() == 1 ? words.front() : "";
  NameList& list = options.transport.algorithms.compression;
  if (equal_without_case(value, "on"))
    list = {"zlib@openssh.com", "zlib", "none"};
  else if (equal_without_case(value, "delayed"))
    list = {"zlib@openssh.com", "none"};
  else if (equal_without_case(value, "off"))
    list = {"none"};
  else
    return "wants one word: off, on or delayed";
  return {};
}

}  // namespace ssh2core::tools
