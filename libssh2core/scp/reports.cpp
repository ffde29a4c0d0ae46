#include "libssh2core/scp/reports.h"

#include "libssh2core/sftp/status.h"

namespace ssh2core::scp {

sftp::FileEvent event_of(sftp::FileOp op, std::string_view path, int error) {
  constexpr sftp::ProtocolVersion kVersion = 3;  // whose codes everybody knows
  sftp::FileEvent event{op, path, {}};
  event.error = error;
  event.status = static_cast<std::uint32_t>(sftp::status_of(error, kVersion));
  return event;
}

std::string failure_text(std::string_view path, int error) {
  return std::string(path).append(": ").append(sftp::error_text(error));
}

void report_complaint(sftp::Observer& observer, const Response& response) {
  constexpr std::size_t kMostText = 256;  // bytes that are told
  observer.on_problem("the SCP client says: " + response.text.substr(0, kMostText));
}

std::string expand_tilde(sftp::FileSystem& files, const Word& word) {
  if (!word.tilde) return word.text;
  const std::size_t end = std::min(word.text.find('/'), word.text.size());
  const auto home = files.home_directory(std::string_view(word.text).substr(1, end - 1));
  return home ? *home + word.text.substr(end) : word.text;
}

void append_name(std::string& path, std::string_view name) {
  if (!path.ends_with('/')) path += '/';
  path += name;
}

}  // namespace ssh2core::scp
