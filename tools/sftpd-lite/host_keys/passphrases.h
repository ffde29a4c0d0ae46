// Where the passphrase of an encrypted host key comes from.
#pragma once

#include <optional>
#include <string>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::tools {

/// Why SFTPPassPhraseProvider cannot be this program: one sentence; empty when it can.
std::string provider_problem(const std::string& program);

/// What `program SERVER KEYFILE` writes to standard output, up to the first line end. Its standard
/// error is ours. It has ten seconds: then it is terminated, and killed if that does not help.
/// nullopt with the reason in `why` when it fails.
std::optional<Secret> passphrase_from(const std::string& program, const std::string& server,
                                      const std::string& key_file, std::string& why);

}  // namespace ssh2core::tools
