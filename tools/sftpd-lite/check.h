// --check and --print-config.
#pragma once

#include "tools/sftpd-lite/hosts.h"

namespace ssh2core::tools {

/// Lists every finding on stdout. 0: clean, 1: warnings only, 2: something fatal.
int print_check(Hosts& hosts);
/// Prints the effective settings: text, or JSON with --json.
int print_config(Hosts& hosts);

}  // namespace ssh2core::tools
