// Where log lines go: a file, stderr, stdout or syslog. One line is one write, so that lines of
// several processes never mix.
#pragma once

#include <string>
#include <string_view>

#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

class LogOutput {
 public:
  enum class Target { None, Stderr, Stdout, File, Syslog };
  LogOutput() = default;
  LogOutput(Target target, int facility) : target_(target), facility_(facility) {}
  /// Opens a log file for appending (mode 0640). Throws ExitError (usage) naming the path.
  static LogOutput to_file(const std::string& path);
  /// Adds the line end. A line that cannot be written is lost: a full disk must not end sessions.
  void write(LogLevel level, std::string_view line) const;
  bool to_syslog() const { return target_ == Target::Syslog; }
  explicit operator bool() const { return target_ != Target::None; }

 private:
  Target target_ = Target::None;
  int facility_ = 0, fd_ = -1;
};

}  // namespace ssh2core::tools
