// Which keys are not used, whoever has them: too small, weak, revoked. And which CAs are trusted.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "keys/revocation_list.h"
#include "tools/common/mapped_file.h"
#include "tools/sftpd-lite/login/key_settings.h"

namespace ssh2core::tools {

/// Fails closed: a file that cannot be read, at the start or later, refuses every key.
class KeyPolicy {
 public:
  /// Opens the files that the settings name.
  explicit KeyPolicy(KeySettings settings);

  /// What the server should not start with, and what its administrator should know: a sentence
  /// each.
  const std::vector<std::string>& failures() const { return failures_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Why this key, with the certificate around it and the CA that signed it, must not be used: one
  /// sentence, for the log. Empty: it may. The list of revoked keys is read again when it changed.
  std::string refusal(const PublicKey& key);
  /// Does the CA with this key make certificates for users? The file is read again when it changed.
  bool trusts(ByteView ca_key);

 private:
  /// A file that is read again when it is another one.
  struct Watched {
    const char* directive;
    std::string path = {}, problem = {};
    struct stat seen{};
    bool read = false;
  };

  template <class Parse>
  static void refresh(Watched& file, Parse parse);
  std::string weakness(std::string_view plain_type, int bits, ByteView plain_blob) const;
  std::string parse_revoked(ByteView text);
  std::string parse_cas(std::string_view text);
  void open_blacklist();

  KeySettings settings_;
  std::vector<std::string> failures_, warnings_;
  std::optional<MappedFile> blacklist_;
  Watched revoked_file_{"SFTPRevokedKeys"}, ca_file_{"SFTPTrustedUserCAKeys"};
  std::optional<keys::RevocationList> revoked_;
  std::vector<Bytes> cas_;
};

}  // namespace ssh2core::tools
