// Descriptors that whoever started us left open.
#pragma once

#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// Closes every descriptor from 3 on but those that are to be listened on (LISTEN_FDS, fd:N), so
/// that no session has what it should not.
void close_inherited(const Options& options);

}  // namespace ssh2core::tools
