// What a connection came to, for the listener: passed on as the exit code of its process.
#pragma once

#include "libssh2core/server/events.h"
#include "tools/sftpd-lite/access/penalties.h"

namespace ssh2core::tools {

/// Listens to a session's events on their way.
class LoginOutcome final : public server::EventSink {
 public:
  explicit LoginOutcome(server::EventSink& next) : next_(next) {}
  void on_event(const server::Event& event) override;
  sftp::Wanted wanted() const override { return next_.wanted(); }
  /// What the client has done wrong so far.
  Offence offence() const;

 private:
  server::EventSink& next_;
  bool logged_in_ = false, failed_ = false, late_ = false;
};

/// Exit codes of a connection's process, beside those of programs.
int exit_code_of(Offence offence);
/// None for any other status of waitpid(2).
Offence offence_of_status(int status);

}  // namespace ssh2core::tools
