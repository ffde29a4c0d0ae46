// Everything that serving needs, made and checked once, before the first connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/server/session.h"
#include "tools/sftpd-lite/authenticator.h"
#include "tools/sftpd-lite/event_log.h"
#include "tools/sftpd-lite/identity.h"
#include "tools/sftpd-lite/key_agent.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// Something about the settings that the administrator should know.
struct Finding {
  bool fatal;
  std::string text;  // one sentence: what, where, what to do
};

struct Service {
  explicit Service(const Options& o) : options(o), caller(own_account()) {}
  Options options;
  server::Settings settings;
  std::string root;  // absolute path of the directory that clients see as `/`
  std::unique_ptr<LocalHostKeys> host_keys;
  std::unique_ptr<HostKeyRing> host_key_ring;  // these and those of agents
  std::unique_ptr<FileAuthenticator> authenticator;
  LogOutputs outputs;
  bool first_json_line = true;
  Account caller;
  std::optional<Account> run_as;  // as root: for users that the system does not know
  /// As root, when only lists of keys that are the same for all users say who may log in: any name
  /// will do, and every session runs as `run_as`.
  bool all_run_as = false;
  /// Printed once, when the password was made for this run: "user NAME password WORD".
  Secret one_off_login;
};

/// Makes the service for a mode that speaks SSH. Fatal findings: it must not run. Nothing is
/// written but a host key that --state asks for, and that only with `create`.
std::vector<Finding> prepare(Service& service, bool create);
/// Opens the logs as the mode wants them. Throws ExitError.
void open_logs(Service& service, Mode mode);
/// The files of a user that has logged in; as root the process becomes that user first. nullptr
/// with the reason in `why`.
std::unique_ptr<sftp::FileSystem> open_files(const Service& service, const std::string& user,
                                             std::string& why);

}  // namespace ssh2core::tools
