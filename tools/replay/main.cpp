// replay: looks at recorded SSH connections. Here only: which subcommand runs, and how it ends.
#include <fmt/format.h>

#include "tools/common/exit_code.h"
#include "tools/replay/command_line.h"
#include "tools/replay/inspect.h"

int main(int argc, char** argv) {
  using namespace ssh2core::tools;
  try {
    const auto parsed = parse_command_line(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    return run_inspect(std::get<InspectOptions>(parsed));
  } catch (const ExitError& e) {
    fmt::print(stderr, "replay: {}\n", e.what());
    return e.code;
  } catch (const std::exception& e) {
    fmt::print(stderr, "replay: {}\n", e.what());
    return kFailed;
  }
}
