// LogFormat: what the lines of an ExtendedLog say.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sftpd-lite/log/log_record.h"

namespace ssh2core::tools {

/// What a line is made from.
struct LogMoment {
  const SessionFacts& facts;
  const LogRecord& record;
  std::string tried_user;                     // the name that somebody wants to log in by
  std::uint64_t bytes_in = 0, bytes_out = 0;  // on the wire so far
  std::chrono::system_clock::time_point now;
};

class LogFormat {
 public:
  /// Any text will do: a variable that does not exist stays as it is written. What the variables
  /// say is made printable.
  explicit LogFormat(std::string_view text);
  std::string line(const LogMoment& moment) const;
  /// The format of an ExtendedLog that names none: that of web servers.
  static constexpr std::string_view kDefault = "%h %l %u %t \"%r\" %s %b";
  /// Letters and names of the variables, for documents.
  static std::vector<std::string> variables();

 private:
  struct Piece {
    std::string text;  // as it is; for a variable what stands in its braces
    std::string (*value)(const LogMoment& moment, const std::string& text) = nullptr;
  };
  void add_text(std::string_view text);
  std::size_t add_variable(std::string_view rest);
  std::vector<Piece> pieces_;
};

}  // namespace ssh2core::tools
