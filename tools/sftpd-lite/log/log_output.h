// Where log lines go: a file, stderr, stdout or syslog. One line is one write, so that lines of
// several processes never mix.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

class LogOutput {
 public:
  enum class Target { None, Stderr, Stdout, File, Syslog };
  LogOutput() = default;
  LogOutput(Target target, int facility) : target_(target), facility_(facility) {}
  /// Opens a log file for appending (mode 0640). Throws ExitError (usage) naming the path.
  static LogOutput to_file(const std::string& path);
  static LogOutput to_file(io::Descriptor file);
  /// To the system's log, always with this level.
  static LogOutput to_syslog(int facility, int priority);
  /// Adds the line end. A line that cannot be written is lost: a full disk must not end sessions.
  void write(LogLevel level, std::string_view line) const;
  bool is_syslog() const { return target_ == Target::Syslog; }
  explicit operator bool() const { return target_ != Target::None; }

 private:
  Target target_ = Target::None;
  int facility_ = 0;
  std::optional<int> priority_;  // instead of that of the level
  std::shared_ptr<const io::Descriptor> file_;
};

}  // namespace ssh2core::tools
