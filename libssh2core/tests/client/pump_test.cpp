// A client session over a descriptor: the event loop of io drives it as it drives the server.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "libssh2core/crypto/system_random.h"
#include "libssh2core/io/pump.h"
#include "libssh2core/io/system_clock.h"
#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

/// Logs in over the socket, writes a file, looks at its size and leaves.
class Visit {
 public:
  explicit Visit(int fd) : fd_(fd) {
    callbacks_.authenticated = [this](const AuthOutcome& outcome) {
      if (outcome.accepted) start_sftp();
    };
    callbacks_.ended = [this](const Ending& how) { ending = how; };
    session_.emplace(settings_, client::Surroundings{clock_, random_, verifier_}, callbacks_);
    session_->authenticate({.user = "ann", .password = &password_});
  }
  io::PumpEnd run() {
    const std::sig_atomic_t stop = 0;
    return io::pump(*session_, fd_, fd_, clock_, stop);
  }
  std::optional<std::uint64_t> size;
  std::optional<Ending> ending;

 private:
  void start_sftp() {
    channel_.emplace(*session_, [this](const client::SftpStatus& status) {
      if (status.ok()) open();
    });
  }
  void open() {
    channel_->client().open("/f", sftp::kOpenWrite | sftp::kOpenCreate, {},
                            [this](const client::Answer<Bytes>& answer) {
                              handle_ = answer.value;
                              write();
                            });
  }
  void write() {
    const Bytes piece(32768, 'x');
    for (std::uint64_t i = 0; i < 20; ++i)
      channel_->client().write(handle_, i * piece.size(), piece, [](const auto&) {});
    channel_->client().fstat(handle_, [this](const client::Answer<sftp::Attributes>& answer) {
      size = answer.value.size;
      session_->disconnect(Reason::ByApplication, "done");
    });
  }

  int fd_;
  const io::SystemClock clock_;
  SystemRandom random_;
  AnyHostKey verifier_;
  client::Settings settings_;
  client::Callbacks callbacks_;
  Secret password_{as_bytes("secret")};
  std::optional<client::Session> session_;
  std::optional<client::SftpChannel> channel_;
  Bytes handle_;
};

TEST(ClientOverASocket, WritesAFileAndLeaves) {
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  SessionPair pair;
  pair.start();  // its server is used, with a client of our own
  std::thread serving([&] {
    const io::SystemClock clock;
    const std::sig_atomic_t stop = 0;
    io::pump(*pair.server, fds[0], fds[0], clock, stop);
    ::close(fds[0]);
  });
  Visit visit(fds[1]);
  EXPECT_EQ(visit.run(), io::PumpEnd::Finished);
  ::close(fds[1]);
  serving.join();
  EXPECT_EQ(visit.size, 20U * 32768);
  ASSERT_TRUE(visit.ending);
  EXPECT_EQ(visit.ending->why, "done");
  EXPECT_EQ(pair.log.last<server::SessionClose>()->reason, "closed by the client");
}

}  // namespace
}  // namespace ssh2core
