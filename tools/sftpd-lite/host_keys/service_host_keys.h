// The host keys of a service: files, agents, the state directory, or one made for this run.
#pragma once

#include <vector>

#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

/// Loads them, unless the service shares another's already, and offers what their certificates
/// allow. `create`: a key that the state directory lacks is written there.
void load_host_keys(Service& service, bool create, std::vector<Finding>& findings);

}  // namespace ssh2core::tools
