// What the directives about keys say: SFTPKeyBlacklist, SFTPKeyLimits, SFTPTrustedUserCAKeys,
// SFTPRevokedKeys, SFTPHostCertificate, SFTPKeyFingerprints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keys/key_limits.h"
#include "libssh2core/crypto/fingerprint.h"

namespace ssh2core::tools {

/// Where Debian's ProFTPD has its list of weak keys.
inline constexpr const char* kDefaultBlacklist = "/etc/proftpd/blacklist.dat";

struct KeySettings {
  /// Not set: kDefaultBlacklist, if it is there. Empty: none.
  std::optional<std::string> blacklist;
  keys::KeyLimits limits;
  std::string trusted_cas, revoked;  // files; empty: none
  std::vector<std::string> host_certificates;
  FingerprintFormat fingerprints = {};  // in the log and in events
};

}  // namespace ssh2core::tools
