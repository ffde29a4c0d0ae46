#include "tools/sftpd-lite/log/log_format.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "tools/common/version.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/log/local_texts.h"

namespace ssh2core::tools {

namespace {

using Text = const std::string&;

std::string or_minus(std::string text) { return text.empty() ? "-" : text; }

template <class Number>
std::string number_or_minus(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

std::string time_of(const LogMoment& m, const std::string& format) {
  return time_text(std::chrono::system_clock::to_time_t(m.now), format);
}

std::string fraction_of_second(const LogMoment& m, std::int64_t unit) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(m.now.time_since_epoch()).count();
  return std::to_string(micros % 1000000 / unit);
}

std::string last_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? path : name;
}

std::string command(const LogMoment& m, Text) {
  const LogRecord& r = m.record;
  if (r.method == "EXIT") return "";
  return r.arguments.empty() ? r.method : r.method + " " + r.arguments;
}

std::string system_file(const LogMoment& m, Text) {
  return m.record.path.empty() ? "-" : system_path(m.facts, m.record.path);
}

std::string directory(const LogMoment& m, Text) {
  return m.record.directory ? last_name(m.record.path) : or_minus(m.facts.home);
}

std::string transfer_failure(const LogMoment& m, Text) {
  const LogRecord& r = m.record;
  return r.transfer && (r.failed || r.aborted) ? r.response : "-";
}

std::string transfer_status(const LogMoment& m, Text) {
  const LogRecord& r = m.record;
  if (!r.transfer) return "-";
  return r.failed ? "failed" : r.aborted ? "cancelled" : "success";
}

std::string milliseconds(const LogMoment& m, Text) {
  const auto& seconds = m.record.seconds;
  return seconds ? std::to_string(std::lround(*seconds * 1000)) : "-";
}

std::string host_name(const LogMoment& m, Text) {
  std::string name = own_host_name();
  return name.empty() ? m.facts.local_address : name;
}

using Value = std::string (*)(const LogMoment&, Text);
struct Variable {
  std::string_view name;  // a letter, or what stands in braces
  Value value;
};

constexpr auto kVariables = std::to_array<Variable>({
    {"a", [](const LogMoment& m, Text) { return m.facts.address; }},
    {"A", [](const LogMoment&, Text) { return std::string("UNKNOWN"); }},
    {"b", [](const LogMoment& m, Text) { return number_or_minus(m.record.bytes); }},
    {"c", [](const LogMoment& m, Text) { return or_minus(m.facts.class_name); }},
    {"d", directory},
    {"D",
     [](const LogMoment& m, Text) {
       return m.record.directory ? m.record.path : std::string("-");
     }},
    {"E", [](const LogMoment& m, Text) { return or_minus(m.record.end_reason); }},
    {"f", system_file},
    {"F", [](const LogMoment& m, Text) { return or_minus(m.record.path); }},
    {"g", [](const LogMoment& m, Text) { return or_minus(m.facts.group); }},
    {"h", [](const LogMoment& m, Text) { return m.facts.host; }},
    {"H", [](const LogMoment& m, Text) { return m.facts.local_address; }},
    {"I", [](const LogMoment& m, Text) { return std::to_string(m.bytes_in); }},
    {"J", [](const LogMoment& m, Text) { return m.record.arguments; }},
    {"l", [](const LogMoment&, Text) { return std::string("UNKNOWN"); }},
    {"L", [](const LogMoment& m, Text) { return m.facts.local_address; }},
    {"m", [](const LogMoment& m, Text) { return m.record.method; }},
    {"O", [](const LogMoment& m, Text) { return std::to_string(m.bytes_out); }},
    {"p", [](const LogMoment& m, Text) { return std::to_string(m.facts.local_port); }},
    {"P", [](const LogMoment&, Text) { return std::to_string(getpid()); }},
    {"r", command},
    {"R", milliseconds},
    {"s", [](const LogMoment& m, Text) { return or_minus(m.record.status); }},
    {"S", [](const LogMoment& m, Text) { return or_minus(m.record.response); }},
    {"t", [](const LogMoment& m, Text) { return time_of(m, "[%d/%b/%Y:%H:%M:%S %z]"); }},
    {"T",
     [](const LogMoment& m, Text) {
       const LogRecord& r = m.record;
       return r.transfer && r.seconds ? fmt::format("{:.3f}", *r.seconds) : "-";
     }},
    {"u", [](const LogMoment& m, Text) { return or_minus(m.facts.user); }},
    {"U", [](const LogMoment& m, Text) { return or_minus(m.tried_user); }},
    {"v", [](const LogMoment& m, Text) { return or_minus(m.facts.server_name); }},
    {"V", host_name},
    {"w",
     [](const LogMoment& m, Text) {
       return m.record.renamed.empty() ? "-" : system_path(m.facts, m.record.renamed);
     }},
    {"basename",
     [](const LogMoment& m, Text) {
       return m.record.path.empty() ? "-" : last_name(m.record.path);
     }},
    {"epoch",
     [](const LogMoment& m, Text) {
       return std::to_string(std::chrono::system_clock::to_time_t(m.now));
     }},
    {"file-modified",
     [](const LogMoment& m, Text) {
       return std::string(m.record.existed.value_or(false) ? "true" : "false");
     }},
    {"file-offset", [](const LogMoment& m, Text) { return number_or_minus(m.record.offset); }},
    {"file-size", [](const LogMoment& m, Text) { return number_or_minus(m.record.size); }},
    {"gid", [](const LogMoment& m, Text) { return std::to_string(m.facts.gid); }},
    {"iso8601",
     [](const LogMoment& m, Text) {
       return time_of(m, "%Y-%m-%d %H:%M:%S") +
              fmt::format(",{:0>3}", fraction_of_second(m, 1000));
     }},
    {"microsecs",
     [](const LogMoment& m, Text) { return fraction_of_second(m, 1); }},
    {"millisecs",
     [](const LogMoment& m, Text) { return fraction_of_second(m, 1000); }},
    {"protocol", [](const LogMoment& m, Text) { return m.record.protocol; }},
    {"remote-port", [](const LogMoment& m, Text) { return std::to_string(m.facts.port); }},
    {"transfer-failure", transfer_failure},
    {"transfer-millisecs",
     [](const LogMoment& m, Text text) {
       return m.record.transfer ? milliseconds(m, text) : std::string("-");
     }},
    {"transfer-status", transfer_status},
    {"transfer-type",
     [](const LogMoment& m, Text) {
       return std::string(m.record.transfer ? "binary" : "-");
     }},
    {"uid", [](const LogMoment& m, Text) { return std::to_string(m.facts.uid); }},
    {"version",
     [](const LogMoment&, Text) { return fmt::format("sftpd-lite/{}", project_version()); }},
});

/// `%{NAME}e`.
std::string from_environment(const LogMoment&, Text name) {
  const char* value = getenv(name.c_str());
  return or_minus(value == nullptr ? "" : value);
}
/// `%{FORMAT}t` and `%{time:FORMAT}`.
std::string formatted_time(const LogMoment& m, Text format) { return time_of(m, format); }

Value find_variable(std::string_view name) {
  for (const Variable& one : kVariables)
    if (one.name == name) return one.value;
  return nullptr;
}

}  // namespace

