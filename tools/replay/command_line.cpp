#include "tools/replay/command_line.h"

#include <CLI/CLI.hpp>

#include "tools/common/exit_code.h"
#include "tools/common/version.h"

namespace ssh2core::tools {
namespace {

constexpr const char* kAbout =
    "Examples:\n"
    "  replay inspect session.pcap                         what can be seen without keys\n"
    "  replay inspect session.pcap --keylog keys.log       every message, in the clear\n"
    "  replay inspect session.pcap --keylog keys.log --jsonl | jq -r "
    "'select(.type==\"OPEN\").path'\n"
    "\n"
    "Looks at recorded SSH connections.";

void add_inspect(CLI::App& app, InspectOptions& options) {
  CLI::App& command = *app.add_subcommand("inspect", "Show every message of a capture");
  command.footer(
      "Passwords are never shown. Exit code: 0 all was decoded, 1 something was not (an object or\n"
      "line with an error says what), 2 wrong usage, 3 the capture cannot be read.");
  command.add_option("CAPTURE", options.capture, "A pcap or pcapng file; - for standard input")
      ->required();
  command
      .add_option("--keylog", options.key_log,
                  "Secrets of the key exchanges, as sftpd-lite --keylog and Wireshark have them")
      ->type_name("FILE");
  const auto choose = [&](const char* flag, InspectOutput output, const char* help) {
    return command.add_flag_callback(flag, [&options, output] { options.output = output; }, help);
  };
  CLI::Option* json = choose("--json", InspectOutput::Json, "Print one JSON document");
  json->excludes(
      choose("--jsonl", InspectOutput::JsonLines, "Print one JSON object a line, as they come"));
}

}  // namespace

std::variant<InspectOptions, int> parse_command_line(int argc, char** argv) {
  CLI::App app{kAbout, "replay"};
  app.set_version_flag("--version", version_text("replay"));
  app.require_subcommand(1);
  InspectOptions options;
  add_inspect(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return options;
}

}  // namespace ssh2core::tools
