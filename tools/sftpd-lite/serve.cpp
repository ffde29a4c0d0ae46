#include "tools/sftpd-lite/serve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/io/listener.h"
#include "libssh2core/io/posix_file_system.h"
#include "libssh2core/io/pump.h"
#include "libssh2core/io/system_clock.h"
#include "libssh2core/server/subsystem.h"
#include "libssh2core/sftp/request_names.h"
#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/captures.h"
#include "tools/sftpd-lite/warm_up.h"

namespace ssh2core::tools {

volatile std::sig_atomic_t stop_requested = 0;

namespace {

std::string new_session_id(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::string id;
  for (const std::uint8_t byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

/// Serves one connection until it ends.
int serve_connection(Service& service, int in, int out, const std::string& peer) {
  const io::SystemClock clock;
  SystemRandom random;
  const std::string id = new_session_id(random);
  EventLog log(service.outputs, id, service.first_json_line);
  Captures captures(service.options, id, out, clock);
  service.authenticator->begin(peer);
  server::Session session(service.settings,
                          {.clock = clock,
                           .random = random,
                           .host_keys = *service.host_keys,
                           .authenticator = *service.authenticator,
                           .events = log,
                           .open_files =
                               [&service](const std::string& user, std::string& why) {
                                 service.authenticator->end();
                                 return open_files(service, user, why);
                               },
                           .key_log = captures.key_log(),
                           .tap = captures.packet_tap()},
                          peer);
  if (io::pump(session, in, out, clock, stop_requested) == io::PumpEnd::Stopped) {
    session.disconnect(Reason::ByApplication, "the server is shutting down");
    // One try: a peer that does not read must not hold up the shutdown.
    [[maybe_unused]] const ssize_t sent =
        write(out, session.output().data(), session.output().size());
  }
  return kDone;
}

std::vector<std::string> fingerprints(const Service& service) {
  std::vector<std::string> texts;
  for (const PrivateKey& key : service.host_keys->keys())
    texts.push_back(fingerprint(service.options.keys.fingerprints, key.public_blob()));
  return texts;
}

std::vector<io::ListeningSocket> open_sockets(const Service& service) {
  std::vector<io::ListeningSocket> sockets;
  if (service.options.listen.empty()) return io::inherited_sockets();
  for (const std::string& address : service.options.listen)
    for (auto& socket : io::listen_on(address)) sockets.push_back(std::move(socket));
  return sockets;
}

io::AcceptReport accept_report(const EventLog& log) {
  return {
      .refused =
          [&log](const std::string& peer, const std::string& why) {
            log.message(LogLevel::Warning, fmt::format("refused peer={} reason=\"{}\"", peer, why));
          },
      .child_ended =
          [&log](pid_t pid, int status) {
            if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
              log.message(LogLevel::Error, fmt::format("process {} of a session died by signal {}",
                                                       pid, WTERMSIG(status)));
          }};
}

}  // namespace

void install_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop_requested = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int serve_listening(Service& service) {
  std::vector<io::ListeningSocket> sockets;
  try {
    sockets = open_sockets(service);
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
  warm_up(service);
  const Options& o = service.options;
  io::accept_loop(sockets,
                  {.max_connections = o.max_connections,
                   .max_connections_per_host = o.max_connections_per_host,
                   .max_sessions = o.max_sessions,
                   .rate_per_second = o.rate_limit},
                  accept_report(log), stop_requested, std::chrono::seconds(2),
                  [&service](int fd, const std::string& peer) {
                    return serve_connection(service, fd, fd, peer);
                  });
  return kDone;
}

namespace {

bool is_socket(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

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

}  // namespace

int serve_inetd(Service& service) {
  const bool socket = is_socket(0);
  return serve_connection(service, 0, socket ? 0 : 1, io::peer_name(0));
}

int serve_subsystem(Service& service) {
  const Options& o = service.options;
  const std::string start = expand_start(o.start_directory, service.caller);
  if (!start.empty() && chdir(start.c_str()) != 0)
    throw ExitError(kUsage, fmt::format("-d {}: {}", start, strerror(errno)));
  if (o.umask_bits) umask(*o.umask_bits);
  const io::SystemClock clock;
  SystemRandom random;
  EventLog log(service.outputs, new_session_id(random), service.first_json_line);
  io::PosixFileSystemOptions files;
  files.read_only = o.read_only;
  if (o.root) {
    files.root = *o.root;
  } else if (char* here = get_current_dir_name()) {
    files.home = here;
    free(here);
  }
  sftp::ServerOptions options = service.settings.sftp;
  options.read_only = o.read_only;
  options.refused_requests = o.denied_requests;
  if (o.allowed_requests)
    for (const std::string& name : sftp::all_requests_but(*o.allowed_requests))
      options.refused_requests.push_back(name);
  try {
    const auto file_system = io::make_posix_file_system(files);
    server::SubsystemSession session(*file_system, log, clock, random, options);
    return io::pump(session, 0, 1, clock, stop_requested) == io::PumpEnd::Failed ? kFailed : kDone;
  } catch (const std::system_error& e) {
    throw ExitError(kUsage, e.what());
  }
}

}  // namespace ssh2core::tools
