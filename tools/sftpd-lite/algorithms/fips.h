// FIPS mode of the server: UseFIPS and --fips.
#pragma once

#include <vector>

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// With the option: loads OpenSSL's FIPS provider and takes algorithms that are not approved from
/// the defaults. A fatal finding for each one that was named, and when there is no provider. Call
/// before any algorithm is used.
void apply_fips(Service& service, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
