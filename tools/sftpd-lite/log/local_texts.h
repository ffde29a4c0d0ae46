// Texts about this machine and the time on it, for logs and what clients are shown.
#pragma once

#include <ctime>
#include <string>

namespace ssh2core::tools {

/// The name of this machine; empty when it has none.
std::string own_host_name();
/// A time by a format of strftime(3), at most 255 bytes long; a longer one is empty.
std::string time_text(std::time_t time, const std::string& format, bool utc = false);

}  // namespace ssh2core::tools
