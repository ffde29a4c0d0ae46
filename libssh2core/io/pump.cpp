#include "libssh2core/io/pump.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace ssh2core::io {

namespace {

using namespace std::chrono_literals;

constexpr auto kIdle = 1s;                // without activity, until on_idle()
constexpr auto kLastWords = 10s;          // without progress, for what a finished endpoint left
constexpr auto kLinger = 250ms;           // for the peer to take what we sent last
constexpr std::size_t kLingerReads = 64;  // at most, each of kLingerBytes
constexpr std::size_t kLingerBytes = 16384;

// One end of the connection: a socket, which needs no change of its flags, or anything else, which
// is made non-blocking until the end of the object's life.
class End {
 public:
  explicit End(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) {
    int type = 0;
    socklen_t length = sizeof type;
    socket_ = ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
    if (!socket_ && flags_ >= 0) ::fcntl(fd, F_SETFL, flags_ | O_NONBLOCK);
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() {
    if (!socket_ && flags_ >= 0) ::fcntl(fd_, F_SETFL, flags_);
  }
  int fd() const { return fd_; }
  bool open() const { return flags_ >= 0; }
  bool socket() const { return socket_; }
  ssize_t read(MutableView room) const {
    return socket_ ? ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT)
                   : ::read(fd_, room.data(), room.size());
  }
  ssize_t write(ByteView bytes) const {
    return socket_ ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                   : ::write(fd_, bytes.data(), bytes.size());
  }
  bool set_tcp_option(int option) const {
    const int on = 1;
    return socket_ && ::setsockopt(fd_, IPPROTO_TCP, option, &on, sizeof on) == 0;
  }

 private:
  int fd_;
  int flags_;
  bool socket_ = false;
};

// Blocks every signal, so that none gets lost between looking at `stop` and waiting.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  const sigset_t* before() const { return &before_; }

 private:
  sigset_t before_;
};

bool try_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

class Pump {
 public:
  Pump(Endpoint& endpoint, int read_fd, int write_fd, const Clock& clock,
       const volatile std::sig_atomic_t& stop)
      : endpoint_(endpoint), in_(read_fd), out_(write_fd), clock_(clock), stop_(stop) {
    out_.set_tcp_option(TCP_NODELAY);
    tcp_ = in_.set_tcp_option(TCP_QUICKACK);
  }

  PumpEnd run();

 private:
  bool wants_input();
  bool output_pending() const { return !output_lost_ && !endpoint_.output().empty(); }
  bool done();
  bool write();
  bool read();
  void wait();
  std::optional<Clock::Steady> deadline() const;
  void on_deadline();
  std::optional<Clock::Steady> wake_at();
  void sleep_until(std::array<pollfd, 2>& fds, std::optional<Clock::Steady> at);
  void lose_output();
  void linger();

  Endpoint& endpoint_;
  End in_, out_;
  const Clock& clock_;
  const volatile std::sig_atomic_t& stop_;
  bool tcp_ = false;
  bool readable_ = false;  // as far as known, without asking
  bool writable_ = true;   // likewise
  bool input_ended_ = false;
  bool output_lost_ = false;
  bool failed_ = false;
  std::optional<Clock::Steady> last_words_until_;  // set once the endpoint is finished
  std::optional<bool> wants_input_;                // as last asked, while nothing happened since
  std::optional<Clock::Steady> idle_since_;
  bool idle_told_ = false;
};

PumpEnd Pump::run() {
  if (!in_.open() || !out_.open()) {
    lose_output();
    return PumpEnd::Failed;
  }
  while (true) {
    if (stop_ != 0) return PumpEnd::Stopped;
    if (const auto at = deadline(); at && *at <= clock_.now()) on_deadline();
    const bool wrote = write();
    if (done()) break;
    if (endpoint_.finished() && (wrote || !last_words_until_))
      last_words_until_ = clock_.now() + kLastWords;
    const bool got = read();
    if (wrote || got) {
      wants_input_.reset();
      idle_since_.reset();
      idle_told_ = false;
    } else if (!done()) {
      wait();
    }
  }
  if (failed_ || output_lost_) return PumpEnd::Failed;
  if (!input_ended_) linger();
  return PumpEnd::Finished;
}

// A finished endpoint has no deadlines any more. It still has words to deliver, and a peer that
// does not take them must not keep us.
std::optional<Clock::Steady> Pump::deadline() const {
  return endpoint_.finished() ? last_words_until_ : endpoint_.deadline();
}

void Pump::on_deadline() {
  if (endpoint_.finished()) return lose_output();
  endpoint_.on_deadline();
  wants_input_.reset();
}

// The peer may send no more and all is answered, or will be in time: then nothing will follow.
bool Pump::done() {
  if (failed_) return true;
  return !output_pending() && (endpoint_.finished() || (input_ended_ && !endpoint_.waits()));
}

