#include "tools/sftpd-lite/command_line/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <tuple>

#include "libssh2core/sftp/request_names.h"
#include "tools/common/version.h"
#include "tools/sftpd-lite/command_line/given_flags.h"
#include "tools/sftpd-lite/command_line/wrapped_help.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/login/pam.h"
#include "tools/sftpd-lite/login_shell.h"

namespace ssh2core::tools {

namespace {

constexpr const char* kExamples =
    "An SFTP-only SSH server: from inetd, as an OpenSSH subsystem, or one-off on a port.\n\n"
    "Examples:\n"
    "  sftpd-lite --listen 2022                     serve the current directory, once asked for,\n"
    "                                               with a password made up for this run\n"
    "  sftpd-lite --listen 2022 --root /srv/files --authorized-keys ~/.ssh/authorized_keys\n"
    "  Subsystem sftp /usr/bin/sftpd-lite --subsystem          (a line of sshd_config)\n";

/// The arguments up to --scp; what stands behind it is for scp, as a shell has left it.
int without_scp(int argc, char** argv, GivenFlags& given) {
  const auto end = argv + argc;
  const auto at = std::find(argv, end, std::string_view("--scp"));
  if (at == end) return argc;
  std::vector<scp::Word> words;
  for (char** word = at + 1; word != end; ++word) words.push_back(scp::Word::literal(*word));
  auto command = scp::parse_command(words);
  if (const auto* why = std::get_if<std::string>(&command))
    throw ExitError(kUsage, "--scp: " + *why);
  given.options.scp = std::get<scp::Command>(std::move(command));
  return static_cast<int>(at - argv) + 1;
}

/// What a login shell is to do; false: nothing that it does.
bool take_shell_command(GivenFlags& given) {
  const auto& command = given.shell.command;
  if (!command) return false;
  if (is_sftp_command(*command, given.shell.sftp_commands)) return given.subsystem = true;
  if (!scp::is_scp(*command)) return false;
  auto parsed = scp::read_command(*command);
  if (const auto* why = std::get_if<std::string>(&parsed))
    throw ExitError(kRefused, "scp: " + *why);
  given.options.scp = std::get<scp::Command>(std::move(parsed));
  return given.scp = true;
}

/// Once around the command line: what it says stands above what `base` has.
std::variant<Options, int> parse_once(int argc, char** argv, const Options& base,
                                      GivenFlags& given) {
  CLI::App app{kExamples, "sftpd-lite"};
  given.options = base;
  given.idle = static_cast<long>(base.idle_timeout.count());
  given.login = static_cast<long>(base.login_timeout.count());
  app.set_version_flag(
      "--version", version_text("sftpd-lite") + (pam_is_built() ? ", with PAM" : ", without PAM"));
  app.formatter(std::make_shared<WrappedHelp>());
  declare_flags(app, given);
  argc = without_scp(argc, argv, given);
  if (argc > 0 && is_login_shell(argv[0])) given.shell.login_shell = true;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // help and version
    fmt::print(stderr, "sftpd-lite: {}; see sftpd-lite --help\n", e.what());
    return static_cast<int>(kUsage);
  }
  if (app.count("-c") != 0) given.shell.command = given.command;
  const auto deny = [](const Options& options) {
    const std::string& own = options.deny_message;
    fmt::print(stderr, "{}\n", own.empty() ? kDenyMessage : own);
    return static_cast<int>(kRefused);
  };
  if (given.shell.login_shell) {
    if (!take_shell_command(given)) return deny(given.options);
  } else if (given.shell.command) {
    throw ExitError(kUsage, "-c goes with --login-shell only");
  }
  if (std::ranges::find(given.directives, "help") != given.directives.end()) {
    fmt::print("{}", directive_help());
    return static_cast<int>(kDone);
  }
  if (given.query == "requests") {
    for (const std::string_view name : sftp::request_names()) fmt::print("{}\n", name);
    return static_cast<int>(kDone);
  }
  if (!given.query.empty())
    throw ExitError(kUsage, fmt::format("-Q {}: only `-Q requests` is known", given.query));
  Options options = to_options(given, app);
  const bool allowed = given.scp ? options.scp_allowed : options.sftp_allowed;
  if (given.shell.login_shell && !allowed) return deny(options);
  return options;
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
std::variant<Options, int> with_configuration(int argc, char** argv, const GivenFlags& given) {
  Options base;
  base.config = given.config;
  // As ProFTPD has them unless it is told otherwise.
  base.require_valid_shell = base.use_ftpusers = true;
  base.files.policy.allow_overwrite = base.files.policy.allow_store_restart = false;
  Configuration read = load_configuration(
      given.config, std::set<std::string>(given.defines.begin(), given.defines.end()));
  std::vector<Options> hosts;
  if (read.hosts.empty()) read.hosts.emplace_back();
  for (const HostPlan& plan : read.hosts) {
    GivenFlags again;
    auto parsed = parse_once(argc, argv, options_of(plan, base, read.problems), again);
    if (std::holds_alternative<int>(parsed)) return parsed;
    hosts.push_back(std::get<Options>(std::move(parsed)));
  }
  Options first = std::move(hosts.front());
  if (first.listen.empty() && !given.inetd && !given.subsystem && !given.scp) {
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
  GivenFlags given;
  auto parsed = parse_once(argc, argv, Options(), given);
  if (std::holds_alternative<int>(parsed)) return parsed;
  if (given.config.empty()) {
    Options& options = std::get<Options>(parsed);
    if (!options.mode) {
      listen_as_configured(options);
      if (!options.listen.empty()) options.mode = Mode::Listen;
    }
    return parsed;
  }
  return with_configuration(argc, argv, given);
}

}  // namespace ssh2core::tools
