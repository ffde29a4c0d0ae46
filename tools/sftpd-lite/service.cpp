#include "tools/sftpd-lite/service.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "libssh2core/crypto/system_random.h"
#include "libssh2core/io/charsets.h"
#include "tools/common/exit_code.h"
#include "tools/common/files.h"
#include "tools/common/version.h"
#include "tools/sftpd-lite/algorithms/algorithm_findings.h"
#include "tools/sftpd-lite/algorithms/dh_groups_file.h"
#include "tools/sftpd-lite/algorithms/fips.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/files/session_files.h"
#include "tools/sftpd-lite/host_keys/service_host_keys.h"
#include "tools/sftpd-lite/log/log_files.h"
#include "tools/sftpd-lite/log/session_logs.h"
#include "tools/sftpd-lite/login/banner.h"
#include "tools/sftpd-lite/login/credentials.h"

namespace ssh2core::tools {

namespace {

bool is_root() { return geteuid() == 0; }

void check_identity(Service& service, std::vector<Finding>& findings) {
  const Options& o = service.options;
  if (!is_root()) {
    if (o.run_as)
      findings.push_back({true, "--run-as works only when started as root; leave it out"});
    return;
  }
  if (o.users.empty() && !o.run_as && o.config.empty() && o.accounts.users.path.empty())
    findings.push_back(
        {true,
         "started as root: say who may log in with --user NAME, or which account serves "
         "everyone with --run-as NAME"});
  const std::string name = o.run_as.value_or("nobody");
  service.run_as = find_account(name);
  if (!service.run_as)
    findings.push_back({true, fmt::format("--run-as {}: there is no such account", name)});
  else if (service.run_as->uid == 0)
    findings.push_back({true, "--run-as root: sessions never run as root; name another account"});
  for (const std::string& user : o.users) {
    const auto account = find_account(user);
    if (account && account->uid == 0 && !o.root_login)
      findings.push_back({true, fmt::format("--user {}: root may not log in", user)});
  }
}

void check_root(Service& service, std::vector<Finding>& findings) {
  // As ProFTPD: without DefaultRoot there is no other root than that of the machine.
  const std::string wanted =
      service.options.root.value_or(service.options.config.empty() ? "." : "/");
  char resolved[PATH_MAX];
  struct stat info{};
  if (realpath(wanted.c_str(), resolved) == nullptr || stat(resolved, &info) != 0) {
    findings.push_back({true, fmt::format("--root {}: {}; create the directory or name another",
                                          wanted, strerror(errno))});
    return;
  }
  service.root = resolved;
  if (!S_ISDIR(info.st_mode))
    findings.push_back({true, fmt::format("--root {}: is not a directory", wanted)});
  else if (!is_root() && access(resolved, X_OK | R_OK) != 0)
    findings.push_back({true, fmt::format("--root {}: {}", wanted, strerror(errno))});
}

/// The text of DisplayLogin; a file that cannot be read is a warning.
void load_login_text(Service& service, std::vector<Finding>& findings) {
  const std::string& path = service.options.display_login;
  if (path.empty()) return;
  const auto read = read_file(path, kMostBannerFile);
  if (const auto* error = std::get_if<FileError>(&read))
    findings.push_back({false, "DisplayLogin: " + error->what});
}

/// As mod_sftp does: what others could replace is no place for a log.
void check_log_files(const Options& o, std::vector<Finding>& findings) {
  std::vector<std::string> paths{o.strict_log_file == o.log_file ? o.log_file : "", o.trace_log,
                                 o.records.transfer_log};
  for (const ExtendedLogSetting& one : o.records.extended_logs) {
    if (!one.syslog_priority) paths.push_back(one.path);
    if (!one.format.empty() && !o.records.log_formats.contains(one.format))
      findings.push_back({true, fmt::format("ExtendedLog {}: no LogFormat is called '{}'",
                                            printable(one.path), printable(one.format))});
  }
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    if (const auto fault = log_path_fault(path, o.allow_log_symlinks))
      findings.push_back({true, *fault});
  }
}

}  // namespace

bool needs_new_login(const Service& service, const Service* before) {
  return service.authenticator && service.authenticator->has_one_off() &&
         (before == nullptr || !before->authenticator->has_one_off());
}

void take_made_up(Service& service, Service& before) {
  if (service.authenticator->has_one_off() && before.authenticator->has_one_off()) {
    service.one_off_login = Secret();
    service.authenticator->take_one_off(*before.authenticator);
  }
  if (service.made_up_host_key && before.made_up_host_key) {
    service.host_keys = before.host_keys;
    service.host_key_ring = before.host_key_ring;
  }
  for (auto& [name, variant] : service.of_class) take_made_up(*variant, service);
}