// Writes once what there is. True when something happened.
bool Pump::write() {
  if (!writable_ || !output_pending()) return false;
  const ByteView output = endpoint_.output();
  const ssize_t count = out_.write(output);
  if (count < 0) {
    if (errno == EINTR) return true;
    writable_ = false;
    if (try_again(errno)) return false;
    lose_output();
    return true;
  }
  writable_ = static_cast<std::size_t>(count) == output.size();
  endpoint_.sent(static_cast<std::size_t>(count));
  return true;
}

void Pump::lose_output() {
  output_lost_ = true;
  endpoint_.output_lost();
}

// Reads once when there may be something and room for it. True when something happened.
bool Pump::read() {
  if (!readable_ || input_ended_ || endpoint_.finished()) return false;
  const MutableView room = endpoint_.receive_room();
  if (room.empty()) return false;
  const ssize_t count = in_.read(room);
  if (count < 0 && try_again(errno)) {
    readable_ = errno == EINTR;
    return readable_;
  }
  if (count <= 0) {
    input_ended_ = true;
    endpoint_.end_of_input();
    if (count < 0 && !output_lost_) lose_output();  // reset by the peer, time-out of the network
    return true;
  }
  // Less than there was room for: all is read, as a rule. What came meanwhile is found by poll.
  readable_ = static_cast<std::size_t>(count) == room.size();
  endpoint_.received(static_cast<std::size_t>(count));
  if (tcp_ && endpoint_.setting_up()) in_.set_tcp_option(TCP_QUICKACK);
  return true;
}

// Asked once per wait: asking makes an endpoint that gave its memory back in on_idle() take it
// again.
bool Pump::wants_input() {
  if (!wants_input_)
    wants_input_ = !input_ended_ && !endpoint_.finished() && !endpoint_.receive_room().empty();
  return *wants_input_;
}

std::optional<Clock::Steady> Pump::wake_at() {
  std::optional<Clock::Steady> at = deadline();
  if (!idle_since_) idle_since_ = clock_.now();
  if (!idle_told_) at = std::min(at.value_or(*idle_since_ + kIdle), *idle_since_ + kIdle);
  return at;
}

// Waits for what can be done next. A descriptor that nothing is wanted from is left out: it would
// report a peer that is gone over and over again.
void Pump::wait() {
  const bool want_read = wants_input();
  const bool want_write = output_pending();
  std::array<pollfd, 2> fds{pollfd{want_read ? in_.fd() : -1, POLLIN, 0},
                            pollfd{want_write ? out_.fd() : -1, POLLOUT, 0}};
  if (!want_read && !want_write && !deadline()) {
    failed_ = true;  // nothing can ever happen any more
    return;
  }
  const auto at = wake_at();
  sleep_until(fds, at);
  if (((fds[0].revents | fds[1].revents) & POLLNVAL) != 0) failed_ = true;
  if (fds[0].revents != 0) readable_ = true;
  if (fds[1].revents != 0) writable_ = true;
  if (!idle_told_ && clock_.now() - *idle_since_ >= kIdle && fds[0].revents == 0 &&
      fds[1].revents == 0) {
    idle_told_ = true;
    endpoint_.on_idle();
  }
}

// While on_idle() is still to come the wait is short, and a signal that arrives just before it
// costs a second at most. The long wait afterwards must not miss one; it alone pays for blocking
// them.
void Pump::sleep_until(std::array<pollfd, 2>& fds, std::optional<Clock::Steady> at) {
  timespec timeout{};
  if (at) {
    const auto left = std::max<std::chrono::nanoseconds>(*at - clock_.now(), 0ns);
    timeout.tv_sec = left / 1s;
    timeout.tv_nsec = (left % 1s).count();
  }
  const timespec* limit = at ? &timeout : nullptr;
  int ready = 0;
  if (idle_told_) {
    const SignalsBlocked blocked;
    if (stop_ == 0) ready = ::ppoll(fds.data(), fds.size(), limit, blocked.before());
  } else {
    ready = ::ppoll(fds.data(), fds.size(), limit, nullptr);
  }
  if (ready < 0) {
    fds[0].revents = fds[1].revents = 0;
    if (errno != EINTR) failed_ = true;
  }
}

// Closing a TCP socket with unread input resets the connection, and the peer loses what it has not
// read yet: the reason why we hung up. So the end is announced, and input discarded for a moment.
void Pump::linger() {
  if (!out_.socket() || !in_.socket() || ::shutdown(out_.fd(), SHUT_WR) != 0) return;
  std::array<std::uint8_t, kLingerBytes> discarded;
  const auto until = std::chrono::steady_clock::now() + kLinger;
  for (std::size_t reads = 0; reads < kLingerReads && stop_ == 0; ++reads) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd fd{in_.fd(), POLLIN, 0};
    if (left <= 0ms || ::poll(&fd, 1, static_cast<int>(left.count())) <= 0) return;
    if (in_.read(discarded) <= 0) return;
  }
}

}  // namespace

PumpEnd pump(Endpoint& endpoint, int read_fd, int write_fd, const Clock& clock,
             const volatile std::sig_atomic_t& stop) {
  return Pump(endpoint, read_fd, write_fd, clock, stop).run();
}

}  // namespace ssh2core::io
