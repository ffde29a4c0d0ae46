// The identification line: what is taken, what is refused, in every cut.
#include "libssh2core/transport/identification.h"

#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

struct Outcome {
  std::optional<std::string> line;
  bool refused = false;
  std::string other;
};

Outcome read(Role ours, std::string_view input, std::size_t cut) {
  IdentificationReader reader(ours);
  Buffer buffer;
  Outcome outcome;
  try {
    for (std::size_t at = 0; at < input.size() && !outcome.line; at += cut) {
      buffer.append(as_bytes(input.substr(at, cut)));
      outcome.line = reader.read(buffer);
    }
  } catch (const ProtocolError& error) {
    EXPECT_EQ(error.reason, Reason::Version);
    outcome.refused = true;
  }
  outcome.other = reader.other_lines();
  return outcome;
}

void expect_line(Role ours, std::string_view input, std::string_view line) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, input.size()}) {
    const Outcome outcome = read(ours, input, cut);
    ASSERT_TRUE(outcome.line.has_value()) << input;
    EXPECT_EQ(*outcome.line, line);
  }
}

void expect_refused(Role ours, std::string_view input) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, input.size()})
    EXPECT_TRUE(read(ours, input, cut).refused) << input.substr(0, 80);
}

TEST(Identification, TakesLinesOfEitherEnd) {
  for (const Role role : {Role::Client, Role::Server}) {
    expect_line(role, "SSH-2.0-x\r\n", "SSH-2.0-x");
    expect_line(role, "SSH-2.0-x\n", "SSH-2.0-x");
    expect_line(role, "SSH-2.0-x y z\r\nrest", "SSH-2.0-x y z");
    expect_line(role, "SSH-1.99-old\r\n", "SSH-1.99-old");
    expect_line(role, "SSH-2.0-\r\n", "SSH-2.0-");
    const std::string longest = "SSH-2.0-" + std::string(245, 'x');
    expect_line(role, longest + "\r\n", longest);
  }
}

TEST(Identification, RefusesOtherVersionsNulAndLongLines) {
  for (const Role role : {Role::Client, Role::Server}) {
    expect_refused(role, "SSH-1.5-old\r\n");
    expect_refused(role, "SSH-3.0-new\r\n");
    expect_refused(role, std::string_view("SSH-2.0-a\0b\r\n", 13));
    expect_refused(role, "SSH-2.0-" + std::string(246, 'x') + "\r\n");
  }
}

TEST(Identification, AServerRefusesEverythingElseAtTheFirstByte) {
  for (const std::string_view input : {"GET / HTTP/1.1\r\n", "\r\n", "\n", "S\n", "SSh-2.0-x\r\n",
                                       "\x16\x03\x01", "ssh-2.0-x\r\n"})
    expect_refused(Role::Server, input);
  expect_refused(Role::Server, std::string(300, 'S'));
  expect_refused(Role::Server, "SSH-" + std::string(300, 'x'));
}

TEST(Identification, AClientSkipsOtherLinesWithinBounds) {
  const Outcome outcome = read(Role::Client, "Hello\r\n\r\nSSH\r\nSSH-2.0-x\r\n", 5);
  EXPECT_EQ(outcome.line, "SSH-2.0-x");
  EXPECT_EQ(outcome.other, "Hello\n\nSSH\n");
  expect_refused(Role::Client, std::string(8192, 'x'));
  std::string lines;
  for (int i = 0; i < 1025; ++i) lines += "x\n";
  expect_refused(Role::Client, lines + "SSH-2.0-x\n");
  lines.resize(2048);
  expect_line(Role::Client, lines + "SSH-2.0-x\n", "SSH-2.0-x");
}

TEST(Identification, KnowsWhatWeMaySend) {
  EXPECT_TRUE(is_legal_identification("SSH-2.0-sftpd_lite"));
  EXPECT_TRUE(is_legal_identification("SSH-2.0-sftpd_lite a-comment"));
  EXPECT_TRUE(is_legal_identification("SSH-2.0-" + std::string(245, 'x')));
  for (const std::string& line :
       {std::string("SSH-2.0-"), std::string("SSH-2.0-a-b"), std::string("SSH-1.99-x"),
        std::string("SSH-2.0-x\r"), std::string("SSH-2.0-\xc3\xa4"), std::string("SSH-2.0- x"),
        "SSH-2.0-" + std::string(246, 'x')})
    EXPECT_FALSE(is_legal_identification(line)) << line;
}

TEST(Identification, AnHttpRequestOnThePortGetsADisconnect) {
  TransportPair pair;
  pair.start();
  pair.server.transport->feed(as_bytes("GET / HTTP/1.0\r\n\r\n"));
  ASSERT_EQ(pair.server.handler.endings.size(), 1U);
  EXPECT_EQ(pair.server.ending()->reason, Reason::Version);
  const auto disconnect = find_disconnect(pair.server.transport->output());
  ASSERT_TRUE(disconnect);
  EXPECT_EQ(disconnect->reason, static_cast<std::uint32_t>(Reason::Version));
}

TEST(Identification, AKexinitInTheSameSegmentIsTaken) {
  TransportPair pair;
  pair.start();
  pair.move(pair.client, pair.server);  // both, in one piece
  EXPECT_EQ(pair.server.handler.identification, "SSH-2.0-sftpd_lite");
  EXPECT_FALSE(pair.server.transport->peer_kexinit().kex.empty());
}

TEST(Identification, APeerThatWaitsForOursIsServed) {
  TransportPair pair;
  pair.start();
  pair.move(pair.server, pair.client);
  pair.exchange();
  EXPECT_EQ(pair.client.handler.exchanges, 1U);
}

}  // namespace
}  // namespace ssh2core
