// What a client must not take from a server during the key exchange.
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

/// A server that says what it is told, in the clear.
class SpokenServer {
 public:
  SpokenServer() : writer_(random_) {
    writer_.buffer().append(as_bytes("SSH-2.0-spoken\r\n"));
    init.kex = {"curve25519-sha256"};
    init.host_key = {"ssh-ed25519"};
    init.cipher_c2s = init.cipher_s2c = {"aes128-ctr"};
    init.mac_c2s = init.mac_s2c = {"hmac-sha2-256"};
    init.compression_c2s = init.compression_s2c = {"none"};
  }
  template <class Message>
  void say(const Message& message) {
    writer_.begin();
    encode_to(writer_.buffer(), message);
    writer_.end();
  }
  void tell(Transport& client) {
    client.feed(writer_.output());
    writer_.sent(writer_.output().size());
  }
  KexInit init;

 private:
  FixedRandom random_{4};
  PacketWriter writer_;
};

class FromServer : public testing::Test {
 protected:
  FromServer() { pair_.start(); }
  Side& client() { return pair_.client; }
  void expect_end(Reason reason) {
    ASSERT_EQ(client().handler.endings.size(), 1U);
    EXPECT_EQ(client().ending()->reason, reason) << client().ending()->why;
    EXPECT_TRUE(pair_.verifier.algorithms.empty()) << "the user is not asked about it";
  }
  TransportPair pair_;
  SpokenServer server_;
};

TEST_F(FromServer, ValuesThatAreNoneEndTheExchange) {
  struct Case {
    std::string_view method;
    Bytes value;
  };
  const std::vector<Case> cases = {{"curve25519-sha256", Bytes(32)},
                                   {"curve25519-sha256", Bytes(33, 9)},
                                   {"ecdh-sha2-nistp384", Bytes(97, 4)},
                                   {"ecdh-sha2-nistp256", {}},
                                   {"diffie-hellman-group14-sha256", {1}},
                                   {"diffie-hellman-group14-sha256", {0x80, 1}},
                                   {"diffie-hellman-group14-sha256", Bytes(300, 0x7f)}};
  for (const Case& one : cases) {
    TransportPair pair;
    pair.start();
    SpokenServer server;
    server.init.kex = {std::string(one.method)};
    server.say(server.init);
    server.say(KexValueReply{test_key("ssh-ed25519").public_blob(), one.value, as_bytes("x")});
    server.tell(*pair.client.transport);
    ASSERT_EQ(pair.client.handler.endings.size(), 1U) << one.method;
    EXPECT_EQ(pair.client.ending()->reason, Reason::KeyExchange);
  }
}

TEST_F(FromServer, HostKeysThatAreNoneOrOfAnotherKindAreRefused) {
  const Bytes good_value = make_x25519(*find_kex("curve25519-sha256"))->client_value();
  for (const Bytes& blob : {Bytes{}, Bytes(51, 1), test_key("ecdsa-sha2-nistp256").public_blob()}) {
    TransportPair pair;
    pair.start();
    SpokenServer server;
    server.say(server.init);
    server.say(KexValueReply{blob, good_value, as_bytes("x")});
    server.tell(*pair.client.transport);
    ASSERT_EQ(pair.client.handler.endings.size(), 1U);
    EXPECT_EQ(pair.client.ending()->reason, Reason::KeyExchange);
    EXPECT_TRUE(pair.verifier.algorithms.empty());
  }
}

TEST_F(FromServer, AWrongGuessIsDroppedExactlyOnce) {
  server_.init.first_kex_packet_follows = true;
  server_.init.kex.insert(server_.init.kex.begin(), "diffie-hellman-group1-sha1");
  server_.say(server_.init);
  server_.say(KexValueReply{as_bytes("no key"), as_bytes("a guess"), {}});
  server_.tell(*client().transport);
  EXPECT_EQ(client().ending(), nullptr);
  server_.say(KexValueReply{as_bytes("no key"), as_bytes("no guess"), {}});
  server_.tell(*client().transport);
  expect_end(Reason::KeyExchange);
}

TEST_F(FromServer, MessagesOfTheClientAreNotExpected) {
  server_.say(server_.init);
  server_.say(KexValueInit{as_bytes("x")});
  server_.tell(*client().transport);
  expect_end(Reason::Protocol);
}

TEST_F(FromServer, NewkeysBeforeTheReplyAreNotExpected) {
  server_.say(server_.init);
  server_.say(NewKeys{});
  server_.tell(*client().transport);
  expect_end(Reason::Protocol);
}

TEST_F(FromServer, IgnoreIsFatalOnlyInAStrictExchange) {
  server_.say(server_.init);
  server_.say(Ignore{as_bytes("x")});
  server_.tell(*client().transport);
  EXPECT_EQ(client().ending(), nullptr);

  TransportPair strict;
  strict.start();
  SpokenServer other;
  other.init.kex.emplace_back(kStrictKexServer);
  other.say(other.init);
  other.say(Ignore{as_bytes("x")});
  other.tell(*strict.client.transport);
  ASSERT_NE(strict.client.ending(), nullptr);
  EXPECT_EQ(strict.client.ending()->reason, Reason::Protocol);
}

TEST_F(FromServer, RandomRepliesNeverDoMoreThanEnd) {
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    TransportPair pair;
    pair.start();
    SpokenServer server;
    server.init.kex = {std::string(kKexMethods[random() % 5].name)};
    server.say(server.init);
    Bytes blob = test_key("ssh-ed25519").public_blob(), value(random() % 140);
    blob[random() % blob.size()] ^= static_cast<std::uint8_t>(random() % 3);
    for (std::uint8_t& byte : value) byte = static_cast<std::uint8_t>(random());
    if (!value.empty() && random() % 2 == 0) value[0] = 4;
    server.say(KexValueReply{blob, value, blob});
    server.tell(*pair.client.transport);
    ASSERT_EQ(pair.client.handler.endings.size(), 1U);
  }
}

}  // namespace
}  // namespace ssh2core
