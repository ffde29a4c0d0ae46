#include "tools/sftpd-lite/log/log_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

LogOutput LogOutput::to_file(const std::string& path) {
  io::Descriptor file(
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
  if (!file)
    throw ExitError(kUsage, fmt::format("--log {}: cannot be opened: {}", path, strerror(errno)));
  return to_file(std::move(file));
}

LogOutput LogOutput::to_file(io::Descriptor file) {
  LogOutput output(Target::File, 0);
  output.file_ = std::make_shared<const io::Descriptor>(std::move(file));
  return output;
}

LogOutput LogOutput::to_syslog(int facility, int priority) {
  LogOutput output(Target::Syslog, facility);
  output.priority_ = priority;
  return output;
}

void LogOutput::write(LogLevel level, std::string_view line) const {
  if (target_ == Target::Syslog) {
    constexpr int kPriorities[] = {LOG_DEBUG, LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    syslog(facility_ | priority_.value_or(kPriorities[static_cast<std::size_t>(level)]), "%.*s",
           static_cast<int>(line.size()), line.data());
    return;
  }
  const int fd = target_ == Target::File ? file_->get() : target_ == Target::Stdout ? 1 : 2;
  std::string with_end(line);
  with_end += '\n';
  for (std::string_view rest = with_end; !rest.empty();) {
    const ssize_t count = ::write(fd, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace ssh2core::tools
