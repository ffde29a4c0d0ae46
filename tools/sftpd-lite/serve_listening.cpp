// --listen: the process that accepts connections and knows of all of them.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/transient_rsa.h"
#include "libssh2core/io/listener.h"
#include "libssh2core/io/system_clock.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/log/session_logs.h"
#include "tools/sftpd-lite/login/credentials.h"
#include "tools/sftpd-lite/serve.h"
#include "tools/sftpd-lite/warm_up.h"

namespace ssh2core::tools {

namespace {

volatile std::sig_atomic_t reload_requested = 0, status_requested = 0;

std::vector<std::string> fingerprints(const Service& service) {
  std::vector<std::string> texts;
  for (const Bytes& blob : service.host_key_ring->all_keys())
    texts.push_back(fingerprint(service.options.keys.fingerprints, blob));
  return texts;
}

/// What the listener counts for its status.
struct Counters {
  std::size_t refused = 0, crashed = 0;
};

/// By the settings of now.
void set_rules(FrontDoor& door, Hosts& hosts) {
  const Options& o = hosts.first().options;
  std::vector<Network> proxies;
  for (std::size_t i = 0; i < hosts.size(); ++i)
    for (const Network& proxy : hosts.at(i).options.proxies) proxies.push_back(proxy);
  StartupSettings startups = o.startups;
  startups.places = o.max_connections;
  door.set(o.penalties, startups, std::move(proxies));
}

void log_status(Hosts& hosts, const EventLog& log, const Counters& counters, const FrontDoor& door,
                std::size_t connections, std::size_t served) {
  const auto entries = hosts.board().entries();
  log.message(LogLevel::Info,
              fmt::format("status connections={} logged_in={} served={} refused={} crashed={} "
                          "penalties={}",
                          connections, entries.size(), served, counters.refused, counters.crashed,
                          door.penalties(io::SystemClock().now())));
  for (const BoardEntry& one : entries)
    log.message(LogLevel::Info, fmt::format("status session pid={} user={} peer={} class={}",
                                            one.pid, printable(one.user), printable(one.address),
                                            printable(one.class_name)));
}

void reload(Hosts& hosts, std::vector<io::ListeningSocket>& sockets, bool& first_json_line) {
  const auto findings = hosts.reload(sockets);
  const bool refused = std::ranges::any_of(findings, &Finding::fatal);
  const EventLog log(hosts.first().outputs, "", first_json_line);
  for (const Finding& finding : findings)
    log.message(finding.fatal ? LogLevel::Error : LogLevel::Warning, finding.text);
  log.message(refused ? LogLevel::Error : LogLevel::Info,
              refused ? "reload refused: the settings stay as they were" : "settings reloaded");
  if (!refused)
    for (std::size_t i = 0; i < hosts.size(); ++i) warm_up(hosts.at(i));
}

/// For a process that could not write its record itself.
void note_logout(Hosts& hosts, pid_t pid) {
  for (const BoardEntry& one : hosts.board().entries())
    if (one.pid == pid && one.host < hosts.size())
      hosts.at(one.host).outputs.records->logins.logout(pid, one.address, one.address);
}

io::AcceptReport accept_report(Hosts& hosts, std::vector<io::ListeningSocket>& sockets,
                               Counters& counters, FrontDoor& door) {
  // Made anew each time: a reload replaces the outputs.
  const auto log = [&hosts](LogLevel level, const std::string& text) {
    EventLog(hosts.first().outputs, "", hosts.first().first_json_line).message(level, text);
  };
  const auto info = [log](const std::string& text) { log(LogLevel::Info, text); };
  const auto refused = [log, &counters](const std::string& peer, const std::string& why) {
    ++counters.refused;  // an empty one was told before
    if (!why.empty())
      log(LogLevel::Warning, fmt::format("refused peer={} reason=\"{}\"", peer, why));
  };
  return {
      .refused = refused,
      .child_ended =
          [log, info, &hosts, &counters, &door](pid_t pid, int status, const std::string& host) {
            if (WIFSIGNALED(status)) note_logout(hosts, pid);
            hosts.board().leave(pid);
            if (!door.ended(pid, status, host, io::SystemClock().now(), info)) return;
            // Here and not for each connection: children only have what their parent had.
            for (std::size_t i = 0; i < hosts.size(); ++i)
              if (const auto& keys = hosts.at(i).settings.transport.transient_rsa_keys)
                keys->prepare(io::SystemClock().now());
            if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGTERM) return;
            if (WTERMSIG(status) == SIGALRM)
              return log(LogLevel::Warning,
                         fmt::format("process {} hung in a login and was ended: TimeoutLogin was "
                                     "over",
                                     pid));
            ++counters.crashed;
            log(LogLevel::Error,
                fmt::format("process {} of a session died by signal {}", pid, WTERMSIG(status)));
          },
      .judge = [log, info, &hosts, &counters,
                &door](const std::string& host) -> std::optional<std::string> {
        auto out = door.judge(host, io::SystemClock().now(), info);
        if (out) {
          if (out->empty()) ++counters.refused;  // a sentence is counted where it is logged
          return out;
        }
        for (std::size_t i = 0; i < hosts.size(); ++i)
          for (const std::string& problem : refresh_accounts(hosts.at(i)))
            log(LogLevel::Error, problem + "; the accounts stay as they were");
        return std::nullopt;
      },
      .make_room =
          [log, &counters, &door](const std::string& host) {
            const pid_t pid = door.make_room(
                host, [log](const std::string& text) { log(LogLevel::Warning, text); });
            if (pid != 0) ++counters.refused;
            return pid;
          },
      .started = [&door](pid_t pid, const std::string& host) { door.started(pid, host); },
      .call_fd = door.descriptor(),
      .called = [info, refused, &door] { door.answer(io::SystemClock().now(), info, refused); },
      .woken =
          [&hosts, &sockets, &counters, &door](std::size_t connections, std::size_t served) {
            Service& first = hosts.first();
            if (std::exchange(reload_requested, 0) != 0)
              reload(hosts, sockets, first.first_json_line), set_rules(door, hosts);
            if (std::exchange(status_requested, 0) != 0) {
              const EventLog told(hosts.first().outputs, "", hosts.first().first_json_line);
              log_status(hosts, told, counters, door, connections, served);
            }
          }};
}

/// SIGHUP and SIGUSR1 are for the listener; its children leave them alone.
void install_listener_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { reload_requested = 1; };
  sigaction(SIGHUP, &action, nullptr);
  action.sa_handler = [](int) { status_requested = 1; };
  sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace

int serve_listening(Hosts& hosts) {
  Service& service = hosts.first();
  install_listener_signals();
  std::vector<io::ListeningSocket> sockets;
  try {
    sockets = hosts.open_sockets();
  } catch (const io::ListenError& e) {
    throw ExitError(e.wrong_address ? kUsage : kFailed, e.what());
  }
  EventLog log(service.outputs, "", service.first_json_line);
  const auto keys = fingerprints(service);
  for (const auto& socket : sockets) log.on_listening(socket.host, socket.port, keys);
  for (const std::string& key : keys) log.message(LogLevel::Info, "host key " + key);
  if (!service.one_off_login.empty()) {
    fmt::print(stderr, "sftpd-lite: {}\n", as_text(service.one_off_login.view()));
    service.one_off_login = Secret();
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) warm_up(hosts.at(i));
  for (std::size_t i = 1; i < hosts.size(); ++i) hosts.at(i).first_json_line = false;
  const Options& o = service.options;
  const io::AcceptLimits limits{.max_connections = o.max_connections,
                                .max_connections_per_host = o.max_connections_per_host,
                                .max_sessions = o.max_sessions,
                                .rate_per_second = o.rate_limit};
  Counters counters;
  FrontDoor door(hosts.board());
  set_rules(door, hosts);
  io::accept_loop(sockets, limits, accept_report(hosts, sockets, counters, door), stop_requested,
                  std::chrono::seconds(2), [&hosts, &door](int fd, const std::string& peer) {
                    return serve_at_host(hosts, {&hosts.board(), &door}, fd, fd, peer);
                  });
  return kDone;
}

}  // namespace ssh2core::tools
