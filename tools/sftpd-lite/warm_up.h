// Work that every connection would repeat, done once before the first fork.
#pragma once

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// Fetches each offered algorithm once: the processes that are forked later find them in memory.
void warm_up(const Service& service);

}  // namespace ssh2core::tools
