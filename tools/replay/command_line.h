// The command line of replay.
#pragma once

#include <variant>

#include "tools/replay/inspect.h"

namespace ssh2core::tools {

/// The subcommand's options, or the exit code when all is said (help, version, wrong usage).
std::variant<InspectOptions, int> parse_command_line(int argc, char** argv);

}  // namespace ssh2core::tools
