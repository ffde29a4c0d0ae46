// The directives about records of transfers and requests.
#include <fmt/format.h>
#include <syslog.h>

#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr std::string_view kSyslog = "syslog:";

struct Priority {
  std::string_view name;
  int value;
};
constexpr auto kPriorities = std::to_array<Priority>({{"emerg", LOG_EMERG},
                                                      {"alert", LOG_ALERT},
                                                      {"crit", LOG_CRIT},
                                                      {"error", LOG_ERR},
                                                      {"warn", LOG_WARNING},
                                                      {"notice", LOG_NOTICE},
                                                      {"info", LOG_INFO},
                                                      {"debug", LOG_DEBUG}});

/// A file or `syslog:LEVEL`.
Complaint read_target(const std::string& text, ExtendedLogSetting& setting) {
  setting.path = text;
  if (!text.starts_with(kSyslog)) {
    if (text.starts_with('/')) return {};
    return fmt::format("'{}' is no absolute path", printable(text));
  }
  std::vector<std::string> known;
  const std::string level = text.substr(kSyslog.size());
  for (const Priority& one : kPriorities) {
    if (equal_without_case(one.name, level)) setting.syslog_priority = one.value;
    known.emplace_back(one.name);
  }
  if (setting.syslog_priority) return {};
  return fmt::format("no level of syslog is called '{}'; the nearest is {}", printable(level),
                     nearest_name(level, known));
}

Complaint set_text(Words words, std::string& text) {
  if (words.size() != 1) return "wants one text; with blanks in double quotes";
  text = words[0];
  return {};
}

}  // namespace

Complaint set_extended_log(Words words, Options& options) {
  if (words.empty() || words.size() > 3)
    return "wants a file or syslog:LEVEL, classes such as READ,WRITE, and the name of a LogFormat";
  if (words.size() == 1 && equal_without_case(words[0], "none")) {
    options.records.extended_logs.clear();
    return {};
  }
  ExtendedLogSetting setting{words[0], {}, {}, words.size() > 2 ? words[2] : ""};
  if (auto complaint = read_target(words[0], setting)) return complaint;
  if (words.size() > 1) {
    const auto classes = parse_classes(words[1]);
    if (const auto* why = std::get_if<std::string>(&classes)) return *why;
    setting.classes = std::get<ClassFilter>(classes);
  }
  if (setting.classes.wanted != 0) options.records.extended_logs.push_back(std::move(setting));
  return {};
}

Complaint set_log_format(Words words, Options& options) {
  if (words.size() != 2 || words[0].empty()) return "wants a name and a format in double quotes";
  options.records.log_formats[words[0]] = words[1];
  return {};
}

Complaint set_server_admin(Words words, Options& options) {
  return set_text(words, options.records.server_admin);
}

Complaint set_server_name(Words words, Options& options) {
  return set_text(words, options.records.server_name);
}

Complaint set_transfer_log(Words words, Options& options) {
  if (words.size() != 1 || words[0].empty()) return "wants one file, or none";
  const bool none = equal_without_case(words[0], "none");
  if (!none && !words[0].starts_with('/'))
    return fmt::format("'{}' is no absolute path", printable(words[0]));
  options.records.transfer_log = none ? "" : words[0];
  return {};
}

}  // namespace ssh2core::tools
