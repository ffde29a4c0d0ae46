// SFTPExtensions: which extensions of SFTP are announced and served.
#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

Complaint set_extensions(Words words, Options& options) {
  if (words.empty()) return "needs names of extensions, each with + or - in front of it";
  sftp::ExtensionSwitches switches;  // each line starts from what holds without one
  for (const std::string& word : words) {
    const bool on = word.starts_with('+');
    if (!on && !word.starts_with('-'))
      return fmt::format("'{}' wants + or - in front of it", printable(word));
    const std::string name = word.substr(1);
    const auto row = std::ranges::find_if(sftp::kExtensionSwitches, [&](const auto& one) {
      return equal_without_case(one.name, name);
    });
    if (row == sftp::kExtensionSwitches.end()) {
      std::vector<std::string> known;
      for (const auto& one : sftp::kExtensionSwitches) known.emplace_back(one.name);
      return fmt::format("no extension is called '{}'; the nearest is {}", printable(name),
                         nearest_name(name, known));
    }
    switches.set(row->which, on);
  }
  // As mod_sftp has it, the first line counts; one in a narrower section is another matter.
  if (options.extensions_section == options.section)
    options.warnings.emplace_back("only the first line counts, this one does not");
  else
    options.extensions = switches;
  options.extensions_section = options.section;
  return {};
}

}  // namespace ssh2core::tools
