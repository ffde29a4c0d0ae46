// What a session tells to programs that it starts: the SFTP_... variables of mod_sftp, and
// SSH_CONNECTION as sshd sets it.
#pragma once

#include <string>

#include "libssh2core/server/events.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// Sets and takes away what SetEnv and UnsetEnv say, for this process.
void apply_variables(const std::vector<VariableSetting>& variables);

/// Passes events on, and keeps the variables of this process as they say.
class SessionEnvironment final : public server::EventSink {
 public:
  /// `socket` is that of the connection; on pipes there is no SSH_CONNECTION.
  SessionEnvironment(server::EventSink& next, int socket);
  void on_event(const server::Event& event) override;
  sftp::Wanted wanted() const override { return next_.wanted(); }

 private:
  server::EventSink& next_;
};

}  // namespace ssh2core::tools
