// Listening sockets and the accept loop that forks one process per connection.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::io {

/// A bound, listening socket and where it listens.
struct ListeningSocket {
  Descriptor fd;
  std::string host;  // numeric
  unsigned port = 0;
};

/// Why a socket cannot be listened on: one sentence that names the address.
struct ListenError final : std::runtime_error {
  ListenError(const std::string& what, bool wrong)
      : std::runtime_error(what), wrong_address(wrong) {}
  bool wrong_address;  // the text is at fault, not the system (a port in use, say)
};

/// Opens "[ADDR:]PORT": IPv6 in brackets, port 0 for any, service names, `fd:N` for an inherited
/// socket; no address means loopback (127.0.0.1 and ::1 where there is IPv6). Throws
/// ListenError when it cannot.
std::vector<ListeningSocket> listen_on(const std::string& address);
/// The numeric "address:port" of all that such a text means, without opening anything; none when it
/// cannot be told.
std::vector<std::string> resolved_names(const std::string& address);
/// The sockets that systemd passed (LISTEN_FDS, LISTEN_PID); empty when there are none.
std::vector<ListeningSocket> inherited_sockets();

/// The numeric "address:port" (IPv6 in brackets) of the peer of a socket; "-" when it is no socket.
std::string peer_name(int fd);

struct AcceptLimits {
  std::size_t max_connections = 0;           // at once, 0: no limit
  std::size_t max_connections_per_host = 0;  // at once, 0: no limit
  std::size_t max_sessions = 0;              // in total, then return; 0: no limit
  double rate_per_second = 0;                // new connections a second and host; 0: no limit
};

struct AcceptReport {
  /// A connection was closed at once, because of a limit or because no process could be started;
  /// `why` is a sentence. Peer "-": none can be accepted now, said once until one succeeds again.
  std::function<void(const std::string& peer, const std::string& why)> refused;
  /// A child ended; `status` is that of waitpid(2), so that a crash can be told from an exit;
  /// `host` is its client's, numeric.
  std::function<void(pid_t pid, int status, const std::string& host)> child_ended;
  /// Asked for each connection that the limits admit, before its process is started: a sentence
  /// says why it is closed instead, an empty one closes it without a report.
  std::function<std::optional<std::string>(const std::string& host)> judge = nullptr;
  /// Asked when max_connections is reached: a process that is killed so that another connection can
  /// come from `host`; 0: none.
  std::function<pid_t(const std::string& host)> make_room = nullptr;
  /// A connection has a process now.
  std::function<void(pid_t pid, const std::string& host)> started = nullptr;
  /// A descriptor that becomes readable when the processes want something; -1: none. `called` must
  /// read it.
  int call_fd = -1;
  std::function<void()> called = nullptr;
  /// At the beginning and after each signal, with how many there are now and were so far. May
  /// change the sockets.
  std::function<void(std::size_t connections, std::size_t served)> woken = nullptr;
};

/// Accepts connections until `stop` becomes non-zero or max_sessions were served, then waits for
/// the children. Each connection runs `serve(fd, peer)` in a forked child, which exits with its
/// result; listening sockets are closed there. Children are reaped as they end; on stop they get
/// SIGTERM and `grace` to finish, then SIGKILL.
void accept_loop(std::vector<ListeningSocket>& sockets, const AcceptLimits& limits,
                 const AcceptReport& report, const volatile std::sig_atomic_t& stop,
                 std::chrono::milliseconds grace,
                 const std::function<int(int fd, const std::string& peer)>& serve);

}  // namespace ssh2core::io
