// SFTPClientMatch: settings for clients whose identification fits a regular expression.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libssh2core/wire/bytes.h"
#include "tools/sftpd-lite/configuration/pattern.h"

namespace ssh2core::server {
struct Settings;
}

namespace ssh2core::tools {

/// One SFTPClientMatch; what it does not name stays as it is.
struct ClientRule {
  std::shared_ptr<const Pattern> pattern;
  std::optional<std::uint32_t> packet_bytes, window_bytes;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> sftp_versions;  // least, most
  std::optional<std::uint32_t> utf8_version;  // from which names are UTF-8
  NameList ciphers, macs, host_keys, kex;     // empty: not named
  std::optional<bool> pessimistic_newkeys;
  /// Whether KEXINIT depends on it: it must wait for the client's identification then.
  bool chooses_algorithms() const {
    return !ciphers.empty() || !macs.empty() || !host_keys.empty() || !kex.empty();
  }
};

/// The settings for the client with this identification line; nullptr: no rule fits it. All rules
/// that fit are applied, the later ones over the earlier.
std::shared_ptr<const server::Settings> settings_for_client(const std::vector<ClientRule>& rules,
                                                            const server::Settings& settings,
                                                            std::string_view identification);

}  // namespace ssh2core::tools
