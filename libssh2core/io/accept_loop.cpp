#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>

#include "libssh2core/io/connection_limits.h"
#include "libssh2core/io/listener.h"
#include "libssh2core/io/socket_name.h"

namespace ssh2core::io {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kPause = 100ms;  // after an accept for which the system lacks something

// SIGCHLD interrupts the wait, and it and the signals that stop a program arrive only there: so
// none comes unnoticed between a look at the state and the wait. Undone at the end of its life.
class Signals {
 public:
  Signals() {
    struct sigaction wake{};
    wake.sa_handler = [](int) {};
    wake.sa_flags = SA_NOCLDSTOP;
    ::sigemptyset(&wake.sa_mask);
    ::sigaction(SIGCHLD, &wake, &child_action_);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1})
      ::sigaddset(&blocked, signal);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
    waiting_ = before_;
    ::sigdelset(&waiting_, SIGCHLD);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { restore(child_action_); }

  /// Polls with the signals let through, for `timeout` at most; -1 when one came.
  int wait(std::vector<pollfd>& fds, std::optional<std::chrono::nanoseconds> timeout) const {
    timespec limit{};
    if (timeout) {
      const std::chrono::nanoseconds left = std::max<std::chrono::nanoseconds>(*timeout, 0ns);
      limit.tv_sec = left / 1s;
      limit.tv_nsec = (left % 1s).count();
    }
    return ::ppoll(fds.data(), fds.size(), timeout ? &limit : nullptr, &waiting_);
  }
  /// For a child: the mask that was before, and SIGCHLD as a program expects it.
  void restore_in_child() const {
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    restore(plain);
  }

