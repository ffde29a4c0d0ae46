// Which sockets an address opens, and what is said about one that is wrong.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "libssh2core/io/listener.h"

namespace ssh2core::io {
namespace {

std::string numbered(const char* text, unsigned number) {
  return std::string(text).append(std::to_string(number));
}

bool has_ipv6() {
  const Descriptor fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = in6addr_loopback;
  return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
}

TEST(ListenOn, APortAloneIsLoopback) {
  const auto sockets = listen_on("0");
  ASSERT_EQ(sockets.size(), has_ipv6() ? 2U : 1U);
  EXPECT_EQ(sockets[0].host, "127.0.0.1");
  EXPECT_NE(sockets[0].port, 0U);
  if (sockets.size() == 2) {
    EXPECT_EQ(sockets[1].host, "::1");
    EXPECT_EQ(sockets[1].port, sockets[0].port);
  }
  for (const ListeningSocket& socket : sockets) {
    EXPECT_NE(::fcntl(socket.fd.get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(socket.fd.get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(ListenOn, AddressesOfAllKinds) {
  EXPECT_EQ(listen_on("127.0.0.1:0").at(0).host, "127.0.0.1");
  EXPECT_EQ(listen_on("127.0.0.1:0").size(), 1U);
  EXPECT_EQ(listen_on("localhost:0").at(0).host, "127.0.0.1");
  EXPECT_EQ(listen_on("*:0").at(0).host, "0.0.0.0");
  if (has_ipv6()) {
    EXPECT_EQ(listen_on("[::1]:0").at(0).host, "::1");
    EXPECT_EQ(listen_on("*:0").at(1).host, "::");
  }
}

TEST(ListenOn, WhatIsWrongIsSaidInOneSentence) {
  const auto busy = listen_on("127.0.0.1:0");
  const std::string taken = numbered("127.0.0.1:", busy[0].port);
  for (const std::string& address :
       {std::string(""), std::string(":22"), std::string("::1:22"), std::string("[::1]"),
        std::string("[]:22"), std::string("[::1]22"), std::string("127.0.0.1:"),
        std::string("65536"), std::string("99999999999999"), std::string("-1"),
        std::string("no-such-service"), std::string("127.0.0.1:no-such-service"),
        std::string("no-such-host.invalid:22"), std::string("192.0.2.1:0"), std::string("fd:"),
        std::string("fd:x"), std::string("fd:-1"), std::string("fd:99999"), taken}) {
    try {
      listen_on(address);
      ADD_FAILURE() << "'" << address << "' was taken";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), testing::StartsWith("cannot listen on '" + address + "': "));
      EXPECT_THAT(e.what(), testing::Not(testing::HasSubstr("\n")));
    }
  }
}

TEST(ListenOn, TakesAnInheritedSocket) {
  auto first = listen_on("127.0.0.1:0");
  const int fd = first[0].fd.release();
  const auto again = listen_on(numbered("fd:", static_cast<unsigned>(fd)));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].fd.get(), fd);
  EXPECT_EQ(again[0].port, first[0].port);
  const Descriptor plain(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THROW(listen_on(numbered("fd:", static_cast<unsigned>(plain.get()))), std::runtime_error);
}

// In a child, since the protocol wants the descriptors at 3 and the number of the process.
TEST(InheritedSockets, AreThoseOfTheEnvironment) {
  const auto first = listen_on("127.0.0.1:0"), second = listen_on("127.0.0.1:0");
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int one = ::fcntl(first[0].fd.get(), F_DUPFD, 100);
    const int two = ::fcntl(second[0].fd.get(), F_DUPFD, 100);
    ::dup2(one, 3);
    ::dup2(two, 4);
    ::setenv("LISTEN_FDS", "2", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    const auto sockets = inherited_sockets();
    const bool right = sockets.size() == 2 && sockets[0].fd.get() == 3 &&
                       sockets[0].port == first[0].port && sockets[1].port == second[0].port &&
                       (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
    ::setenv("LISTEN_PID", "1", 1);
    ::_exit(right && inherited_sockets().empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(inherited_sockets().empty());
}

TEST(PeerName, IsNumeric) {
  const auto sockets = listen_on("127.0.0.1:0");
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<std::uint16_t>(sockets[0].port));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  EXPECT_EQ(peer_name(client.get()), numbered("127.0.0.1:", sockets[0].port));
  EXPECT_EQ(peer_name(sockets[0].fd.get()), "-");
  EXPECT_EQ(peer_name(-1), "-");
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  EXPECT_EQ(peer_name(pair[0]), "-");
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST(PeerName, ShowsMappedAddressesAsTheyAre) {
  const Descriptor listening(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  socklen_t length = sizeof name;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  const int off = 0;
  ::setsockopt(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (!listening || ::bind(listening.get(), address, length) != 0) GTEST_SKIP() << "no IPv6";
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  ASSERT_EQ(::getsockname(listening.get(), address, &length), 0);
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v4.sin_port = name.sin6_port;
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&v4), sizeof v4), 0);
  const Descriptor server(::accept(listening.get(), nullptr, nullptr));
  EXPECT_THAT(peer_name(server.get()), testing::StartsWith("127.0.0.1:"));
}

}  // namespace
}  // namespace ssh2core::io
