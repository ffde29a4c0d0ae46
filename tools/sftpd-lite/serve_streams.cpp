// SFTP or SCP alone on standard input and output: somebody else has spoken SSH, and let the user
// in.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "libssh2core/crypto/system_random.h"
#include "libssh2core/io/posix_file_system.h"
#include "libssh2core/io/pump.h"
#include "libssh2core/io/system_clock.h"
#include "libssh2core/server/scp_channel.h"
#include "libssh2core/server/scp_session.h"
#include "libssh2core/server/subsystem.h"
#include "libssh2core/sftp/request_names.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/files/file_rules.h"
#include "tools/sftpd-lite/files/session_files.h"
#include "tools/sftpd-lite/serve.h"

namespace ssh2core::tools {

namespace {

/// The directory of -d: %u is the user, %d and %h are its home, %% a percent sign.
std::string expand_start(const std::string& pattern, const Account& account) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] != '%') {
      path += pattern[i];
      continue;
    }
    ++i;
    if (next == 'u')
      path += account.name;
    else if (next == 'd' || next == 'h')
      path += account.home;
    else if (next == '%')
      path += '%';
    else
      throw ExitError(kUsage, fmt::format("-d {}: only %u, %d, %h and %% are expanded", pattern));
  }
  return path;
}

/// The files as the caller has them, from where -d says. From then on the sandbox holds.
std::unique_ptr<sftp::FileSystem> open_own_files(const Service& service, EventLog& log) {
  const Options& o = service.options;
  const std::string start = expand_start(o.start_directory, service.caller);
  if (!start.empty() && chdir(start.c_str()) != 0)
    throw ExitError(kUsage, fmt::format("-d {}: {}", start, strerror(errno)));
  if (o.umask_bits) umask(*o.umask_bits);
  io::PosixFileSystemOptions files;
  files.read_only = o.read_only;
  Visitor visitor;
  visitor.user = service.caller.name;
  if (o.files.any()) visitor.groups = Accounts(o.accounts).groups_of(service.caller.name);
  FileRules rules(o.files, session_user(std::move(visitor), service.caller));
  if (!rules.fault().empty()) throw ExitError(kUsage, rules.fault());
  files.resolved_paths = rules.need_resolved_paths();
  const auto refused = [&log](const std::string& what) { log.on_event(server::Problem{what}); };
  if (o.root) {
    files.root = *o.root;
  } else if (char* here = get_current_dir_name()) {
    files.home = here;
    free(here);
  }
  char resolved[PATH_MAX];
  if (files.root != "/" && realpath(files.root.c_str(), resolved) != nullptr) files.root = resolved;
  const auto told = [&log](LogLevel level, const std::string& text) { log.message(level, text); };
  if (const std::string why = enter_sandbox(o, Sandbox(), {files.root, o.read_only, false}, told);
      !why.empty())
    throw ExitError(kUsage, why);
  try {
    return rules.around(io::make_posix_file_system(files), files.root, refused);
  } catch (const std::system_error& e) {
    throw ExitError(kUsage, e.what());
  }
}

sftp::ServerOptions sftp_options(const Service& service) {
  const Options& o = service.options;
  sftp::ServerOptions options = service.settings.sftp;
  fill_extensions(o, options);
  options.read_only = o.read_only;
  options.refused_requests = o.denied_requests;
  if (o.allowed_requests)
    for (const std::string& name : sftp::all_requests_but(*o.allowed_requests))
      options.refused_requests.push_back(name);
  return options;
}

}  // namespace

int serve_subsystem(Service& service) {
  const io::SystemClock clock;
  SystemRandom random;
  EventLog log(service.outputs, new_session_id(random), service.first_json_line);
  const auto files = open_own_files(service, log);
  sftp::ServerOptions options = sftp_options(service);
  std::optional<sftp::Pace> pace = request_pace_of(service.options);
  options.request_pace = pace ? &*pace : nullptr;
  server::SubsystemSession session(*files, log, clock, random, options);
  return io::pump(session, 0, 1, clock, stop_requested) == io::PumpEnd::Failed ? kFailed : kDone;
}

int serve_scp(Service& service) {
  const io::SystemClock clock;
  SystemRandom random;
  EventLog log(service.outputs, new_session_id(random), service.first_json_line);
  const auto files = open_own_files(service, log);
  sftp::TranslatedFiles translated(*files, service.settings.sftp.names);
  server::ScpSession session(
      translated, log, clock, *service.options.scp,
      server::scp_options(scp_settings(service.options), sftp_options(service)));
  if (io::pump(session, 0, 1, clock, stop_requested) == io::PumpEnd::Failed) return kFailed;
  return session.exit_status() == 0 ? kDone : kRefused;
}

}  // namespace ssh2core::tools