 private:
  void restore(const struct sigaction& child_action) const {
    ::sigaction(SIGCHLD, &child_action, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  struct sigaction child_action_{};
  sigset_t before_{}, waiting_{};
};

class AcceptLoop {
 public:
  AcceptLoop(std::vector<ListeningSocket>& sockets, const AcceptLimits& limits,
             const AcceptReport& report, const volatile std::sig_atomic_t& stop,
             const std::function<int(int, const std::string&)>& serve)
      : sockets_(sockets),
        max_sessions_(limits.max_sessions),
        limits_(limits),
        report_(report),
        stop_(stop),
        serve_(serve) {}

  void accept_until_done();
  void wait_for_children();
  void end_children(std::chrono::milliseconds grace);

 private:
  void accept_one(int listening);
  void end_now(pid_t pid);
  void accept_failed(int error);
  void refuse(const std::string& peer, const std::string& why) {
    if (report_.refused) report_.refused(peer, why);
  }
  void start(Descriptor connection, const SocketName& peer);
  [[noreturn]] void be_child(int fd, const std::string& peer) noexcept;
  void reap();
  /// Waits for what children want, and for signals: -1 when one came.
  int wait(std::vector<pollfd>& fds, std::optional<std::chrono::nanoseconds> timeout) const;
  bool served_all() const { return max_sessions_ != 0 && served_ >= max_sessions_; }

  std::vector<ListeningSocket>& sockets_;
  std::size_t max_sessions_;
  ConnectionLimits limits_;
  const AcceptReport& report_;
  const volatile std::sig_atomic_t& stop_;
  const std::function<int(int, const std::string&)>& serve_;
  Signals signals_;
  std::size_t served_ = 0;
  std::optional<steady_clock::time_point> paused_until_;
  bool failure_told_ = false;
};

int AcceptLoop::wait(std::vector<pollfd>& fds,
                     std::optional<std::chrono::nanoseconds> timeout) const {
  if (report_.call_fd >= 0) fds.push_back({report_.call_fd, POLLIN, 0});
  const int ready = signals_.wait(fds, timeout);
  if (report_.call_fd >= 0) {
    if (fds.back().revents != 0) report_.called();
    fds.pop_back();
  }
  return ready;
}

void AcceptLoop::accept_until_done() {
  std::vector<pollfd> fds, none;
  if (report_.woken) report_.woken(0, 0);  // a signal may have come before this loop held it back
  while (stop_ == 0 && !served_all()) {
    fds.clear();
    for (const ListeningSocket& socket : sockets_) fds.push_back({socket.fd.get(), POLLIN, 0});
    int ready = 0;
    if (paused_until_) {
      wait(none, *paused_until_ - steady_clock::now());
      if (steady_clock::now() >= *paused_until_) paused_until_.reset();
    } else {
      ready = wait(fds, std::nullopt);
    }
    reap();
    if (ready <= 0) {
      if (report_.woken) report_.woken(limits_.connections().size(), served_);
      continue;
    }
    for (const pollfd& fd : fds)
      if (fd.revents != 0 && stop_ == 0 && !served_all() && !paused_until_) accept_one(fd.fd);
  }
}

void AcceptLoop::accept_one(int listening) {
  Descriptor connection(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection) return accept_failed(errno);
  failure_told_ = false;
  const SocketName peer = remote_name(connection.get());
  if (limits_.full() && report_.make_room)
    if (const pid_t pid = report_.make_room(peer.host)) end_now(pid);
  if (const auto why = limits_.refusal(peer.host, steady_clock::now()))
    return refuse(peer.text(), *why);
  const auto judged = report_.judge ? report_.judge(peer.host) : std::nullopt;
  if (judged && judged->empty()) return;
  if (judged) return refuse(peer.text(), *judged);
  start(std::move(connection), peer);
}

void AcceptLoop::end_now(pid_t pid) {
  const auto at = limits_.connections().find(pid);
  if (at == limits_.connections().end()) return;
  const std::string host = at->second;
  ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  limits_.closed(pid);
  if (report_.child_ended) report_.child_ended(pid, status, host);
}

void AcceptLoop::accept_failed(int error) {
  // The peer left before we came, or a network error that belongs to this connection alone.
  constexpr std::array kHarmless{EAGAIN,       EINTR,       ECONNABORTED, EPROTO,
                                 ENETDOWN,     EHOSTDOWN,   ENOPROTOOPT,  ENONET,
                                 EHOSTUNREACH, ENETUNREACH, EPERM,        ETIMEDOUT};
  if (std::ranges::find(kHarmless, error) != kHarmless.end()) return;
  // EMFILE, ENOMEM: the connection stays in the queue, so that poll would return at once.
  paused_until_ = steady_clock::now() + kPause;
  if (!failure_told_)
    refuse("-", "cannot accept connections: " + std::generic_category().message(error));
  failure_told_ = true;
}

void AcceptLoop::start(Descriptor connection, const SocketName& peer) {
  std::fflush(nullptr);  // or the child would write it a second time
  const pid_t pid = ::fork();
  if (pid == 0) be_child(connection.release(), peer.text());
  if (pid < 0)
    return refuse(peer.text(), "cannot start a process: " + std::generic_category().message(errno));
  limits_.opened(pid, peer.host);
  if (report_.started) report_.started(pid, peer.host);
  ++served_;
}

// Never returns into the parent's code: an exception that serve() lets out ends the process, and
// the parent reports that.
void AcceptLoop::be_child(int fd, const std::string& peer) noexcept {
  for (ListeningSocket& socket : sockets_) socket.fd = Descriptor();
  signals_.restore_in_child();
  const int result = serve_(fd, peer);
  std::fflush(nullptr);
  ::_exit(result);
}

// Asks for our own children only: the program may have others.
void AcceptLoop::reap() {
  struct Ended {
    pid_t pid;
    int status;
    std::string host;
  };
  std::vector<Ended> ended;
  for (const auto& [pid, host] : limits_.connections()) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != 0) ended.push_back({pid, status, host});
  }
  for (const auto& [pid, status, host] : ended) {
    limits_.closed(pid);
    if (report_.child_ended) report_.child_ended(pid, status, host);
  }
}

void AcceptLoop::wait_for_children() {
  std::vector<pollfd> none;
  for (reap(); stop_ == 0 && !limits_.connections().empty(); reap()) wait(none, std::nullopt);
}

void AcceptLoop::end_children(std::chrono::milliseconds grace) {
  const auto until = steady_clock::now() + grace;
  std::vector<pollfd> none;
  for (const auto& [pid, host] : limits_.connections()) ::kill(pid, SIGTERM);
  for (reap(); !limits_.connections().empty() && steady_clock::now() < until; reap())
    wait(none, until - steady_clock::now());
  for (const auto& [pid, host] : limits_.connections()) ::kill(pid, SIGKILL);
  for (reap(); !limits_.connections().empty(); reap()) signals_.wait(none, std::nullopt);
}

}  // namespace

void accept_loop(std::vector<ListeningSocket>& sockets, const AcceptLimits& limits,
                 const AcceptReport& report, const volatile std::sig_atomic_t& stop,
                 std::chrono::milliseconds grace,
                 const std::function<int(int fd, const std::string& peer)>& serve) {
  AcceptLoop loop(sockets, limits, report, stop, serve);
  loop.accept_until_done();
  sockets.clear();  // from here on nobody is to wait for an answer
  loop.wait_for_children();
  loop.end_children(grace);
}

}  // namespace ssh2core::io