scp::Options scp_settings(const Options& o) {
  scp::Options settings;
  settings.globbing = o.use_globbing;
  settings.ignore_upload_modes = o.ignore_scp_upload_modes;
  settings.ignore_upload_times = o.ignore_scp_upload_times;
  return settings;
}

std::optional<sftp::Pace> request_pace_of(const Options& o) {
  if (o.requests_per_interval == 0) return std::nullopt;
  const auto interval = static_cast<double>(o.request_interval.count());
  const auto count = static_cast<double>(o.requests_per_interval);
  // So many may come at once, and the next when there is time for it.
  const std::chrono::duration<double> burst(interval - interval / count);
  return sftp::Pace(count / interval, std::chrono::ceil<sftp::Pace::Duration>(burst));
}

void fill_extensions(const Options& o, sftp::ServerOptions& sftp) {
  sftp.extensions = o.extensions;
  sftp.vendor = {"ssh2core", "sftpd-lite", std::string(project_version()), 0};
}

void fill_settings(const Options& o, server::Settings& s) {
  s.transport = o.transport;
  s.sftp.read_only = o.read_only;
  s.sftp.refused_requests = o.denied_requests;
  s.idle_timeout = o.idle_timeout;
  s.login_timeout = o.login_timeout;
  s.accepted_variables =
      o.accepted_variables.empty() ? std::vector<std::string>{"LANG"} : o.accepted_variables;
  if (!o.deny_message.empty()) s.refusal = o.deny_message;
  s.rotate_host_keys = o.rotate_host_keys;
  s.keepalive_count = o.keepalive_count;
  s.keepalive_interval = o.keepalive_interval;
  s.max_auth_failures = o.max_login_attempts;
  s.auth_chains = o.auth_chains;
  s.session_timeout = o.session_timeout;
  s.no_transfer_timeout = o.no_transfer_timeout;
  s.stalled_timeout = o.stalled_timeout;
  s.sftp.times_in_utc = o.times_gmt;
  s.sftp.always_times = o.include_sftp_times;
  fill_extensions(o, s.sftp);
  s.sftp.names.bytes = o.names_are_bytes;
  s.sftp.names.local = o.local_charset.empty() ? nullptr : io::make_charset(o.local_charset);
  s.sftp.names.clients = o.client_charset.empty() ? nullptr : io::make_charset(o.client_charset);
  s.max_channels = o.max_channels;
  s.sftp_allowed = o.sftp_allowed;
  s.scp_allowed = o.scp_allowed;
  s.date_allowed = o.date_allowed;
  s.scp = scp_settings(o);
  s.login_text = banner_of_file(o.display_login);
  s.fingerprints = o.keys.fingerprints;
  s.allow_insecure_login = o.allow_insecure_login;
}

namespace {

/// Whether standard output is something else than the connection that inetd gave us: then that is a
/// socket on standard input, which most inetds have there twice.
bool stdout_is_free() {
  struct stat input{}, output{};
  return fstat(0, &input) == 0 && fstat(1, &output) == 0 && S_ISSOCK(input.st_mode) &&
         !S_ISSOCK(output.st_mode);
}

/// Who starts for one connection has no time to test what it may not need.
bool tests_groups(std::optional<Mode> mode) { return mode == Mode::Listen || mode == Mode::Check; }

void prepare_one(Service& service, bool create, std::vector<Finding>& findings) {
  check_identity(service, findings);
  check_root(service, findings);
  check_session_files(service, findings);
  fill_settings(service.options, service.settings);
  apply_fips(service, findings);
  check_algorithms(service, findings);
  load_login_text(service, findings);
  check_log_files(service.options, findings);
  load_banner(service, findings);
  load_dh_groups(service, tests_groups(service.options.mode), findings);
  load_host_keys(service, create, findings);
  load_credentials(service, findings);
  if (!service.options.key_log.empty() || !service.options.pcap.empty())
    findings.push_back({false,
                        "--keylog and --pcap are for debugging: who can read these files can read "
                        "and forge the sessions in them"});
}

/// Makes the host as it is for a class, if a section changes it. The keys and the gate are shared,
/// and so is what was made up; findings that the host has too are not told again.
void prepare_class(Service& service, const std::string& name, std::vector<Finding>& findings) {
  Options options = service.options;
  Visitor visitor;
  visitor.class_name = name;
  if (!apply_blocks(*service.options.rules, visitor, false, options)) return;
  auto variant = std::make_unique<Service>(options);
  variant->is_variant = true;
  variant->gate = service.gate;
  variant->sandbox = service.sandbox;
  variant->host_keys = service.host_keys;
  variant->host_key_ring = service.host_key_ring;
  variant->made_up_host_key = service.made_up_host_key;
  if (options.dh_param_file == service.options.dh_param_file)
    variant->options.dh_param_file.clear();  // read and tested already
  std::vector<Finding> own;
  prepare_one(*variant, false, own);
  if (variant->options.dh_param_file != options.dh_param_file) {
    variant->options.dh_param_file = options.dh_param_file;
    variant->settings.transport.group_exchange.groups =
        service.settings.transport.group_exchange.groups;
  }
  if (needs_new_login(*variant, &service))
    own.push_back({true,
                   "nobody could log in: it has neither keys nor passwords; a password is "
                   "only made up where the whole host has none"});
  take_made_up(*variant, service);
  for (Finding& one : own)
    if (std::ranges::find(findings, one.text, &Finding::text) == findings.end())
      findings.push_back({one.fatal, fmt::format("<IfClass {}>: {}", name, one.text)});
  service.of_class[name] = std::move(variant);
}

}  // namespace

