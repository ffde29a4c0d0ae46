// Agents that are wrong: what they say must not matter more than that there is no key.
#include "tools/sftpd-lite/host_keys/key_agent.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "libssh2core/wire/buffer.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using testing::HasSubstr;

/// An agent that gives one fixed answer to the first question, on one connection.
class FakeAgent {
 public:
  explicit FakeAgent(Bytes answer) : path_(directory_ / "agent"), answer_(std::move(answer)) {
    listening_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listening_, 5), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeAgent() {
    shutdown(listening_, SHUT_RDWR);
    thread_.join();
    close(listening_);
  }
  const std::string& path() const { return path_; }

 private:
  void serve() const {
    for (int fd = accept(listening_, nullptr, nullptr); fd >= 0;
         fd = accept(listening_, nullptr, nullptr)) {
      std::array<std::uint8_t, 4096> question{};
      if (recv(fd, question.data(), question.size(), 0) > 0)
        send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      close(fd);
    }
  }
  TemporaryDirectory directory_;
  std::string path_;
  Bytes answer_;
  int listening_ = -1;
  std::thread thread_;
};

Bytes framed(const Buffer& message) {
  Buffer out;
  Writer(out).string(message.view());
  return out.to_bytes();
}

Bytes list_of(const Bytes& blob) {
  Buffer message;
  Writer w(message);
  w.u8(12);
  w.u32(1);
  w.string(blob);
  w.string("comment");
  return framed(message);
}

std::string problem(const Bytes& answer) {
  const FakeAgent agent(answer);
  LocalHostKeys none({});
  return HostKeyRing(none).add_agent(agent.path(), {});
}

TEST(KeyAgent, KeysAreTaken) {
  const Bytes blob = PrivateKey::generate_ed25519().public_blob();
  const FakeAgent agent(list_of(blob));
  LocalHostKeys none({});
  HostKeyRing ring(none);
  EXPECT_EQ(ring.add_agent(agent.path(), {}), "");
  EXPECT_THAT(ring.all_keys(), testing::ElementsAre(blob));
  EXPECT_TRUE(std::ranges::equal(ring.public_blob("ssh-ed25519"), blob));
  EXPECT_TRUE(ring.public_blob("rsa-sha2-512").empty());
  HostKeyRing other(none);
  EXPECT_THAT(other.add_agent(agent.path(), {"ssh-ed25519"}), HasSubstr("no key"));
}

TEST(KeyAgent, EveryTruncationOfItsListIsBorne) {
  Bytes list = list_of(PrivateKey::generate_ed25519().public_blob());
  for (std::size_t size = 0; size < list.size(); size += size < 24 ? 1 : 7) {
    EXPECT_NE(problem(Bytes(list.begin(), list.begin() + static_cast<long>(size))), "") << size;
    if (size < 5) continue;
    // The same with a length that fits.
    Bytes short_list(list.begin(), list.begin() + static_cast<long>(size));
    store_u32(short_list.data(), static_cast<std::uint32_t>(size - 4));
    EXPECT_NE(problem(short_list), "") << size;
  }
}

TEST(KeyAgent, ImpossibleNumbersAreRefused) {
  EXPECT_THAT(problem({0xff, 0xff, 0xff, 0xff, 12}), HasSubstr("impossible length"));
  EXPECT_THAT(problem({0, 0, 0, 0}), HasSubstr("impossible length"));
  EXPECT_THAT(problem({0, 0, 0, 1, 5}), HasSubstr("refuses"));
  EXPECT_THAT(problem({0, 0, 0, 5, 12, 0xff, 0xff, 0xff, 0xff}), HasSubstr("more than 1024"));
  EXPECT_THAT(problem({0, 0, 0, 5, 12, 0, 0, 0, 0}), HasSubstr("no key"));
}

TEST(KeyAgent, NoneIsThere) {
  const TemporaryDirectory directory;
  LocalHostKeys none({});
  HostKeyRing ring(none);
  EXPECT_THAT(ring.add_agent(directory / "missing", {}), HasSubstr("is the agent running"));
  EXPECT_THAT(ring.add_agent(std::string(200, 'x'), {}), HasSubstr("too long"));
}

/// Without the flags an RSA key signs with SHA-1: not what was agreed on.
TEST(KeyAgent, ASignatureOfAnotherKindIsNone) {
  Buffer signature;
  Writer(signature).string("ssh-rsa");
  Writer(signature).string("x");
  Buffer message;
  Writer(message).u8(14);
  Writer(message).string(signature.view());
  const FakeAgent agent(framed(message));
  KeyAgent client(agent.path());
  EXPECT_TRUE(client.sign(Bytes{1}, "rsa-sha2-512", Bytes{2}).empty());
  EXPECT_FALSE(client.sign(Bytes{1}, "ssh-rsa", Bytes{2}).empty());
}

}  // namespace
}  // namespace ssh2core::tools