std::vector<std::string> LogFormat::variables() {
  std::vector<std::string> names;
  for (const Variable& one : kVariables) names.emplace_back(one.name);
  return names;
}

LogFormat::LogFormat(std::string_view text) {
  while (!text.empty()) {
    const std::size_t percent = std::min(text.find('%'), text.size());
    add_text(text.substr(0, percent));
    text.remove_prefix(percent);
    if (text.empty()) break;
    const std::size_t length = add_variable(text);
    if (length == 0) add_text(text.substr(0, 1));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void LogFormat::add_text(std::string_view text) {
  if (text.empty()) return;
  if (pieces_.empty() || pieces_.back().value != nullptr) pieces_.push_back({});
  pieces_.back().text += text;
}

/// Takes the variable that `rest` begins with; returns its length, 0 when there is none such.
std::size_t LogFormat::add_variable(std::string_view rest) {
  if (rest.starts_with("%%")) {
    add_text("%");
    return 2;
  }
  if (rest.size() < 2) return 0;
  if (rest[1] != '{') {
    const Value value = find_variable(rest.substr(1, 1));
    if (value == nullptr) return 0;
    pieces_.push_back({"", value});
    return 2;
  }
  const std::size_t end = rest.find('}');
  if (end == std::string_view::npos) return 0;
  const std::string inside(rest.substr(2, end - 2));
  if (inside.size() > 1)
    if (const Value value = find_variable(inside)) {
      pieces_.push_back({"", value});
      return end + 1;
    }
  constexpr std::string_view kTime = "time:", kEnvironment = "env:";
  if (inside.starts_with(kTime)) {
    pieces_.push_back({inside.substr(kTime.size()), formatted_time});
    return end + 1;
  }
  if (inside.starts_with(kEnvironment)) {
    pieces_.push_back({inside.substr(kEnvironment.size()), from_environment});
    return end + 1;
  }
  const std::string_view behind = rest.substr(end + 1);
  if (!behind.starts_with('e') && !behind.starts_with('t')) return 0;
  pieces_.push_back({inside, behind[0] == 'e' ? from_environment : formatted_time});
  return end + 2;
}

std::string LogFormat::line(const LogMoment& moment) const {
  std::string line;
  for (const Piece& piece : pieces_)
    line += piece.value == nullptr ? piece.text : printable(piece.value(moment, piece.text));
  return line;
}

}  // namespace ssh2core::tools
