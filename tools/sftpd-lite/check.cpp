#include "tools/sftpd-lite/check.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/common/exit_code.h"
#include "tools/common/version.h"
#include "tools/sftpd-lite/login/key_sources.h"
#include "tools/sftpd-lite/login/pam.h"

namespace ssh2core::tools {

namespace {

using Json = nlohmann::ordered_json;

/// As `required SECONDS MIB TIMEOUT` says it; null: no such limit.
Json rekey_json(const RekeyLimits& limits) {
  const auto number = [](auto value, auto none) { return value == none ? Json() : Json(value); };
  return {{"seconds", number(limits.time.count(), 0)},
          {"bytes", number(limits.bytes, std::numeric_limits<std::uint64_t>::max())},
          {"packets", limits.packets},
          {"timeout", number(limits.patience.count(), 0)}};
}

std::string startups_text(const StartupSettings& startups) {
  if (startups.start == 0) return "none";
  return fmt::format("{}:{}:{}", startups.start, startups.rate, startups.full);
}

/// The chains as SFTPAuthMethods writes them; without any, the methods that the credentials allow.
Json methods_json(const Service& service) {
  const auto& chains = service.settings.auth_chains;
  Json texts = Json::array();
  for (const NameList& chain : chains) texts.push_back(fmt::format("{}", fmt::join(chain, "+")));
  return chains.empty() ? Json(service.authenticator->methods("")) : texts;
}

/// Of DefaultRoot and DefaultChdir.
Json paths_json(const std::vector<GroupPath>& paths) {
  Json texts = Json::array();
  for (const GroupPath& one : paths) texts.push_back(one.path);
  return texts;
}

Json document(const char* schema) {
  return {{"schema", schema}, {"tool_version", project_version()}, {"started", timestamp_now()}};
}

Json settings_json(const Service& service) {
  const Options& o = service.options;
  const auto& algorithms = service.settings.transport.algorithms;
  return {{"config", o.config},
          {"listen", o.listen},
          {"root", service.root},
          {"chroot", o.roots.chroot},
          {"default_root", paths_json(o.roots.roots)},
          {"default_chdir", paths_json(o.roots.starts)},
          {"sandbox", name_of(o.sandbox)},
          {"host_keys", o.host_keys},
          {"state", o.state},
          {"authorized_keys", o.authorized_keys},
          {"password_file", o.password_file},
          {"users", o.users},
          {"run_as", service.run_as ? Json(service.run_as->name) : Json()},
          {"read_only", o.read_only},
          {"drop_box", o.files.drop_box},
          {"umask", o.umask_bits ? Json(fmt::format("{:03o}", *o.umask_bits)) : Json()},
          {"idle_timeout", o.idle_timeout.count()},
          {"login_timeout", o.login_timeout.count()},
          {"max_auth_failures", service.settings.max_auth_failures},
          {"auth_methods", methods_json(service)},
          {"display_banner", o.display_banner},
          {"display_login", o.display_login},
          {"session_timeout", o.session_timeout.count()},
          {"max_channels", o.max_channels},
          {"sftp_allowed", o.sftp_allowed},
          {"scp_allowed", o.scp_allowed},
          {"date_allowed", o.date_allowed},
          {"use_globbing", o.use_globbing},
          {"allow_empty_passwords", o.allow_empty_passwords},
          {"require_valid_shell", o.require_valid_shell},
          {"root_login", o.root_login},
          {"use_ftpusers", o.use_ftpusers},
          {"max_clients", o.max_clients},
          {"max_clients_per_user", o.max_clients_per_user},
          {"max_hosts_per_user", o.max_hosts_per_user},
          {"log", o.log_file},
          {"trace_log", o.trace_log},
          {"max_connections", o.max_connections},
          {"max_connections_per_host", o.max_connections_per_host},
          {"rate_limit", o.rate_limit},
          {"max_startups", startups_text(o.startups)},
          {"per_source_max_startups", o.startups.per_source},
          {"create_home", o.homes.create},
          {"use_reverse_dns", o.reverse_dns},
          {"wtmp_log", o.wtmp},
          {"max_hashes", o.max_hashes},
          {"identification", service.settings.transport.identification},
          {"kex", algorithms.kex},
          {"host_key_algorithms", algorithms.host_key},
          {"ciphers", algorithms.ciphers},
          {"macs", algorithms.macs},
          {"compression", algorithms.compression},
          {"user_key_algorithms", service.settings.transport.user_key_algorithms},
          {"rekey", rekey_json(service.settings.transport.rekey)}};
}

/// Distributions renew OpenSSL below a program; a build of one's own may find an unexpected one.
void check_openssl(std::vector<Finding>& findings) {
  if (OpenSSL_version_num() != OPENSSL_VERSION_NUMBER)
    findings.push_back(
        {false, fmt::format("compiled with {}, running on {}: was that meant?",
                            OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION))});
}

/// Whether sessions become system accounts, more than one of them.
bool serves_several_accounts(const Service& service) {
  const Options& o = service.options;
  if (geteuid() != 0 || service.all_run_as) return false;
  if (o.users.empty())
    return !o.keys.trusted_cas.empty() || std::ranges::any_of(o.authorized_keys, depends_on_user);
  const auto exists = [](const std::string& user) { return find_account(user).has_value(); };
  return std::ranges::count_if(o.users, exists) > 1;
}

/// Goes when the code before the login runs without root's rights.
void check_separation(Hosts& hosts, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < hosts.size(); ++i)
    if (serves_several_accounts(hosts.at(i))) {
      findings.push_back(
          {false,
           "serving several system accounts as root is experimental: the code before "
           "the login still runs with root's rights; --run-as with keys in one list "
           "needs them least"});
      return;
    }
}

