// Instants as our JSON has them.
#pragma once

#include <string>

#include "libssh2core/wire/clock.h"

namespace ssh2core::tools {

/// RFC 3339, UTC, microseconds.
std::string instant_text(Clock::Wall time);

}  // namespace ssh2core::tools
