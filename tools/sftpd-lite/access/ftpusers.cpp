#include "tools/sftpd-lite/access/ftpusers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "tools/common/files.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMost = std::size_t{1} << 20;

bool has_line(std::string_view text, std::string_view user) {
  bool found = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
    found |= line == user;
  }
  return found;
}

}  // namespace

std::string ftpusers_refusal(const std::string& path, const std::string& user) {
  const auto read = read_file(path, kMost);
  if (const auto* error = std::get_if<FileError>(&read))
    return error->error == ENOENT ? std::string() : error->what + " (UseFtpUsers)";
  const bool named = has_line(std::get<FileContent>(read).text(), user);
  return named ? fmt::format("{} names the user (UseFtpUsers)", path) : std::string();
}

std::string ftpusers_problem(const std::string& path) {
  const auto read = read_file(path, kMost);
  const auto* error = std::get_if<FileError>(&read);
  if (error == nullptr || error->error == ENOENT) return {};
  return fmt::format("UseFtpUsers: nobody can log in: {}; make it readable, or take it away",
                     error->what);
}

}  // namespace ssh2core::tools
