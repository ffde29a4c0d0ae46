// The directives about logs.
#include <fmt/format.h>
#include <syslog.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr unsigned kMostLevel = 10;

/// A file, or none; empty then.
Complaint read_file_name(Words words, std::string& path) {
  if (words.empty() || words.size() > 1 || words[0].empty()) return "wants one file, or none";
  const bool none = equal_without_case(words[0], "none");
  if (!none && !words[0].starts_with('/'))
    return fmt::format("'{}' is no absolute path", printable(words[0]));
  path = none ? "" : words[0];
  return {};
}

}  // namespace

Complaint set_allow_log_symlinks(Words words, Options& options) {
  return set_switch(words, options.allow_log_symlinks);
}

Complaint set_debug_level(Words words, Options& options) {
  const auto level = words.size() == 1 ? parse_number(words[0], 0, kMostLevel) : std::nullopt;
  if (!level) return fmt::format("wants a number from 0 to {}", kMostLevel);
  constexpr unsigned kEverything = 5;
  options.log_level = *level >= kEverything ? LogLevel::Debug : LogLevel::Info;
  return {};
}

Complaint set_log(Words words, Options& options) {
  std::string path;
  if (auto complaint = read_file_name(words, path)) return complaint;
  options.log_file = options.strict_log_file = path;
  return {};
}

Complaint set_system_log(Words words, Options& options) {
  std::string path;
  if (auto complaint = read_file_name(words, path)) return complaint;
  if (options.log_file.empty()) options.log_file = options.strict_log_file = path;
  return {};
}

Complaint set_syslog_facility(Words words, Options& options) {
  struct Facility {
    std::string_view name;
    int value;
  };
  constexpr std::array<Facility, 19> kNames{{{"AUTH", LOG_AUTH},
                                             {"AUTHPRIV", LOG_AUTHPRIV},
                                             {"CRON", LOG_CRON},
                                             {"DAEMON", LOG_DAEMON},
                                             {"FTP", LOG_FTP},
                                             {"KERN", LOG_KERN},
                                             {"LOCAL0", LOG_LOCAL0},
                                             {"LOCAL1", LOG_LOCAL1},
                                             {"LOCAL2", LOG_LOCAL2},
                                             {"LOCAL3", LOG_LOCAL3},
                                             {"LOCAL4", LOG_LOCAL4},
                                             {"LOCAL5", LOG_LOCAL5},
                                             {"LOCAL6", LOG_LOCAL6},
                                             {"LOCAL7", LOG_LOCAL7},
                                             {"LPR", LOG_LPR},
                                             {"MAIL", LOG_MAIL},
                                             {"NEWS", LOG_NEWS},
                                             {"USER", LOG_USER},
                                             {"UUCP", LOG_UUCP}}};
  std::vector<std::string> known;
  for (const Facility& one : kNames) {
    if (words.size() == 1 && equal_without_case(one.name, words[0])) {
      options.syslog_facility = one.value;
      return {};
    }
    known.emplace_back(one.name);
  }
  if (words.size() != 1) return "wants one name, such as AUTH";
  return fmt::format("no facility is called '{}'; the nearest is {}", printable(words[0]),
                     nearest_name(words[0], known));
}

namespace {

/// `CHANNEL:LEVEL` or `CHANNEL:LEAST-MOST`; the channel alone is returned.
std::optional<std::string> read_trace(std::string_view word, TraceLevels& levels) {
  constexpr std::uint64_t kMostTrace = 1000;
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view level = word.substr(colon + 1);
  std::optional<std::uint64_t> least = 1;
  if (const std::size_t minus = level.find('-'); minus != std::string_view::npos) {
    least = parse_number(level.substr(0, minus), 0, kMostTrace);
    level.remove_prefix(minus + 1);
  }
  const auto most = parse_number(level, 0, kMostTrace);
  if (!least || !most) return std::nullopt;
  levels = {static_cast<unsigned>(*least), static_cast<unsigned>(*most)};
  return std::string(word.substr(0, colon));
}

}  // namespace

Complaint set_trace(Words words, Options& options) {
  if (words.empty()) return "wants channels with their levels, as in ssh2:20 sftp:20";
  TraceRules rules;
  for (const std::string& word : words) {
    if (equal_without_case(word, "session")) continue;
    TraceLevels levels;
    const auto name = read_trace(word, levels);
    if (!name) return fmt::format("'{}' is no CHANNEL:LEVEL", printable(word));
    if (equal_without_case(*name, "DEFAULT"))
      rules = {levels, levels, levels};
    else if (const auto channel = find_trace_channel(*name))
      rules.of(*channel) = levels;
    else
      options.warnings.push_back(
          fmt::format("Trace has no channel '{}' here: there are ssh2, sftp, scp and DEFAULT",
                      printable(*name)));
  }
  options.traces = rules;
  return {};
}

Complaint set_trace_log(Words words, Options& options) {
  return read_file_name(words, options.trace_log);
}

}  // namespace ssh2core::tools
