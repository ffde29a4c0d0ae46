// The event loop between an echoing endpoint and sockets or pipes.
#include "libssh2core/io/pump.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/io/system_clock.h"

namespace ssh2core::io {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Sends back what it gets, takes no more while too much waits to be sent. A `q` finishes it.
class Echo final : public Endpoint {
 public:
  explicit Echo(std::size_t room = 4096, std::size_t queue = 65536)
      : room_(room), queue_limit_(queue) {}

  MutableView receive_room() override {
    ++rooms_asked;
    return output_.size() - sent_ >= queue_limit_ ? MutableView() : MutableView(room_);
  }
  void received(std::size_t count) override {
    received_bytes += count;
    output_.insert(output_.end(), room_.begin(),
                   room_.begin() + static_cast<std::ptrdiff_t>(count));
    if (std::find(room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(count), 'q') !=
        room_.begin() + static_cast<std::ptrdiff_t>(count))
      finished_ = true;
  }
  void end_of_input() override { ++ends; }
  ByteView output() const override { return ByteView(output_).subspan(sent_); }
  void sent(std::size_t count) override {
    sent_ += count;
    if (sent_ == output_.size()) {
      output_.clear();
      sent_ = 0;
    }
  }
  void output_lost() override { ++losses; }
  bool finished() const override { return finished_; }
  std::optional<Clock::Steady> deadline() const override { return deadline_; }
  void on_deadline() override {
    ++deadlines;
    deadline_.reset();
    say("timeout");
    finished_ = true;
  }
  bool setting_up() const override { return received_bytes < 10; }
  void on_idle() override {
    ++idles;
    rooms_at_idle = rooms_asked;
  }

  void say(std::string_view text) { output_.insert(output_.end(), text.begin(), text.end()); }
  void set_deadline(Clock::Steady at) { deadline_ = at; }
  void finish() { finished_ = true; }

  std::size_t received_bytes = 0;
  int ends = 0, losses = 0, deadlines = 0, idles = 0, rooms_asked = 0, rooms_at_idle = 0;

