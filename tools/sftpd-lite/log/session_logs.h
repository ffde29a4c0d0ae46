// TransferLog and ExtendedLog of a session.
#pragma once

#include <memory>
#include <vector>

#include "libssh2core/server/session.h"
#include "tools/sftpd-lite/log/log_classes.h"
#include "tools/sftpd-lite/log/log_format.h"
#include "tools/sftpd-lite/log/log_output.h"
#include "tools/sftpd-lite/log/login_records.h"

namespace ssh2core::tools {

/// Where a host's transfers and requests are written; opened before any session, and shared by
/// them.
struct RecordOutputs {
  struct Extended {
    LogOutput output;
    ClassFilter classes;
    LogFormat format;
  };
  LogOutput transfers;
  std::vector<Extended> extended;
  LoginRecords logins;
  bool any() const { return transfers || !extended.empty(); }
};

/// Opens what the options name. Throws ExitError.
std::shared_ptr<const RecordOutputs> open_records(const Options& options);

/// Passes events on, and writes the records of a session.
class SessionLogs final : public server::EventSink {
 public:
  /// `outputs` and `next` must outlive it.
  SessionLogs(const RecordOutputs& outputs, server::EventSink& next, SessionFacts facts)
      : outputs_(outputs), next_(next), facts_(std::move(facts)) {}
  void on_event(const server::Event& event) override;
  sftp::Wanted wanted() const override;
  /// The user has logged in, and sees the directory `root` as `/`.
  void entered(std::string user, std::string home, std::string root);
  const SessionFacts& facts() const { return facts_; }
  /// Says the bytes on the wire; must be valid as long as events come.
  void set_traffic(std::function<server::Traffic()> traffic) { traffic_ = std::move(traffic); }

 private:
  void write(const LogRecord& record) const;

  const RecordOutputs& outputs_;
  server::EventSink& next_;
  SessionFacts facts_;
  std::string tried_user_;
  bool entered_ = false;
  std::function<server::Traffic()> traffic_;
};

}  // namespace ssh2core::tools
