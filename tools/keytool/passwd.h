// `keytool passwd`: lines for a password file.
#pragma once

#include <string>

#include "tools/common/secret_input.h"

namespace ssh2core::tools {

struct PasswdOptions {
  std::string user;
  std::string file;  // empty: print the line
  SecretSource source;
};

/// Does it and returns what belongs on stdout. Throws ExitError.
std::string run_passwd(const PasswdOptions& options);

}  // namespace ssh2core::tools
