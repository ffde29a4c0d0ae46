#include "tools/common/version.h"

#include <openssl/crypto.h>
#include <zlib.h>

namespace ssh2core::tools {

std::string_view project_version() { return SSH2CORE_VERSION; }

std::string version_text(std::string_view program) {
  std::string text(program);
  text.append(" ").append(project_version());
  text.append(" (").append(OpenSSL_version(OPENSSL_VERSION));
  text.append(", zlib ").append(zlibVersion()).append(")");
  return text;
}

}  // namespace ssh2core::tools