 private:
  Bytes room_, output_;
  std::size_t sent_ = 0, queue_limit_;
  bool finished_ = false;
  std::optional<Clock::Steady> deadline_;
};

struct Pair {
  Descriptor ours, theirs;
};

Pair socket_pair() {
  int fds[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

Pair tcp_pair() {
  const Descriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  EXPECT_EQ(::bind(listening.get(), address, length), 0);
  EXPECT_EQ(::listen(listening.get(), 1), 0);
  EXPECT_EQ(::getsockname(listening.get(), address, &length), 0);
  Descriptor theirs(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(theirs.get(), address, length), 0);
  return {Descriptor(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)),
          std::move(theirs)};
}

std::string read_until_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t count = 0;
  while ((count = ::read(fd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

void send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string long_text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('A' + i * 7 % 26);
  return text;
}

class PumpTest : public testing::Test {
 protected:
  PumpEnd run(Endpoint& endpoint, int fd) { return pump(endpoint, fd, fd, clock_, stop_); }

  SystemClock clock_;
  volatile std::sig_atomic_t stop_ = 0;
};

TEST_F(PumpTest, EchoesThroughASocketUntilTheEndOfInput) {
  for (const auto make_pair : {socket_pair, tcp_pair}) {
    Pair pair = make_pair();
    Echo echo;
    send_text(pair.theirs.get(), "hello");
    ::shutdown(pair.theirs.get(), SHUT_WR);  // half-closed: the answer still arrives
    EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
    pair.ours = Descriptor();
    EXPECT_EQ(read_until_end(pair.theirs.get()), "hello");
    EXPECT_EQ(echo.ends, 1);
    EXPECT_EQ(echo.losses, 0);
  }
}

TEST_F(PumpTest, MovesALotThroughSmallBuffers) {
  const std::string text = long_text(3'000'000);
  for (const std::size_t room : {7U, 1000U, 65536U}) {
    Pair pair = socket_pair();
    Echo echo(room, room * 3);
    std::thread writer([&, size = room == 7 ? text.size() / 20 : text.size()] {
      send_text(pair.theirs.get(), std::string_view(text).substr(0, size));
      ::shutdown(pair.theirs.get(), SHUT_WR);
    });
    std::string back;
    std::thread reader([&] { back = read_until_end(pair.theirs.get()); });
    EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
    pair.ours = Descriptor();
    writer.join();
    reader.join();
    EXPECT_EQ(back, text.substr(0, room == 7 ? text.size() / 20 : text.size()));
  }
}

TEST_F(PumpTest, WorksOverPipesAndRestoresTheirFlags) {
  int in[2], out[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const Descriptor in_read(in[0]), out_write(out[1]), out_read(out[0]);
  Descriptor in_write(in[1]);
  const std::string text = long_text(1'000'000);
  std::thread writer([&] {
    std::string_view left = text;
    while (!left.empty()) {
      const ssize_t count = ::write(in_write.get(), left.data(), left.size());
      if (count <= 0) break;
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    in_write = Descriptor();
  });
  std::string back;
  std::thread reader([&] {
    std::array<char, 4096> buffer;
    while (back.size() < text.size()) {
      const ssize_t count = ::read(out_read.get(), buffer.data(), buffer.size());
      if (count <= 0) break;
      back.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  Echo echo(10000);
  EXPECT_EQ(pump(echo, in_read.get(), out_write.get(), clock_, stop_), PumpEnd::Finished);
  writer.join();
  reader.join();
  EXPECT_EQ(back, text);
  EXPECT_EQ(::fcntl(in_read.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(out_write.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PumpTest, SendsWhatTheEndpointSaysFirst) {
  Pair pair = socket_pair();
  Echo echo;
  echo.say("banner");
  echo.finish();
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  EXPECT_EQ(read_until_end(pair.theirs.get()), "banner");  // shut down, so it ends
}

// Unread input at the close would reset the connection and take the last words with it.
TEST_F(PumpTest, LastWordsArriveThoughInputIsLeft) {
  Pair pair = tcp_pair();
  Echo echo(1);
  std::thread client([&] {
    send_text(pair.theirs.get(), "q");
    send_text(pair.theirs.get(), std::string(200'000, 'x'));
    EXPECT_EQ(read_until_end(pair.theirs.get()), "q");
    pair.theirs = Descriptor();
  });
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  pair.ours = Descriptor();
  client.join();
}

TEST_F(PumpTest, AResetIsToldToTheEndpoint) {
  Pair pair = tcp_pair();
  Echo echo;
  send_text(pair.theirs.get(), "x");
  const linger now{1, 0};
  ::setsockopt(pair.theirs.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  pair.theirs = Descriptor();
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Failed);
  EXPECT_EQ(echo.losses, 1);
  EXPECT_EQ(echo.ends, 1);
}

TEST_F(PumpTest, APeerThatLeavesWithOutputPendingDoesNotHoldUsUp) {
  for (const auto make_pair : {socket_pair, tcp_pair}) {
    Pair pair = make_pair();
    Echo echo;
    echo.say(long_text(10'000'000));
    std::thread client([&] {
      std::array<char, 100> buffer;
      EXPECT_GT(::read(pair.theirs.get(), buffer.data(), buffer.size()), 0);
      pair.theirs = Descriptor();
    });
    EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Failed);
    EXPECT_EQ(echo.losses, 1);
    client.join();
  }
}

TEST_F(PumpTest, APipeThatNobodyReadsRaisesNoSignal) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);  // as programs have it
  int in[2], out[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const Descriptor in_read(in[0]), out_write(out[1]);
  ::close(in[1]);
  ::close(out[0]);
  Echo echo;
  echo.say("x");
  EXPECT_EQ(pump(echo, in_read.get(), out_write.get(), clock_, stop_), PumpEnd::Failed);
  EXPECT_EQ(echo.losses, 1);
  ::signal(SIGPIPE, before);
}

TEST_F(PumpTest, TheDeadlineComesInTime) {
  Pair pair = socket_pair();
  Echo echo;
  const auto start = steady_clock::now();
  echo.set_deadline(start + 100ms);
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  EXPECT_GE(steady_clock::now() - start, 100ms);
  EXPECT_EQ(echo.deadlines, 1);
  EXPECT_EQ(read_until_end(pair.theirs.get()), "timeout");
}

// No room, nothing to send: the deadline alone can go on, and a peer that is gone must not spin us.
TEST_F(PumpTest, WaitsForTheDeadlineWithoutRoom) {
  Pair pair = socket_pair();
  Echo echo(0);
  pair.theirs = Descriptor();
  echo.set_deadline(steady_clock::now() + 200ms);
  timespec cpu_before, cpu_after;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_before);
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Failed);
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_after);
  EXPECT_EQ(echo.deadlines, 1);
  const double cpu = static_cast<double>(cpu_after.tv_sec - cpu_before.tv_sec) +
                     1e-9 * static_cast<double>(cpu_after.tv_nsec - cpu_before.tv_nsec);
  EXPECT_LT(cpu, 0.05);
}

class JumpingClock final : public Clock {
 public:
  Steady now() const override { return steady_clock::now() + ahead; }
  Wall date() const override { return std::chrono::system_clock::now(); }
  std::chrono::seconds ahead{0};
};

// Its deadline stays in the past when it has come, as that of a login that took too long; when
// nothing happens any more it is an hour later.
class TooLate final : public Endpoint {
 public:
  explicit TooLate(JumpingClock& clock) : clock_(clock), deadline_(clock.now()) {}
  MutableView receive_room() override { return {}; }
  void received(std::size_t) override {}
  void end_of_input() override {}
  ByteView output() const override { return ByteView(output_).subspan(sent_); }
  void sent(std::size_t count) override { sent_ += count; }
  void output_lost() override { ++losses; }
  bool finished() const override { return deadlines != 0; }
  std::optional<Clock::Steady> deadline() const override { return deadline_; }
  void on_deadline() override {
    if (++deadlines == 1000) sent_ = output_.size();  // so that a loop ends
  }
  bool setting_up() const override { return false; }
  void on_idle() override { clock_.ahead += 1h; }

  int losses = 0, deadlines = 0;

 private:
  JumpingClock& clock_;
  Bytes output_ = Bytes(10'000'000);
  std::size_t sent_ = 0;
  Clock::Steady deadline_;
};

TEST_F(PumpTest, APeerThatTakesNoLastWordsIsLeft) {
  const Pair pair = socket_pair();
  JumpingClock clock;
  TooLate endpoint(clock);
  EXPECT_EQ(pump(endpoint, pair.ours.get(), pair.ours.get(), clock, stop_), PumpEnd::Failed);
  EXPECT_EQ(endpoint.deadlines, 1);
  EXPECT_EQ(endpoint.losses, 1);
}

TEST_F(PumpTest, NothingWantedAndNothingToComeEnds) {
  const Pair pair = socket_pair();
  Echo echo(0);
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Failed);
}

TEST_F(PumpTest, BadDescriptorsFail) {
  Echo echo;
  EXPECT_EQ(pump(echo, -1, -1, clock_, stop_), PumpEnd::Failed);
  Echo other;
  other.say("x");
  EXPECT_EQ(pump(other, 1'000'000, 1'000'000, clock_, stop_), PumpEnd::Failed);
}

TEST_F(PumpTest, IdleIsToldOnceAndAsksForNoRoomAgain) {
  Pair pair = socket_pair();
  Echo echo;
  std::thread client([&] {
    send_text(pair.theirs.get(), "a");
    std::this_thread::sleep_for(1400ms);
    EXPECT_EQ(echo.idles, 1);
    EXPECT_EQ(echo.rooms_asked, echo.rooms_at_idle);
    ::shutdown(pair.theirs.get(), SHUT_WR);
  });
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  client.join();
  EXPECT_EQ(echo.idles, 1);
}

volatile std::sig_atomic_t stopped_by_signal = 0;

TEST_F(PumpTest, StopEndsItNowOrByASignal) {
  const Pair pair = socket_pair();
  Echo echo;
  stop_ = 1;
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Stopped);

  struct sigaction action{}, before{};
  action.sa_handler = [](int) { stopped_by_signal = 1; };
  ::sigaction(SIGUSR1, &action, &before);
  for (const auto delay : {50ms, 1300ms}) {  // in the short wait, and in the long one
    stopped_by_signal = 0;
    const pthread_t self = ::pthread_self();
    std::thread killer([&] {
      std::this_thread::sleep_for(delay);
      ::pthread_kill(self, SIGUSR1);
    });
    EXPECT_EQ(pump(echo, pair.ours.get(), pair.ours.get(), clock_, stopped_by_signal),
              PumpEnd::Stopped);
    killer.join();
  }
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(PumpTest, SignalsInBetweenLoseNothing) {
  Pair pair = socket_pair();
  struct sigaction action{}, before{};
  action.sa_handler = [](int) {};
  ::sigaction(SIGUSR1, &action, &before);
  const std::string text = long_text(2'000'000);
  const pthread_t self = ::pthread_self();
  std::atomic<bool> done = false;
  std::thread killer([&] {
    while (!done) {
      ::pthread_kill(self, SIGUSR1);
      std::this_thread::sleep_for(200us);
    }
  });
  std::thread writer([&] {
    send_text(pair.theirs.get(), text);
    ::shutdown(pair.theirs.get(), SHUT_WR);
  });
  std::string back;
  std::thread reader([&] { back = read_until_end(pair.theirs.get()); });
  Echo echo(3000, 9000);
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  done = true;
  pair.ours = Descriptor();
  killer.join();
  writer.join();
  reader.join();
  EXPECT_EQ(back, text);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(PumpTest, SendsSmallPacketsAtOnce) {
  Pair pair = tcp_pair();
  Echo echo;
  send_text(pair.theirs.get(), "q");
  EXPECT_EQ(run(echo, pair.ours.get()), PumpEnd::Finished);
  int on = 0;
  socklen_t length = sizeof on;
  ASSERT_EQ(::getsockopt(pair.ours.get(), IPPROTO_TCP, TCP_NODELAY, &on, &length), 0);
  EXPECT_NE(on, 0);
}

}  // namespace
}  // namespace ssh2core::io
