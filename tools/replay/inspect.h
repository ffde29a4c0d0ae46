// `replay inspect`: every message of a capture.
#pragma once

#include <string>

namespace ssh2core::tools {

enum class InspectOutput { Text, Json, JsonLines };

struct InspectOptions {
  std::string capture;  // path; "-": standard input
  std::string key_log;  // path; empty: none
  InspectOutput output = InspectOutput::Text;
};

/// Prints to stdout as the capture is read, and returns the exit code: kRefused when something
/// could not be decoded. Throws ExitError when a file cannot be read.
int run_inspect(const InspectOptions& options);

}  // namespace ssh2core::tools
