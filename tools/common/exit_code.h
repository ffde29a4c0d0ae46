// How our programs end: the exit codes that scripts rely on.
#pragma once

#include <stdexcept>
#include <string>

namespace ssh2core::tools {

enum ExitCode : int {
  kDone = 0,     // done, nothing to report
  kRefused = 1,  // done and something was found, or the asked-for thing was refused
  kUsage = 2,    // wrong usage or configuration
  kFailed = 3,   // could not be done: unreadable, unreachable, I/O error, time-out
};

/// Ends a program with `code` and one line on stderr. Thrown where a subcommand cannot go on, and
/// caught once, in main(). The text never holds a secret.
struct ExitError final : std::runtime_error {
  ExitError(ExitCode c, const std::string& what) : std::runtime_error(what), code(c) {}
  ExitCode code;
};

}  // namespace ssh2core::tools
