// What --check and the start say of the algorithms that were chosen.
#pragma once

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// A warning for each name that is never offered unless named, an error for one that OpenSSL does
/// not have on this machine.
void check_algorithms(const Service& service, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
