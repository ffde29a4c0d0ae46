#include "tools/sftpd-lite/command_line.h"

#include <fmt/format.h>
#include <syslog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "libssh2core/sftp/request_names.h"
#include "tools/common/version.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/directives/values.h"
#include "tools/sftpd-lite/login/pam.h"
#include "tools/sftpd-lite/login_shell.h"
#include "tools/sftpd-lite/wrapped_help.h"

namespace ssh2core::tools {

namespace {

constexpr const char* kExamples =
    "An SFTP-only SSH server: from inetd, as an OpenSSH subsystem, or one-off on a port.\n\n"
    "Examples:\n"
    "  sftpd-lite --listen 2022                     serve the current directory, once asked for,\n"
    "                                               with a password made up for this run\n"
    "  sftpd-lite --listen 2022 --root /srv/files --authorized-keys ~/.ssh/authorized_keys\n"
    "  Subsystem sftp /usr/bin/sftpd-lite --subsystem          (a line of sshd_config)\n";

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

/// What is parsed before it becomes Options.
struct Raw {
  Options options;
  bool inetd = false, subsystem = false, check = false, print_config = false, once = false;
  bool scp_style_inetd = false;
  ShellRequest shell;
  std::vector<std::string> allow_from, deny_from, proxy_from, penalty;
  std::string command;
  std::string root, run_as, umask_text, query;
  long idle = 600, login = 120;
  std::string log_level, log_mask, sftp_server_level, facility, denied, allowed;
  std::vector<std::string> directives, defines;
  std::string config;
};

void add_modes(CLI::App& app, Raw& raw) {
  const std::string group = "What runs (one of them)";
  app.add_option("--listen", raw.options.listen,
                 "Serve on [ADDR:]PORT (repeatable; IPv6 in brackets; port 0: any; fd:N: an open "
                 "socket); without ADDR on loopback")
      ->allow_extra_args(false)
      ->type_name("[ADDR:]PORT")
      ->group(group);
  app.add_flag("-i,--inetd,-s", raw.inetd, "Serve one connection on standard input and output")
      ->group(group);
  app.add_flag("--subsystem", raw.subsystem, "SFTP alone on standard input and output, for sshd")
      ->group(group);
  app.add_flag(
         "--login-shell", raw.shell.login_shell,
         "As a login shell (also by the name sftpsh): SFTP for `-c` with the command of an SFTP "
         "server, the deny message for everything else")
      ->group(group);
  app.add_option("-c", raw.command, "With --login-shell: what is to be run")
      ->type_name("COMMAND")
      ->group(group);
  app.add_option("--sftp-command", raw.shell.sftp_commands,
                 "With --login-shell: one more command that means SFTP (repeatable)")
      ->allow_extra_args(false)
      ->type_name("COMMAND")
      ->group(group);
  app.add_flag("--check", raw.check, "List every problem of the settings; exit 2 if one is fatal")
      ->group(group);
  app.add_flag("--print-config", raw.print_config, "Print the effective settings")->group(group);
}

void add_addresses(CLI::App& app, Raw& raw) {
  const auto add = [&](const char* flag, std::vector<std::string>& to, const char* help) {
    app.add_option(flag, to, help)->allow_extra_args(false)->type_name("NET")->group("Addresses");
  };
  add("--allow-from", raw.allow_from,
      "Clients that may connect whatever --deny-from says: an address, ADDRESS/BITS, `10.1.`, or "
      "ALL (repeatable)");
  add("--deny-from", raw.deny_from, "Clients that are hung up on before a word (repeatable)");
  add("--proxy-from", raw.proxy_from,
      "Proxies, which must begin with a header of the PROXY protocol, version 1 or 2 (repeatable)");
  app.add_option("--penalty", raw.penalty, "After N connections of a host in T s none for B s")
      ->expected(3)
      ->type_name("N T B")
      ->group("Addresses");
}

void add_directives(CLI::App& app, Raw& raw) {
  app.add_option("--config", raw.config,
                 "Read settings from a file as ProFTPD has them; flags and -o stand above it")
      ->type_name("FILE")
      ->group("Settings by ProFTPD's names");
  app.add_option("-D", raw.defines, "Define a name for <IfDefine> of the file (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group("Settings by ProFTPD's names");
  app.add_option("-o", raw.directives,
                 "Set a directive as ProFTPD names it, e.g. -o 'SFTPCiphers aes256-ctr aes128-ctr' "
                 "(repeatable, the later wins); `-o help` lists them")
      ->allow_extra_args(false)
      ->type_name("'NAME VALUE'")
      ->group("Settings by ProFTPD's names");
}

void add_access(CLI::App& app, Raw& raw) {
  const std::string group = "Who and what";
  Options& o = raw.options;
  app.add_option("--root", raw.root, "Directory that clients see as / (default: the current one)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--host-key", o.host_keys,
                 "Private host key file, or the socket of an agent that has some (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE|agent:SOCKET")
      ->group(group);
  app.add_option("--state", o.state, "Directory that keeps the host key made at the first start")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--authorized-keys", o.authorized_keys,
                 "File of keys that may log in, OpenSSH or RFC 4716; %u, %h and ~ stand for the "
                 "user and its home")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group(group);
  app.add_option("--password-file", o.password_file,
                 "Lines user:hash, as `keytool passwd` makes them")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--user", o.users, "Only these users may log in (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group(group);
  app.add_option("--deny-message", raw.options.deny_message,
                 "What those are told who want a shell or run a command")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--run-as", raw.run_as,
                 "As root: account for users that the system does not know (default: nobody)")
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--fips", o.fips, "Approved algorithms only, from OpenSSL's FIPS provider")
      ->group(group);
  app.add_flag("--read-only,-R", o.read_only, "Nothing can be changed")->group(group);
  app.add_option("--umask,-u", raw.umask_text, "Permission bits taken from new files, octal")
      ->type_name("BITS")
      ->group(group);
}

void add_limits(CLI::App& app, Raw& raw) {
  const std::string group = "Limits";
  Options& o = raw.options;
  app.add_option("--idle-timeout", raw.idle, "Seconds without data until the end; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0L, 31536000L).description(""))
      ->type_name("SECONDS")
      ->group(group);
  app.add_option("--login-timeout", raw.login, "Seconds for logging in; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0L, 31536000L).description(""))
      ->type_name("SECONDS")
      ->group(group);
  app.add_flag("--once", raw.once, "Serve one connection, then exit")->group(group);
  app.add_option("--max-sessions", o.max_sessions, "Serve so many connections, then exit")
      ->type_name("N")
      ->group(group);
  app.add_option("--max-connections", o.max_connections, "At once; 0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--max-connections-per-host", o.max_connections_per_host, "At once; 0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--rate-limit", o.rate_limit, "New connections a second and host; 0: no limit")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->type_name("N")
      ->group(group);
  app.add_option("--max-hashes", o.max_hashes, "Password hashes computed at once")
      ->capture_default_str()
      ->check(CLI::Range(1U, 64U).description(""))
      ->type_name("N")
      ->group(group);
}

void add_logs(CLI::App& app, Raw& raw) {
  const std::string group = "Logs";
  Options& o = raw.options;
  app.add_flag("--json", o.json, "Events as JSON lines: on stdout; without --listen, in --log")
      ->group(group);
  app.add_option("--log", o.log_file, "Log file, appended to (default: stderr; inetd: syslog)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--log-level", raw.log_level, "quiet, error, warning, info or debug")
      ->type_name("LEVEL")
      ->group(group);
  app.add_option("--log-mask", raw.log_mask,
                 "What is logged, by kinds instead of levels: bits in decimal or as 0xbf")
      ->type_name("BITS")
      ->group(group);
  app.add_flag("--dump-requests", o.log_requests, "Log each request, without any secret")
      ->group(group);
  app.add_flag("--log-stdout", o.log_to_stdout,
               "From inetd: log to standard output, unless that is the connection")
      ->group(group);
  app.add_option("--keylog", o.key_log,
                 "DEBUGGING ONLY: append the session's secrets to a file, as Wireshark reads them")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--pcap", o.pcap, "DEBUGGING ONLY: write each connection to FILE.SESSION.pcap")
      ->type_name("FILE")
      ->group(group);
}

void add_sftp_server_flags(CLI::App& app, Raw& raw) {
  const std::string group = "With --subsystem, as OpenSSH's sftp-server has them";
  Options& o = raw.options;
  app.add_option("-d", o.start_directory, "Start in this directory; %u, %d and %h are expanded")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("-e", o.log_to_stderr, "Log to stderr")->group(group);
  app.add_option("-f", raw.facility, "Syslog facility, e.g. AUTH or LOCAL0")
      ->type_name("NAME")
      ->group(group);
  app.add_option("-l", raw.sftp_server_level, "QUIET, FATAL, ERROR, INFO, VERBOSE or DEBUG")
      ->type_name("LEVEL")
      ->group(group);
  app.add_option("-P", raw.denied, "Requests to refuse, separated by commas")
      ->type_name("NAMES")
      ->group(group);
  app.add_option("-p", raw.allowed, "The only requests to allow, separated by commas")
      ->type_name("NAMES")
      ->group(group);
  app.add_option("-Q", raw.query, "`-Q requests` lists the names for -p and -P")
      ->type_name("requests")
      ->group(group);
}

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

void choose_mode(Raw& raw) {
  Options& o = raw.options;
  const int modes = static_cast<int>(!o.listen.empty()) + static_cast<int>(raw.inetd) +
                    static_cast<int>(raw.subsystem);
  if (modes > 1) wrong("--listen, --inetd and --subsystem exclude each other: give one of them");
  if (raw.inetd) o.mode = Mode::Inetd;
  if (raw.subsystem) o.mode = Mode::Subsystem;
  if (!o.listen.empty()) o.mode = Mode::Listen;
  if (raw.print_config) o.mode = Mode::PrintConfig;
  if (raw.check) o.mode = Mode::Check;
  const bool sftp_server_flag = !o.start_directory.empty() || o.log_to_stderr ||
                                !raw.facility.empty() || !raw.sftp_server_level.empty() ||
                                !raw.denied.empty() || !raw.allowed.empty();
  if (sftp_server_flag && !raw.subsystem) wrong("-d -e -f -l -p -P go with --subsystem only");
}

/// Applies the directives in their order. What a flag that stands further right sets as well is
/// only looked at for mistakes.
void apply_directives(const Raw& raw, const CLI::App& app, Options& options) {
  const auto& order = app.parse_order();
  auto at = order.begin();
  for (const std::string& text : raw.directives) {
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

Options to_options(Raw& raw, const CLI::App& app) {
  Options& o = raw.options;
  choose_mode(raw);
  if (app.count("--root") != 0) o.root = raw.root;
  if (app.count("--run-as") != 0) o.run_as = raw.run_as;
  if (app.count("--umask") != 0) o.umask_bits = parse_umask(raw.umask_text);
  if (raw.once) o.max_sessions = 1;
  o.addresses.allowed = to_networks("--allow-from", raw.allow_from);
  o.addresses.denied = to_networks("--deny-from", raw.deny_from);
  o.proxies = to_networks("--proxy-from", raw.proxy_from);
  if (!raw.penalty.empty())
    if (auto why =
            apply_directive(fmt::format("ConnectionPenalty {}", fmt::join(raw.penalty, " ")), o))
      wrong("--penalty: " + *why);
  o.idle_timeout = std::chrono::seconds(raw.idle);
  o.login_timeout = std::chrono::seconds(raw.login);
  if (!raw.log_level.empty()) o.log_level = look_up("--log-level", kLevels, raw.log_level);
  if (app.count("--log-mask") != 0) o.log_mask = parse_mask(raw.log_mask);
  if (!raw.facility.empty()) o.syslog_facility = look_up("-f", kFacilities, raw.facility);
  if (!raw.sftp_server_level.empty())
    o.log_level = look_up("-l", kSftpServerLevels, raw.sftp_server_level);
  if (!raw.denied.empty()) o.denied_requests = request_list(raw.denied, "-P");
  if (app.count("-p") != 0) o.allowed_requests = request_list(raw.allowed, "-p");
  apply_directives(raw, app, o);
  return o;
}

}  // namespace

namespace {

/// Once around the command line: what it says stands above what `base` has.
std::variant<Options, int> parse_once(int argc, char** argv, const Options& base, Raw& raw) {
  CLI::App app{kExamples, "sftpd-lite"};
  raw.options = base;
  raw.idle = static_cast<long>(base.idle_timeout.count());
  raw.login = static_cast<long>(base.login_timeout.count());
  app.set_version_flag(
      "--version", version_text("sftpd-lite") + (pam_is_built() ? ", with PAM" : ", without PAM"));
  app.formatter(std::make_shared<WrappedHelp>());
  add_modes(app, raw);
  add_access(app, raw);
  add_limits(app, raw);
  add_logs(app, raw);
  add_addresses(app, raw);
  add_directives(app, raw);
  add_sftp_server_flags(app, raw);
  if (argc > 0 && is_login_shell(argv[0])) raw.shell.login_shell = true;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // help and version
    fmt::print(stderr, "sftpd-lite: {}; see sftpd-lite --help\n", e.what());
    return static_cast<int>(kUsage);
  }
  if (app.count("-c") != 0) raw.shell.command = raw.command;
  if (raw.shell.login_shell) {
    if (!raw.shell.command || !is_sftp_command(*raw.shell.command, raw.shell.sftp_commands)) {
      const std::string& own = raw.options.deny_message;
      fmt::print(stderr, "{}\n", own.empty() ? kDenyMessage : own);
      return static_cast<int>(kRefused);
    }
    raw.subsystem = true;
  } else if (raw.shell.command) {
    wrong("-c goes with --login-shell only");
  }
  if (std::ranges::find(raw.directives, "help") != raw.directives.end()) {
    fmt::print("{}", directive_help());
    return static_cast<int>(kDone);
  }
  if (raw.query == "requests") {
    for (const std::string_view name : sftp::request_names()) fmt::print("{}\n", name);
    return static_cast<int>(kDone);
  }
  if (!raw.query.empty()) wrong(fmt::format("-Q {}: only `-Q requests` is known", raw.query));
  return to_options(raw, app);
}

/// Where a host of a configuration listens, unless the command line says it.
void listen_as_configured(Options& options) {
  if (!options.listen.empty() || options.port.value_or(0) == 0) return;
  for (const std::string& address : options.default_addresses)
    options.listen.push_back(address.find(':') == std::string::npos
                                 ? fmt::format("{}:{}", address, *options.port)
                                 : fmt::format("[{}]:{}", address, *options.port));
  if (options.default_addresses.empty())
    options.listen.push_back(fmt::format("*:{}", *options.port));
}

/// Two hosts at one place: SSH has no names by which a client could choose.
void check_addresses(Options& first) {
  std::set<std::string> taken(first.listen.begin(), first.listen.end());
  for (const Options& other : first.other_hosts)
    for (const std::string& address : other.listen)
      if (!taken.insert(address).second)
        first.faults.push_back(
            fmt::format("{}: two hosts listen on {}: give each an address or a port of its own",
                        other.config, address));
}

/// The options of each host of the file, under those of the command line.
std::variant<Options, int> with_configuration(int argc, char** argv, const Raw& raw) {
  Options base;
  base.config = raw.config;
  // As ProFTPD has them unless it is told otherwise.
  base.require_valid_shell = base.use_ftpusers = true;
  Configuration read =
      load_configuration(raw.config, std::set<std::string>(raw.defines.begin(), raw.defines.end()));
  std::vector<Options> hosts;
  if (read.hosts.empty()) read.hosts.emplace_back();
  for (const HostPlan& plan : read.hosts) {
    Raw again;
    auto parsed = parse_once(argc, argv, options_of(plan, base, read.problems), again);
    if (std::holds_alternative<int>(parsed)) return parsed;
    hosts.push_back(std::get<Options>(std::move(parsed)));
  }
  Options first = std::move(hosts.front());
  if (first.listen.empty() && !raw.inetd && !raw.subsystem) {
    listen_as_configured(first);
    for (Options& host : hosts) listen_as_configured(host);
    if (!first.mode && !first.listen.empty()) first.mode = Mode::Listen;
    first.other_hosts.assign(hosts.begin() + 1, hosts.end());
  } else if (hosts.size() > 1 && !first.listen.empty()) {
    first.warnings.push_back(
        "--listen goes with the first host of the configuration: the others are left out");
  } else {
    for (Options& host : hosts) listen_as_configured(host);
    first.other_hosts.assign(hosts.begin() + 1, hosts.end());
  }
  // In the order of the file; those that name two places were found last.
  std::ranges::sort(read.problems, {}, [](const config::Problem& one) {
    return std::tuple(one.place.file, one.place.line, one.what);
  });
  std::vector<std::string> told;
  for (const config::Problem& one : read.problems) {
    std::string text = fmt::format("{}: {}", one.place.text(), one.what);
    if (std::ranges::find(told, text) != told.end()) continue;
    told.push_back(text);
    (one.fatal ? first.faults : first.warnings).push_back(std::move(text));
  }
  check_addresses(first);
  return first;
}

}  // namespace

std::variant<Options, int> parse_command_line(int argc, char** argv) {
  Raw raw;
  auto parsed = parse_once(argc, argv, Options(), raw);
  if (std::holds_alternative<int>(parsed)) return parsed;
  if (raw.config.empty()) {
    Options& options = std::get<Options>(parsed);
    if (!options.mode) {
      listen_as_configured(options);
      if (!options.listen.empty()) options.mode = Mode::Listen;
    }
    return parsed;
  }
  return with_configuration(argc, argv, raw);
}

}  // namespace ssh2core::tools
