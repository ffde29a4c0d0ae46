// Events as lines: text for people, JSON for programs (the contract's names).
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "libssh2core/server/events.h"
#include "tools/sftpd-lite/log/log_output.h"
#include "tools/sftpd-lite/log/log_rules.h"

namespace ssh2core::tools {

struct RecordOutputs;  // session_logs.h

/// Where events are written: either may be off.
struct LogOutputs {
  LogOutput text, json, trace;   // trace: text, by its own rules
  std::optional<unsigned> mask;  // of --log-mask: decides in the place of the level
  bool requests = false;         // each request is told, too
  TraceRules traces;
  LogLevel level = LogLevel::Info;  // of the text
  std::shared_ptr<const RecordOutputs> records;
  /// Whether the text has lines of this level and kind.
  bool shows(LogLevel of_line, unsigned bit) const;
};

/// Renders the events of one session. With an empty session id: those of the program itself.
class EventLog final : public server::EventSink {
 public:
  /// `first` is cleared by the first JSON line, which also carries schema, version and start.
  EventLog(const LogOutputs& outputs, std::string session, bool& first)
      : outputs_(outputs), session_(std::move(session)), first_(first) {}
  void on_event(const server::Event& event) override;
  sftp::Wanted wanted() const override;
  /// A `listening` event: host and port of one socket, fingerprints of the host keys.
  void on_listening(const std::string& host, unsigned port, const std::vector<std::string>& keys);
  /// A message of the program, text only.
  void message(LogLevel level, const std::string& text) const;

 private:
  void write_json(nlohmann::ordered_json line);
  void write_text(LogLevel level, unsigned bit, const std::string& text) const;
  std::string line_of(const std::string& text, bool stamp) const;
  const LogOutputs& outputs_;
  std::string session_, peer_;
  bool& first_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// RFC 3339 in UTC with microseconds.
std::string timestamp_now();
/// How many bytes the first character of `text`, which is not empty, has when a terminal only shows
/// it; 0 when it is no UTF-8, or controls something: C0 and C1, line ends, and what turns the
/// direction of writing.
std::size_t shown_bytes(std::string_view text);
/// Control characters and invalid bytes made visible, so that a line stays a line.
std::string printable(std::string_view text);

}  // namespace ssh2core::tools
