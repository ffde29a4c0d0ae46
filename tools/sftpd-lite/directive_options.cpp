// The words of SFTPOptions, a line each.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directive_setters.h"
#include "tools/sftpd-lite/event_log.h"
#include "tools/sftpd-lite/words.h"

namespace ssh2core::tools {

namespace {

struct OptionWord {
  std::string_view name;  // compared with case, as mod_sftp does
  bool Options::* set;
};

constexpr auto kOptionWords = std::to_array<OptionWord>({
    {"AllowInsecureLogin", &Options::allow_insecure_login},
    {"FIDOTouchRequired", &Options::fido_touch_required},
    {"FIDOVerifyRequired", &Options::fido_verify_required},
});

}  // namespace

Complaint set_options(Words words, Options& options) {
  if (words.empty()) return "needs at least one word";
  for (const std::string& word : words) {
    const auto at = std::ranges::find(kOptionWords, word, &OptionWord::name);
    if (at == kOptionWords.end()) {
      std::vector<std::string> known;
      for (const OptionWord& one : kOptionWords) known.emplace_back(one.name);
      return fmt::format("no option is called '{}'; the nearest is {}", printable(word),
                         nearest_name(word, known));
    }
    options.*at->set = true;
  }
  return {};
}

}  // namespace ssh2core::tools
