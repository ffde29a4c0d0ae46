// The accept loop in a process of its own, with clients over loopback.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "libssh2core/io/listener.h"

namespace ssh2core::io {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Serve = std::function<int(int, const std::string&)>;

volatile std::sig_atomic_t stop = 0;

// Runs accept_loop in a child process. What it reports arrives as lines in a pipe.
class Server {
 public:
  Server(const AcceptLimits& limits, const Serve& serve, std::chrono::milliseconds grace = 5000ms,
         const std::function<void()>& prepare = {}) {
    auto sockets = listen_on("127.0.0.1:0");
    port_ = sockets[0].port;
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) std::abort();
    reports_ = Descriptor(fds[0]);
    Descriptor write_end(fds[1]);
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    struct sigaction action{};
    action.sa_handler = [](int) { stop = 1; };
    ::sigaction(SIGTERM, &action, nullptr);
    if (prepare) prepare();
    const auto say = [&](const std::string& line) {
      [[maybe_unused]] const ssize_t count = ::write(write_end.get(), line.data(), line.size());
    };
    const AcceptReport report{
        .refused = [&](const std::string& peer,
                       const std::string& why) { say("refused " + peer + " " + why + "\n"); },
        .child_ended =
            [&](pid_t, int status, const std::string&) {
              say(std::string("ended ").append(describe(status)));
            }};
    accept_loop(sockets, limits, report, stop, grace, serve);
    ::_exit(sockets.empty() ? 0 : 1);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), wait();
  }

  Descriptor connect() const {
    Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(static_cast<std::uint16_t>(port_));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return {};
    return fd;
  }
  void terminate() const { ::kill(pid_, SIGTERM); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }
  /// The next report, "" after 5 s or at the end.
  std::string report() {
    std::string line;
    char c = 0;
    pollfd fd{reports_.get(), POLLIN, 0};
    while (::poll(&fd, 1, 5000) > 0 && ::read(reports_.get(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

 private:
  static std::string describe(int status) {
    std::string text = WIFSIGNALED(status) ? "signal " : "exit ";
    text.append(std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    return text.append("\n");
  }

  pid_t pid_ = -1;
  unsigned port_ = 0;
  Descriptor reports_;
};

std::string read_until_end(int fd) {
  std::string text;
  std::array<char, 256> buffer;
  pollfd ready{fd, POLLIN, 0};
  ssize_t count = 0;
  while (::poll(&ready, 1, 5000) > 0 && (count = ::read(fd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

int greet(int fd, const std::string& peer) {
  return ::write(fd, peer.data(), peer.size()) > 0 ? 7 : 1;
}

// Greets, then stays until the client leaves, or a signal comes.
int hold(int fd, const std::string& peer) {
  ::signal(SIGTERM, [](int) { ::_exit(9); });
  greet(fd, peer);
  char c = 0;
  [[maybe_unused]] const ssize_t count = ::read(fd, &c, 1);
  return 0;
}

std::string first_byte(const Descriptor& fd) {
  char c = 0;
  pollfd ready{fd.get(), POLLIN, 0};
  if (::poll(&ready, 1, 5000) <= 0) return "time-out";
  return ::read(fd.get(), &c, 1) == 1 ? std::string(1, c) : "";
}

TEST(AcceptLoop, ServesEachConnectionInAProcess) {
  Server server({}, greet);
  for (int i = 0; i < 3; ++i) {
    const Descriptor client = server.connect();
    EXPECT_THAT(read_until_end(client.get()), testing::StartsWith("127.0.0.1:"));
    EXPECT_EQ(server.report(), "ended exit 7");
  }
  server.terminate();
  EXPECT_EQ(server.wait(), 0);
}

TEST(AcceptLoop, ServesManyAtOnce) {
  Server server({}, hold);
  std::vector<Descriptor> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(server.connect());
  for (const Descriptor& client : clients) EXPECT_EQ(first_byte(client), "1");
  const int count = static_cast<int>(clients.size());
  clients.clear();
  for (int i = 0; i < count; ++i) EXPECT_EQ(server.report(), "ended exit 0");
  server.terminate();
  EXPECT_EQ(server.wait(), 0);
}

TEST(AcceptLoop, ACrashIsReportedAndHarmsNobodyElse) {
  Server server({}, [](int fd, const std::string& peer) -> int {
    if (const rlimit none{0, 0}; ::setrlimit(RLIMIT_CORE, &none) != 0) return 1;
    char c = 0;
    if (::read(fd, &c, 1) != 1) return 2;
    if (c == 'a') ::raise(SIGKILL);
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    if (c == 't') throw std::runtime_error("gets out");
    return greet(fd, peer);
  });
  for (const auto& [letter, ended] :
       {std::pair{"a", "ended signal 9"}, {"t", "ended signal 6"}, {"x", "ended exit 7"}}) {
    const Descriptor client = server.connect();
    ASSERT_EQ(::write(client.get(), letter, 1), 1);
    EXPECT_EQ(server.report(), ended);
  }
}

TEST(AcceptLoop, LimitsConnectionsAtOnce) {
  AcceptLimits limits;
  limits.max_connections = 2;
  Server server(limits, hold);
  Descriptor first = server.connect();
  const Descriptor second = server.connect();
  EXPECT_EQ(first_byte(first), "1");
  EXPECT_EQ(first_byte(second), "1");
  const Descriptor third = server.connect();
  EXPECT_EQ(first_byte(third), "");
  EXPECT_THAT(server.report(), testing::MatchesRegex("refused 127.0.0.1:[0-9]+ the limit of 2 .*"));
  first = Descriptor();
  EXPECT_EQ(server.report(), "ended exit 0");
  const Descriptor fourth = server.connect();
  EXPECT_EQ(first_byte(fourth), "1");
}

TEST(AcceptLoop, LimitsTheRateOfAHost) {
  AcceptLimits limits;
  limits.rate_per_second = 0.01;
  Server server(limits, greet);
  EXPECT_EQ(first_byte(server.connect()), "1");
  EXPECT_EQ(first_byte(server.connect()), "");
}

TEST(AcceptLoop, EndsAfterSoManySessions) {
  AcceptLimits limits;
  limits.max_sessions = 2;
  Server server(limits, hold);
  Descriptor first = server.connect();
  EXPECT_EQ(first_byte(first), "1");
  Descriptor second = server.connect();
  EXPECT_EQ(first_byte(second), "1");
  const auto until = steady_clock::now() + 5s;  // from now on nobody is let in
  while (server.connect() && steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(server.connect());
  first = Descriptor();
  second = Descriptor();
  EXPECT_EQ(server.wait(), 0);
}

TEST(AcceptLoop, StopEndsTheChildren) {
  Server server({}, hold);
  std::vector<Descriptor> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(server.connect());
  for (const Descriptor& client : clients) EXPECT_EQ(first_byte(client), "1");
  server.terminate();
  EXPECT_EQ(server.wait(), 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(server.report(), "ended exit 9");
}

TEST(AcceptLoop, StopKillsChildrenThatStay) {
  const Serve deaf = [](int fd, const std::string& peer) {
    ::signal(SIGTERM, SIG_IGN);
    greet(fd, peer);
    char c = 0;
    return ::read(fd, &c, 1) < 0 ? 1 : 0;
  };
  Server server({}, deaf, 200ms);
  const Descriptor client = server.connect();
  EXPECT_EQ(first_byte(client), "1");
  const auto start = steady_clock::now();
  server.terminate();
  EXPECT_EQ(server.wait(), 0);
  EXPECT_GE(steady_clock::now() - start, 200ms);
  EXPECT_LT(steady_clock::now() - start, 3s);
  EXPECT_EQ(server.report(), "ended signal 9");
}

TEST(AcceptLoop, StopWorksWhileWaitingForTheLastSessions) {
  AcceptLimits limits;
  limits.max_sessions = 1;
  Server server(limits, hold);
  const Descriptor client = server.connect();
  EXPECT_EQ(first_byte(client), "1");
  server.terminate();
  EXPECT_EQ(server.wait(), 0);
}

TEST(AcceptLoop, AChildStartsClean) {
  Server server({}, [](int fd, const std::string&) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    struct sigaction action{};
    ::sigaction(SIGCHLD, nullptr, &action);
    int listening = 0;
    for (int other = 3; other < 64; ++other) {
      int is = 0;
      socklen_t length = sizeof is;
      if (::getsockopt(other, SOL_SOCKET, SO_ACCEPTCONN, &is, &length) == 0) listening += is;
    }
    const bool clean = ::sigismember(&mask, SIGTERM) == 0 && ::sigismember(&mask, SIGCHLD) == 0 &&
                       action.sa_handler == SIG_DFL && listening == 0 &&
                       (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
    return clean ? 0 : 1;
  });
  const Descriptor client = server.connect();
  EXPECT_EQ(server.report(), "ended exit 0");
}

// No descriptor is left for a connection: it says so once, does not spin, and goes on later.
TEST(AcceptLoop, OutOfDescriptors) {
  Server server({}, hold, 5000ms, [] {
    rlimit limit;
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int next = ::dup(0);
    ::close(next);
    limit.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::signal(SIGALRM, [](int) {  // they are given back after a while
      rlimit full;
      ::getrlimit(RLIMIT_NOFILE, &full);
      full.rlim_cur = full.rlim_max;
      ::setrlimit(RLIMIT_NOFILE, &full);
    });
    const itimerval soon{{0, 0}, {0, 400'000}};
    ::setitimer(ITIMER_REAL, &soon, nullptr);
  });
  const Descriptor client = server.connect();
  EXPECT_THAT(server.report(), testing::StartsWith("refused - cannot accept connections: "));
  EXPECT_EQ(first_byte(client), "1");
  server.terminate();
  EXPECT_EQ(server.report(), "ended exit 9");
  EXPECT_EQ(server.wait(), 0);
}

}  // namespace
}  // namespace ssh2core::io
