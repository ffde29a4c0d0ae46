#include "tools/sftpd-lite/serve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "libssh2core/crypto/system_random.h"
#include "libssh2core/crypto/transient_rsa.h"
#include "libssh2core/io/posix_file_system.h"
#include "libssh2core/io/pump.h"
#include "libssh2core/io/socket_name.h"
#include "libssh2core/io/system_clock.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/access/front_door.h"
#include "tools/sftpd-lite/access/login_outcome.h"
#include "tools/sftpd-lite/access/reverse_name.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/files/file_rules.h"
#include "tools/sftpd-lite/files/session_files.h"
#include "tools/sftpd-lite/log/captures.h"
#include "tools/sftpd-lite/log/session_logs.h"
#include "tools/sftpd-lite/login/banner.h"
#include "tools/sftpd-lite/login/credentials.h"
#include "tools/sftpd-lite/login/display_variables.h"
#include "tools/sftpd-lite/session_environment.h"

namespace ssh2core::tools {

volatile std::sig_atomic_t stop_requested = 0;

std::string new_session_id(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::string id;
  for (const std::uint8_t byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

namespace {

/// The client behind a proxy that we know, else the peer itself. Nothing when it may not connect,
/// which is logged.
std::optional<std::string> admitted_client(Service& service, FrontDoor* door, int socket,
                                           const std::string& peer) {
  const Options& o = service.options;
  std::string client = peer;
  const EventLog log(service.outputs, "", service.first_json_line);
  const auto refuse = [&](std::string_view why) {
    log.message(LogLevel::Warning, fmt::format("refused peer={} reason=\"{}\"", client, why));
    return std::nullopt;
  };
  auto address = parse_address(address_of_peer(client));
  if (address && any_holds(o.proxies, *address)) {
    const auto header = read_proxy_header(socket);
    if (const auto* why = std::get_if<std::string>(&header)) return refuse(*why);
    const auto& said = std::get<ProxyHeader>(header);
    if (said.address.empty()) return client;  // the proxy's own question whether we are there
    const bool six = said.address.find(':') != std::string::npos;
    client = six ? fmt::format("[{}]:{}", said.address, said.port)
                 : fmt::format("{}:{}", said.address, said.port);
    address = parse_address(said.address);
  }
  if (address && !o.addresses.admits(*address)) return refuse("denied by address");
  // The listener has logged why.
  if (door != nullptr && !door->admits(peer, client)) return std::nullopt;
  return client;
}

/// The service for the client's class; nullptr, with a line in the log, when it cannot be made.
Service* service_for(Service& service, const std::string& class_name, const EventLog& log) {
  std::vector<Finding> findings;
  Service& chosen = for_class(service, class_name, findings);
  for (const Finding& finding : findings)
    log.message(finding.fatal ? LogLevel::Error : LogLevel::Warning, finding.text);
  if (std::ranges::any_of(findings, &Finding::fatal)) return nullptr;
  return &chosen;
}

/// What holds for the user, once it is known who that is.
struct UserSettings {
  Options options;
  server::Settings settings;
  std::shared_ptr<const server::Settings> of_client;  // with the rules that fit the client
  std::string identification;                         // of the client
  std::optional<TransferCount> transfers;
  std::optional<sftp::Pace> request_pace;

  /// Reads what the options name, while that can still be read.
  void fill(const Options& of_user) {
    options = of_user;
    fill_settings(options, settings);
    request_pace = request_pace_of(options);
    settings.sftp.request_pace = request_pace ? &*request_pace : nullptr;
  }
  const server::Settings* take(const SessionFacts& facts, Scoreboard* board, std::size_t host) {
    if (board != nullptr && options.transfers.any()) {
      transfers.emplace(*board, options.transfers, host, facts.user, facts.address);
      settings.sftp.transfers = &*transfers;
    }
    settings.login_text =
        to_banner(expand_display(settings.login_text, {options, facts, board, host}));
    of_client = settings_for_client(options.client_rules, settings, identification);
    return of_client ? of_client.get() : &settings;
  }
};

/// Serves one SSH connection until it ends, by the settings of `service`.
void serve_session(Hosts& hosts, Service& service, const Admission& admission, Captures& captures,
                   const EventLog& log, SessionLogs& events, Random& random, int in, int out,
                   const std::string& peer) {
  const io::SystemClock clock;
  const auto told = [&log](LogLevel level, const std::string& text) { log.message(level, text); };
  const std::function<void(const std::string&)> refused = [&events](const std::string& what) {
    events.on_event(server::Problem{what});
  };
  UserSettings of_user;
  server::Session session(
      service.settings,
      {.clock = clock,
       .random = random,
       .host_keys = *service.host_key_ring,
       .authenticator = *service.authenticator,
       .events = events,
       .open_files = [&](const std::string& user,
                         std::string& why) -> std::unique_ptr<sftp::FileSystem> {
         alarm(0);
         service.authenticator->end();
         of_user.fill(admission.options_for(user));
         why = admission.enter(user);
         if (!why.empty()) return nullptr;
         auto opened =
             open_files(service, of_user.options, admission.visitor(user), told, refused, why);
         hosts.forget_credentials();
         if (opened.files) {
           const auto home = opened.files->real_path("");
           events.entered(user, home ? *home : "/", opened.root);
         }
         return std::move(opened.files);
       },
       .settings_for =
           [&](std::string_view line) {
             of_user.identification = line;
             return settings_for_client(service.options.client_rules, service.settings, line);
           },
       .set_variable =
           [&](const std::string& name, const std::string& value) {
             // What SetEnv and UnsetEnv say is not for clients to change.
             if (std::ranges::find(service.options.variables, name, &VariableSetting::name) ==
                 service.options.variables.end())
               setenv(name.c_str(), value.c_str(), 1);
           },
       .settings_of =
           [&](const std::string&) {
             return of_user.take(events.facts(), admission.board(), admission.host());
           },
       .key_log = captures.key_log(),
       .tap = captures.packet_tap()},
      peer);
  events.set_traffic([&session] { return session.traffic(); });
  // Ends the process when something in the login does not come back: a name service, a program.
  constexpr unsigned kGrace = 5;
  if (const auto time = service.options.login_timeout.count(); time != 0)
    alarm(static_cast<unsigned>(time) + kGrace);
  if (io::pump(session, in, out, clock, stop_requested) == io::PumpEnd::Stopped) {
    session.disconnect(Reason::ByApplication, "the server is shutting down");
    // One try: a peer that does not read must not hold up the shutdown.
    [[maybe_unused]] const ssize_t sent =
        write(out, session.output().data(), session.output().size());
  }
}

SessionFacts facts_of(const Service& service, const Admission& admission,
                      const std::string& address, std::string_view peer, int socket) {
  const io::SocketName local = io::local_name(socket);
  SessionFacts facts;
  facts.address = facts.host = address.empty() ? "-" : address;
  if (service.options.reverse_dns && !address.empty())
    facts.host = reverse_name(address).value_or(address);
  facts.local_address = local.host.empty() ? "-" : local.host;
  facts.local_port = local.port;
  const std::string_view port = peer.substr(std::min(peer.rfind(':'), peer.size() - 1) + 1);
  std::from_chars(port.data(), port.data() + port.size(), facts.port);
  facts.class_name = admission.class_name();
  facts.server_name = service.options.records.server_name;
  facts.root = service.root;
  return facts;
}

/// Puts values into the texts that are shown before the login. This process serves one connection.
void expand_texts(Service& service, const SessionFacts& facts, const Scoreboard* board,
                  std::size_t host) {
  server::Settings& s = service.settings;
  s.auth_banner = to_banner(expand_display(s.auth_banner, {service.options, facts, board, host}));
  s.transport.identification = expand_identification(s.transport.identification, facts);
}

/// Serves one connection until it ends, or turns it away.
int serve_connection(Hosts& hosts, const Shared& shared, std::size_t host, int in, int out,
                     const std::string& socket_peer) {
  Service& service = hosts.at(host);
  Scoreboard* const board = shared.board;
  const auto peer = admitted_client(service, shared.door, in, socket_peer);
  if (!peer) return kRefused;
  if (shared.door != nullptr) shared.door->close();
  const io::SystemClock clock;
  SystemRandom random;
  const std::string id = new_session_id(random);
  EventLog log(service.outputs, id, service.first_json_line);
  Captures captures(service.options, id, out, clock);
  const std::string address(*peer == "-" ? std::string_view() : address_of_peer(*peer));
  const auto told = [&log](const std::string& why) { log.message(LogLevel::Warning, why); };
  const auto& rules = service.options.rules;
  const std::string class_name = rules ? class_of(rules->classes, address) : std::string();
  Service* const found = service_for(service, class_name, log);
  if (found == nullptr) return kRefused;
  Service& chosen = *found;
  const Admission admission(chosen.options, *chosen.accounts, board, host, address, told);
  *chosen.admission = &admission;
  chosen.connection = {in, out};
  chosen.authenticator->begin(*peer);
  if (const auto& keys = chosen.settings.transport.transient_rsa_keys)
    keys->forget_if_old(clock.now());
  apply_variables(chosen.options.variables);
  LoginOutcome outcome(log);
  SessionEnvironment environment(outcome, in);
  const SessionFacts facts = facts_of(chosen, admission, address, *peer, in);
  if (facts.host != facts.address)
    log.message(LogLevel::Info, fmt::format("name peer={} host={}", *peer, facts.host));
  expand_texts(chosen, facts, board, host);
  SessionLogs records(*service.outputs.records, environment, facts);
  serve_session(hosts, chosen, admission, captures, log, records, random, in, out, *peer);
  // Only the listener asks what it came to.
  return board == nullptr ? int{kDone} : exit_code_of(outcome.offence());
}

}  // namespace

int serve_at_host(Hosts& hosts, const Shared& shared, int in, int out, const std::string& peer) {
  const auto host = hosts.host_of(in);
  if (host) return serve_connection(hosts, shared, *host, in, out, peer);
  const EventLog log(hosts.first().outputs, "", hosts.first().first_json_line);
  log.message(LogLevel::Error,
              fmt::format("refused peer={} reason=\"no host of the configuration is at {}\"", peer,
                          io::local_name(in).text()));
  return kRefused;
}

void install_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop_requested = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

namespace {

bool is_socket(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

}  // namespace

int serve_inetd(Hosts& hosts) {
  return serve_at_host(hosts, {}, 0, is_socket(0) ? 0 : 1, io::peer_name(0));
}

}  // namespace ssh2core::tools
