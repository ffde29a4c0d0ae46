#include "tools/sftpd-lite/log/transfer_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

/// One word: what is no text, and blanks, become `_`.
std::string to_word(std::string_view text) {
  std::string word;
  while (!text.empty()) {
    const std::size_t shown = shown_bytes(text);
    if (shown == 0 || text[0] == ' ')
      word += '_';
    else
      word += text.substr(0, shown);
    text.remove_prefix(std::max<std::size_t>(shown, 1));
  }
  return word.empty() ? "-" : word;
}

/// As asctime(3) has it, without the line end: "Sat Nov 21 18:02:44 2026".
std::string date_text(std::time_t now) {
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts)};
}

char direction_of(const server::FileDone& done) {
  if (done.op == "read") return 'o';
  if (done.op == "write") return 'i';
  return done.op == "remove" && done.status == 0 ? 'd' : '\0';
}

}  // namespace

std::string transfer_line(const SessionFacts& facts, const server::FileDone& done,
                          std::time_t now) {
  const char direction = direction_of(done);
  if (direction == '\0') return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(done.time).count();
  const std::uint64_t bytes = direction == 'd' ? done.size.value_or(0) : done.bytes;
  const bool complete = !done.aborted && done.status == 0;
  return fmt::format(
      "{} {} {} {} {} b _ {} r {} {} 0 * {}", date_text(now), seconds, to_word(facts.host), bytes,
      to_word(system_path(facts, done.path)), direction, to_word(facts.user),
      done.protocol == server::FileProtocol::Scp ? "scp" : "sftp", complete ? 'c' : 'i');
}

}  // namespace ssh2core::tools
