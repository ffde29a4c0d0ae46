// Puts the rules of the settings between a session and its files.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libssh2core/sftp/file_system.h"
#include "tools/sftpd-lite/files/path_rules.h"
#include "tools/sftpd-lite/login/identity.h"

namespace ssh2core::tools {

class Quota;

inline constexpr std::string_view kNoQuotaDirectory =
    "Quota needs a QuotaDirectory, where the server counts what each user keeps";

/// Who a session belongs to that runs as an account.
SessionUser session_user(Visitor visitor, const Account& account);

class FileRules {
 public:
  /// To be made while the process can still see everything: it looks up names and paths, and opens
  /// what it will need.
  FileRules(const FileSettings& settings, SessionUser user);
  ~FileRules();
  /// Why the session must not go on; empty: nothing.
  const std::string& fault() const { return fault_; }
  /// Whether the file system below must be one of resolved paths.
  bool need_resolved_paths() const;
  /// The files under the rules; themselves when there are none. `root` is the directory of this
  /// machine that the client sees as `/`; `told` hears of refusals and must outlive the files.
  /// Once.
  std::unique_ptr<sftp::FileSystem> around(std::unique_ptr<sftp::FileSystem> files,
                                           const std::string& root,
                                           const std::function<void(const std::string&)>& told);

 private:
  bool any_;
  std::unique_ptr<PathRules> rules_;
  std::unique_ptr<Quota> quota_;
  std::string fault_;
};

}  // namespace ssh2core::tools
