// What `--version` prints.
#pragma once

#include <string>
#include <string_view>

namespace ssh2core::tools {

/// The project's version ("0.1.0").
std::string_view project_version();
/// "PROGRAM 0.1.0 (OpenSSL 3.0.22 ..., zlib 1.2.13)", naming the libraries that run, not those that
/// it was built with. No line end.
std::string version_text(std::string_view program);

}  // namespace ssh2core::tools
