// Everything that serving needs, made and checked once, before the first connection.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libssh2core/server/session.h"
#include "tools/sftpd-lite/access/admission.h"
#include "tools/sftpd-lite/host_keys/key_agent.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/authenticator.h"
#include "tools/sftpd-lite/login/identity.h"
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
  std::shared_ptr<LocalHostKeys> host_keys;
  std::shared_ptr<HostKeyRing> host_key_ring;  // these and those of agents
  std::shared_ptr<Accounts> accounts;
  std::optional<keys::PasswordFile> password_file;  // of --password-file
  std::unique_ptr<FileAuthenticator> authenticator;
  std::shared_ptr<HashGate> gate;  // shared by all hosts and reloads
  std::shared_ptr<const Sandbox> sandbox;
  /// Of the connection that this process serves; the authenticator has it too.
  std::shared_ptr<const Admission*> admission = std::make_shared<const Admission*>(nullptr);
  std::vector<int> connection;  // descriptors of the connection that this process serves
  LogOutputs outputs;
  bool first_json_line = true;
  Account caller;
  std::optional<Account> run_as;  // as root: for users that the system does not know
  /// As root, when only lists of keys that are the same for all users say who may log in: any name
  /// will do, and every session runs as `run_as`.
  bool all_run_as = false;
  /// Printed once, when the password was made for this run: "user NAME password WORD".
  Secret one_off_login;
  bool made_up_host_key = false;  // for this run, neither named nor kept
  /// The host as it is for clients of a <Class>, where <IfClass> says something about it.
  std::map<std::string, std::unique_ptr<Service>> of_class;
  bool is_variant = false;  // it is one of these
};

/// Makes the service for a mode that speaks SSH. Fatal findings: it must not run. Nothing is
/// written but a host key that --state asks for, and that only with `create`.
std::vector<Finding> prepare(Service& service, bool create);
/// The service for clients of a class; itself when no section is about that. Those that are not
/// there yet are made, as for a connection that inetd hands over; what is wrong comes to
/// `findings`.
Service& for_class(Service& service, const std::string& name, std::vector<Finding>& findings);
/// What was made up for this run, a host key or a password, goes over to the same host when its
/// settings are read again, if it makes them up as well.
void take_made_up(Service& service, Service& before);
/// Whether a password would have to be made up, which nobody would see any more.
bool needs_new_login(const Service& service, const Service* before);
/// How SCP is served; what SFTP may not do counts there as well.
scp::Options scp_settings(const Options& options);
/// MaxCommandRate, of one session; nullopt: no limit.
std::optional<sftp::Pace> request_pace_of(const Options& options);
/// Puts into the settings what the options say of a session.
void fill_settings(const Options& options, server::Settings& settings);
/// What they say about SFTP's extensions, for a session without SSH as well.
void fill_extensions(const Options& options, sftp::ServerOptions& sftp);
/// Opens the logs as the mode wants them. Throws ExitError.
void open_logs(Service& service, Mode mode);
}  // namespace ssh2core::tools