void check_pam(std::vector<Finding>& findings) {
  if (!pam_is_built())
    findings.push_back({false, "built without PAM: accounts of the system log in by key only"});
}

}  // namespace

int print_check(Hosts& hosts) {
  const Service& service = hosts.first();
  std::vector<Finding> findings = hosts.prepare_all(false);
  check_openssl(findings);
  check_pam(findings);
  check_separation(hosts, findings);
  int code = kDone;
  Json list = Json::array();
  for (const Finding& finding : findings) {
    code = finding.fatal ? static_cast<int>(kUsage) : std::max(code, static_cast<int>(kRefused));
    list.push_back({{"severity", finding.fatal ? "fatal" : "warning"}, {"text", finding.text}});
    if (!service.options.json)
      fmt::print("{}: {}\n", finding.fatal ? "fatal" : "warning", finding.text);
  }
  if (service.options.json) {
    Json report = document("ssh2core/sftpd-lite/check/1");
    report["findings"] = list;
    fmt::print("{}\n", report.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (findings.empty()) {
    fmt::print("no problem found\n");
  }
  return code;
}

int print_config(Hosts& hosts) {
  const Service& service = hosts.first();
  int code = kDone;
  for (const Finding& finding : hosts.prepare_all(false)) {
    if (!finding.fatal) continue;
    code = kUsage;
    fmt::print(stderr, "sftpd-lite: {}\n", finding.text);
  }
  if (code != kDone) return code;
  Json settings = settings_json(service);
  for (std::size_t i = 1; i < hosts.size(); ++i)
    settings["other_hosts"].push_back(settings_json(hosts.at(i)));
  if (service.options.json) {
    Json report = document("ssh2core/sftpd-lite/config/1");
    report["settings"] = settings;
    fmt::print("{}\n", report.dump(2, ' ', false, Json::error_handler_t::replace));
    return kDone;
  }
  for (const auto& [name, value] : settings.items())
    fmt::print("{} = {}\n", name, value.dump(-1, ' ', false, Json::error_handler_t::replace));
  return kDone;
}

}  // namespace ssh2core::tools
