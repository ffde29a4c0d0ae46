#include "tools/sftpd-lite/algorithms/client_rules.h"

#include <algorithm>

#include "libssh2core/server/session.h"

namespace ssh2core::tools {

namespace {

/// The software version: without the protocol's and without comments, as mod_sftp matches it.
std::string software_of(std::string_view line) {
  for (const std::string_view prefix : {"SSH-2.0-", "SSH-1.99-"})
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
  return std::string(line.substr(0, line.find(' ')));
}

void apply(const ClientRule& rule, server::Settings& settings) {
  // What a channel may have to keep is bounded by its window, and a packet by our receive buffer.
  constexpr std::uint32_t kMostWindow = 16U << 20, kMostPacket = 261120;
  if (rule.window_bytes) settings.receive.window = std::min(*rule.window_bytes, kMostWindow);
  if (rule.packet_bytes) settings.receive.max_packet = std::min(*rule.packet_bytes, kMostPacket);
  if (rule.sftp_versions) {
    settings.sftp.min_version = rule.sftp_versions->first;
    settings.sftp.max_version = std::min(settings.sftp.max_version, rule.sftp_versions->second);
  }
  AlgorithmLists& lists = settings.transport.algorithms;
  const auto replace = [](const NameList& from, NameList& to) {
    if (!from.empty()) to = from;
  };
  replace(rule.ciphers, lists.ciphers);
  replace(rule.macs, lists.macs);
  replace(rule.host_keys, lists.host_key);
  replace(rule.kex, lists.kex);
  if (rule.pessimistic_newkeys) settings.transport.newkeys_at_once = !*rule.pessimistic_newkeys;
}

}  // namespace

std::shared_ptr<const server::Settings> settings_for_client(const std::vector<ClientRule>& rules,
                                                            const server::Settings& settings,
                                                            std::string_view identification) {
  std::shared_ptr<server::Settings> own;
  const std::string software = software_of(identification);
  for (const ClientRule& rule : rules) {
    if (!rule.pattern->fits(software)) continue;
    if (!own) own = std::make_shared<server::Settings>(settings);
    apply(rule, *own);
  }
  return own;
}

}  // namespace ssh2core::tools
