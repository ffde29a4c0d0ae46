// The flags of sftpd-lite.
#pragma once

#include <variant>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// The options, or the exit code when the command line was answered (help, version) or refused; the
/// text is then already printed.
std::variant<Options, int> parse_command_line(int argc, char** argv);

}  // namespace ssh2core::tools
