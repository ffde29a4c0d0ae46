// Where accounts come from, as the options say it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sftpd-lite/configuration/pattern.h"

namespace ssh2core::tools {

/// What may know accounts or check passwords, by the names of ProFTPD's modules: AuthUserFile, the
/// system's accounts, PAM.
enum class AccountSource { File, System, Pam };

/// AuthUserFile or AuthGroupFile: which entries of a file are meant.
struct AccountFile {
  struct Pattern {
    std::shared_ptr<const tools::Pattern> regex;  // null: everything fits
    bool negated = false;
    bool fits(const std::string& text) const {
      return regex == nullptr || regex->fits(text) != negated;
    }
  };
  std::string path;  // empty: no file
  std::uint32_t least_id = 0, most_id = 4294967294;
  Pattern name, home;
};

struct AccountSettings {
  AccountFile users, groups;
  /// AuthOrder; nullopt: file, then the system.
  std::optional<std::vector<AccountSource>> order;
  bool insecure_modes = false;  // AuthFileOptions InsecurePerms
};

}  // namespace ssh2core::tools
