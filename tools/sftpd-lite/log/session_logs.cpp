#include "tools/sftpd-lite/log/session_logs.h"

#include <fmt/format.h>
#include <grp.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/log/log_files.h"
#include "tools/sftpd-lite/log/transfer_log.h"

namespace ssh2core::tools {

namespace {

LogFormat format_of(const Options& options, const ExtendedLogSetting& setting) {
  if (setting.format.empty()) return LogFormat(LogFormat::kDefault);
  const auto at = options.records.log_formats.find(setting.format);
  if (at == options.records.log_formats.end())
    throw ExitError(kUsage, fmt::format("ExtendedLog {}: no LogFormat is called '{}'",
                                        printable(setting.path), printable(setting.format)));
  return LogFormat(at->second);
}

}  // namespace

std::shared_ptr<const RecordOutputs> open_records(const Options& o) {
  auto outputs = std::make_shared<RecordOutputs>();
  outputs->logins = LoginRecords(o.wtmp);
  if (!o.records.transfer_log.empty())
    outputs->transfers = LogOutput::to_file(open_log(o.records.transfer_log, o.allow_log_symlinks));
  for (const ExtendedLogSetting& setting : o.records.extended_logs) {
    const LogFormat format = format_of(o, setting);
    const LogOutput output =
        setting.syslog_priority
            ? LogOutput::to_syslog(o.syslog_facility != 0 ? o.syslog_facility : LOG_AUTH,
                                   *setting.syslog_priority)
            : LogOutput::to_file(open_log(setting.path, o.allow_log_symlinks));
    outputs->extended.push_back({output, setting.classes, format});
  }
  return outputs;
}

sftp::Wanted SessionLogs::wanted() const {
  constexpr LogClasses kLayers = kClassSsh | kClassSftp;  // each request has one of them
  const bool requests = std::ranges::any_of(outputs_.extended, [](const auto& one) {
    return (one.classes.wanted & ~LogClasses{kClassExit}) != 0 &&
           (one.classes.unwanted & kLayers) != kLayers;
  });
  if (requests) return sftp::Wanted::Requests;
  return std::max(outputs_.any() ? sftp::Wanted::Details : sftp::Wanted::Files, next_.wanted());
}

void SessionLogs::entered(std::string user, std::string home, std::string root) {
  facts_.root = std::move(root);
  facts_.user = std::move(user);
  facts_.home = std::move(home);
  facts_.uid = geteuid();
  facts_.gid = getegid();
  const group* entry = getgrgid(facts_.gid);
  facts_.group = entry == nullptr ? std::to_string(facts_.gid) : entry->gr_name;
  outputs_.logins.login(getpid(), facts_.user, facts_.host, facts_.address);
  entered_ = true;
}

void SessionLogs::on_event(const server::Event& event) {
  next_.on_event(event);
  if (const auto* attempt = std::get_if<server::AuthAttempt>(&event)) {
    tried_user_ = attempt->user;
    if (attempt->result == "accepted") facts_.user = attempt->user;
  }
  if (std::holds_alternative<server::SessionClose>(event) && std::exchange(entered_, false))
    outputs_.logins.logout(getpid(), facts_.host, facts_.address);
  const auto* done = std::get_if<server::FileDone>(&event);
  if (done != nullptr && outputs_.transfers) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const std::string line = transfer_line(facts_, *done, now);
    if (!line.empty()) outputs_.transfers.write(LogLevel::Info, line);
  }
  if (outputs_.extended.empty()) return;
  for (const LogRecord& record : records_of(event, facts_)) write(record);
}

void SessionLogs::write(const LogRecord& record) const {
  const LogClasses classes = classes_of(record.method);
  const server::Traffic traffic = traffic_ ? traffic_() : server::Traffic{};
  const LogMoment moment{facts_,     record,      tried_user_,
                         traffic.in, traffic.out, std::chrono::system_clock::now()};
  for (const RecordOutputs::Extended& log : outputs_.extended)
    if (log.classes.takes(classes)) log.output.write(LogLevel::Info, log.format.line(moment));
}

}  // namespace ssh2core::tools
