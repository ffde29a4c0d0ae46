// The files of a configuration, as the parser asks for them.
#pragma once

#include <set>
#include <string>

#include "config/parser.h"

namespace ssh2core::tools {

/// Files of the system, the environment of this process, and the modules whose directives we know.
config::Sources real_sources(const std::set<std::string>& defines);

}  // namespace ssh2core::tools
