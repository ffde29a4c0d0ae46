#include <fmt/format.h>
#include <syslog.h>

#include <algorithm>
#include <map>

#include "libssh2core/sftp/request_names.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/command_line/given_flags.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/directives/values.h"

namespace ssh2core::tools {

namespace {

const std::map<std::string, LogLevel> kLevels{{"quiet", LogLevel::Quiet},
                                              {"error", LogLevel::Error},
                                              {"warning", LogLevel::Warning},
                                              {"info", LogLevel::Info},
                                              {"debug", LogLevel::Debug}};
// sftp-server's names for its levels.
const std::map<std::string, LogLevel> kSftpServerLevels{
    {"QUIET", LogLevel::Quiet},  {"FATAL", LogLevel::Error},  {"ERROR", LogLevel::Error},
    {"INFO", LogLevel::Warning}, {"VERBOSE", LogLevel::Info}, {"DEBUG", LogLevel::Debug},
    {"DEBUG1", LogLevel::Debug}, {"DEBUG2", LogLevel::Debug}, {"DEBUG3", LogLevel::Debug}};
const std::map<std::string, int> kFacilities{
    {"DAEMON", LOG_DAEMON}, {"USER", LOG_USER},     {"AUTH", LOG_AUTH},     {"LOCAL0", LOG_LOCAL0},
    {"LOCAL1", LOG_LOCAL1}, {"LOCAL2", LOG_LOCAL2}, {"LOCAL3", LOG_LOCAL3}, {"LOCAL4", LOG_LOCAL4},
    {"LOCAL5", LOG_LOCAL5}, {"LOCAL6", LOG_LOCAL6}, {"LOCAL7", LOG_LOCAL7}};

[[noreturn]] void wrong(const std::string& what) { throw ExitError(kUsage, what); }

std::vector<std::string> request_list(const std::string& text, const char* flag) {
  std::vector<std::string> names;
  for (const auto& name : CLI::detail::split(text, ',')) {
    if (!sftp::is_request_name(name))
      wrong(fmt::format("{}: no request is called '{}'; -Q requests lists them", flag, name));
    names.push_back(name);
  }
  return names;
}

/// The value of a name in one of the maps above; the names are listed when there is none such.
template <class Value>
Value look_up(const char* flag, const std::map<std::string, Value>& names,
              const std::string& name) {
  const auto at = names.find(name);
  if (at != names.end()) return at->second;
  std::string known;
  for (const auto& [one, value] : names) known.append(known.empty() ? "" : ", ").append(one);
  wrong(fmt::format("{} {}: one of {} wanted", flag, name, known));
}

mode_t parse_umask(const std::string& text) {
  const auto bits = parse_mode(text);
  if (!bits) wrong(fmt::format("--umask {}: three octal digits wanted, like 027", text));
  return *bits;
}

unsigned parse_mask(const std::string& text) {
  const auto mask = parse_log_mask(text);
  if (!mask) wrong(fmt::format("--log-mask {}: a number up to 0x1ff wanted, as 191 or 0xbf", text));
  return *mask;
}

void choose_mode(GivenFlags& given) {
  Options& o = given.options;
  const int modes = static_cast<int>(!o.listen.empty()) + static_cast<int>(given.inetd) +
                    static_cast<int>(given.subsystem) + static_cast<int>(given.scp);
  if (modes > 1)
    wrong("--listen, --inetd, --subsystem and --scp exclude each other: give one of them");
  if (given.inetd) o.mode = Mode::Inetd;
  if (given.subsystem) o.mode = Mode::Subsystem;
  if (given.scp) o.mode = Mode::Scp;
  if (!o.listen.empty()) o.mode = Mode::Listen;
  if (given.print_config) o.mode = Mode::PrintConfig;
  if (given.check) o.mode = Mode::Check;
  const bool sftp_server_flag = !o.start_directory.empty() || o.log_to_stderr ||
                                !given.facility.empty() || !given.sftp_server_level.empty() ||
                                !given.denied.empty() || !given.allowed.empty();
  if (sftp_server_flag && !given.subsystem && !given.scp)
    wrong("-d -e -f -l -p -P go with --subsystem, or before --scp, only");
}

/// Applies the directives in their order. What a flag that stands further right sets as well is
/// only looked at for mistakes.
void apply_directives(const GivenFlags& given, const CLI::App& app, Options& options) {
  const auto& order = app.parse_order();
  auto at = order.begin();
  for (const std::string& text : given.directives) {
    at = std::find(at, order.end(), app.get_option("-o"));
    if (at != order.end()) ++at;
    const Directive* directive = find_directive(text);
    const bool overruled =
        directive != nullptr && !directive->flag.empty() &&
        std::find(at, order.end(), app.get_option(std::string(directive->flag))) != order.end();
    Options ignored;
    if (const auto complaint = apply_directive(text, overruled ? ignored : options))
      wrong("-o " + *complaint);
  }
}

std::vector<Network> to_networks(const char* flag, const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  for (const std::string& text : texts) {
    const auto network = parse_network(text);
    if (!network) wrong(fmt::format("{} {}: an address wanted, {}", flag, text, kNetworkForms));
    networks.push_back(*network);
  }
  return networks;
}

}  // namespace

Options to_options(GivenFlags& given, const CLI::App& app) {
  Options& o = given.options;
  choose_mode(given);
  if (app.count("--root") != 0) o.root = given.root, o.roots.roots.clear();
  if (app.count("--sandbox") != 0) {
    const auto mode = parse_sandbox_mode(given.sandbox);
    if (!mode) wrong(fmt::format("--sandbox {}: off, auto or require wanted", given.sandbox));
    o.sandbox = *mode;
  }
  if (app.count("--run-as") != 0) o.run_as = given.run_as;
  if (app.count("--umask") != 0) {
    o.umask_bits = parse_umask(given.umask_text);
    o.files.policy.umask = ModePair{*o.umask_bits, *o.umask_bits};
  }
  if (given.once) o.max_sessions = 1;
  // A list of the configuration stays where the flag says nothing.
  const auto take_networks = [](const char* flag, const auto& texts, std::vector<Network>& to) {
    if (!texts.empty()) to = to_networks(flag, texts);
  };
  take_networks("--allow-from", given.allow_from, o.addresses.allowed);
  take_networks("--deny-from", given.deny_from, o.addresses.denied);
  take_networks("--proxy-from", given.proxy_from, o.proxies);
  if (!given.penalty.empty())
    if (auto why =
            apply_directive(fmt::format("ConnectionPenalty {}", fmt::join(given.penalty, " ")), o))
      wrong("--penalty: " + *why);
  if (!given.startups.empty())
    if (auto why = apply_directive("MaxStartups " + given.startups, o))
      wrong("--max-startups: " + *why);
  o.idle_timeout = std::chrono::seconds(given.idle);
  o.login_timeout = std::chrono::seconds(given.login);
  if (!given.log_level.empty()) o.log_level = look_up("--log-level", kLevels, given.log_level);
  if (app.count("--log-mask") != 0) o.log_mask = parse_mask(given.log_mask);
  if (!given.facility.empty()) o.syslog_facility = look_up("-f", kFacilities, given.facility);
  if (!given.sftp_server_level.empty())
    o.log_level = look_up("-l", kSftpServerLevels, given.sftp_server_level);
  if (!given.denied.empty()) o.denied_requests = request_list(given.denied, "-P");
  if (app.count("-p") != 0) o.allowed_requests = request_list(given.allowed, "-p");
  ++o.section;
  apply_directives(given, app, o);
  return o;
}

}  // namespace ssh2core::tools