std::vector<Finding> prepare(Service& service, bool create) {
  std::vector<Finding> findings;
  if (service.options.log_to_stdout && service.options.log_file.empty() && !stdout_is_free())
    findings.push_back(
        {false, "--log-stdout (-o): standard output is the connection; the log goes to syslog"});
  for (const std::string& fault : service.options.faults) findings.push_back({true, fault});
  for (const std::string& warning : service.options.warnings) findings.push_back({false, warning});
  if (service.options.mode == Mode::Inetd && service.options.penalties.any())
    findings.push_back({false,
                        "PerSourcePenalties and ConnectionPenalty need --listen: with --inetd no "
                        "process knows of another; let inetd, tcpd or fail2ban see to it"});
  if (!service.sandbox) service.sandbox = std::make_shared<const Sandbox>();
  prepare_one(service, create, findings);
  // inetd's process serves one client, whose class is made when it is known.
  if (!service.options.rules || service.options.mode == Mode::Inetd) return findings;
  for (const AddressClass& one : service.options.rules->classes)
    prepare_class(service, one.name, findings);
  return findings;
}

Service& for_class(Service& service, const std::string& name, std::vector<Finding>& findings) {
  if (name.empty()) return service;
  auto at = service.of_class.find(name);
  if (at == service.of_class.end() && service.options.mode == Mode::Inetd) {
    prepare_class(service, name, findings);
    at = service.of_class.find(name);
  }
  return at == service.of_class.end() ? service : *at->second;
}

void open_logs(Service& service, Mode mode) {
  const Options& o = service.options;
  const bool listening = mode == Mode::Listen;
  using Target = LogOutput::Target;
  service.outputs.level = o.log_level;
  LogOutput lines;
  if (!o.log_file.empty()) {
    lines = LogOutput::to_file(o.log_file);
  } else if (o.log_to_stdout && stdout_is_free()) {
    lines = LogOutput(Target::Stdout, 0);
  } else if (o.log_to_stderr) {
    lines = LogOutput(Target::Stderr, 0);
  } else if (!listening) {
    const int facility = o.syslog_facility != 0 ? o.syslog_facility : LOG_AUTH;
    openlog("sftpd-lite", LOG_PID, facility);
    lines = LogOutput(Target::Syslog, facility);
  }
  service.outputs.mask = o.log_mask;
  service.outputs.requests = o.log_requests || (o.log_mask.value_or(0) & kLogRequests) != 0;
  if (o.log_mask && o.log_requests) *service.outputs.mask |= kLogRequests;
  service.outputs.traces = o.traces;
  if (!o.trace_log.empty() && o.traces.any())
    service.outputs.trace = LogOutput::to_file(o.trace_log);
  if (mode != Mode::Subsystem && mode != Mode::Scp) service.outputs.records = open_records(o);
  if (!o.json) {
    service.outputs.text = lines ? lines : LogOutput(Target::Stderr, 0);
  } else if (listening) {
    service.outputs.json = LogOutput(Target::Stdout, 0);
    service.outputs.text = lines;
  } else {
    service.outputs.json = lines;
  }
}

}  // namespace ssh2core::tools
