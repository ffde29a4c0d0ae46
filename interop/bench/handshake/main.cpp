// bench-handshake ADDRESS PORT METHOD COUNT: connects that often, one after the other, each time up
// to the first keys, by the key exchange METHOD and an Ed25519 host key, which nobody checks. No
// client of the distribution speaks every method that we measure.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "libssh2core/client/session.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/io/pump.h"
#include "libssh2core/io/system_clock.h"

namespace ssh2core {
namespace {

struct AnyHostKey final : HostKeyVerifier {
  bool accept(std::string_view, const PublicKey&) override { return true; }
};

int connect_to(const char* address, int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
  return fd;
}

void shake_hands(const client::Settings& settings, const client::Surroundings& surroundings,
                 int fd) {
  client::Session* running = nullptr;
  bool have_keys = false;
  std::string why = "no keys came about";
  client::Session session(settings, surroundings,
                          {.connected =
                               [&] {
                                 have_keys = true;
                                 running->disconnect(Reason::ByApplication, "measured");
                               },
                           .authenticated = {},
                           .ended = [&](const Ending& ending) { why = ending.why; }});
  running = &session;
  static const volatile std::sig_atomic_t kNeverStop = 0;
  io::pump(session, fd, fd, surroundings.clock, kNeverStop);
  if (!have_keys) throw std::runtime_error(why);
}

void run(const char* address, int port, const char* method, int count) {
  client::Settings settings;
  settings.transport.algorithms.kex = {method};
  settings.transport.algorithms.host_key = {"ssh-ed25519"};
  const io::SystemClock clock;
  SystemRandom random;
  AnyHostKey host_keys;
  for (int i = 0; i < count; ++i) {
    const int fd = connect_to(address, port);
    shake_hands(settings, {.clock = clock, .random = random, .host_keys = host_keys}, fd);
    close(fd);
  }
}

}  // namespace
}  // namespace ssh2core

int main(int count, char** arguments) try {
  if (count != 5) {
    std::fputs("usage: bench-handshake ADDRESS PORT METHOD COUNT\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  ssh2core::run(arguments[1], std::atoi(arguments[2]), arguments[3], std::atoi(arguments[4]));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-handshake: %s\n", error.what());
  return 3;
}
