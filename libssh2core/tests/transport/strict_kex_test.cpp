// Guesses, strict key exchange and what may stand where before the first keys.
#include "libssh2core/tests/transport/scripted_client.h"

namespace ssh2core {
namespace {

class Script : public testing::Test {
 protected:
  Script() { pair_.start(); }
  void expect_running() {
    ASSERT_EQ(server().ending(), nullptr) << server().ending()->why;
    EXPECT_EQ(server().handler.exchanges, 1U);
    client_.send(numbered_message(5));
    client_.exchange(server());
    ASSERT_EQ(server().handler.messages.size(), 1U);
    EXPECT_EQ(server().handler.messages[0], numbered_message(5));
  }
  void expect_end(Reason reason, std::string_view part_of_why) {
    ASSERT_EQ(server().handler.endings.size(), 1U);
    EXPECT_EQ(server().ending()->reason, reason);
    EXPECT_NE(server().ending()->why.find(part_of_why), std::string::npos)
        << server().ending()->why;
    EXPECT_FALSE(server().ending()->by_peer);
    const Bytes* last = client_.find(Disconnect::kId);
    ASSERT_NE(last, nullptr) << "the peer is told";
    EXPECT_EQ(decode<Disconnect>(*last).reason, static_cast<std::uint32_t>(reason));
  }
  void mark_strict() { client_.init.kex.emplace_back(kStrictKexClient); }
  Side& server() { return pair_.server; }

  TransportPair pair_;
  ScriptedClient client_;
};

TEST_F(Script, ConnectsWithoutMarkers) {
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), false);
  expect_running();
  EXPECT_FALSE(server().transport->strict_kex());
  EXPECT_TRUE(client_.received.empty()) << "no EXT_INFO to one who does not ask for it";
}

TEST_F(Script, TakesALineFeedAloneBehindTheIdentification) {
  client_.send_identification("SSH-2.0-scripted with a comment\n");
  client_.send_kexinit();
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), false);
  expect_running();
  EXPECT_EQ(server().handler.identification, "SSH-2.0-scripted with a comment");
}

TEST_F(Script, StrictExchangeBeginsBothSequencesAnew) {
  mark_strict();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), true);
  expect_running();
  EXPECT_TRUE(server().transport->strict_kex());
}

TEST_F(Script, AStrictClientThatDoesNotResetIsOutOfStep) {
  mark_strict();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), false);
  client_.send(numbered_message(5));
  server().transport->feed(client_.writer.output());
  ASSERT_NE(server().ending(), nullptr);
  EXPECT_EQ(server().ending()->reason, Reason::Mac);
}

TEST_F(Script, ARightGuessIsTaken) {
  const std::string_view first_of_both = kKexMethods.front().name;
  client_.init.kex = {std::string(first_of_both)};
  client_.init.first_kex_packet_follows = true;
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_value(first_of_both);
  client_.exchange(server());
  client_.finish(server(), false);
  expect_running();
}

TEST_F(Script, AWrongGuessIsDroppedExactlyOnce) {
  for (const bool wrong_method : {true, false}) {
    TransportPair pair;
    ScriptedClient client;
    pair.host_keys.types = {"ssh-ed25519", "ecdsa-sha2-nistp256"};
    pair.start();
    client.init.first_kex_packet_follows = true;
    // The first names differ from ours, whatever is agreed on in the end (RFC 4253 section 7.1).
    if (wrong_method)
      client.init.kex = {"diffie-hellman-group1-sha1", "curve25519-sha256"};
    else
      client.init.host_key = {"x509v3-ssh-rsa", "ssh-ed25519"};
    client.send_identification("SSH-2.0-scripted\r\n");
    client.send_kexinit();
    client.send_message(KexValueInit{as_bytes("a guess")});
    client.exchange(pair.server);
    EXPECT_EQ(client.find(KexValueReply::kId), nullptr);
    client.send_value("curve25519-sha256");
    client.exchange(pair.server);
    client.finish(pair.server, false);
    EXPECT_EQ(pair.server.ending(), nullptr);
    EXPECT_EQ(pair.server.handler.exchanges, 1U);
  }
}

TEST_F(Script, AWrongGuessThatIsNoExchangeMessageIsNotDropped) {
  client_.init.first_kex_packet_follows = true;
  client_.init.kex = {"diffie-hellman-group1-sha1", "curve25519-sha256"};
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_message(Ignore{as_bytes("x")});
  client_.send_message(KexValueInit{as_bytes("a guess")});
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), false);
  expect_running();
}

TEST_F(Script, KexinitMustComeFirstInAStrictExchange) {
  mark_strict();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_message(Ignore{as_bytes("before")});
  client_.send_kexinit();
  client_.exchange(server());
  expect_end(Reason::Protocol, "not the first packet of a strict exchange");
}

TEST_F(Script, IgnoreBeforeKexinitIsTakenFromOthers) {
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_message(Ignore{as_bytes("before")});
  client_.send_message(Debug{true, "text", ""});
  client_.send_kexinit();
  client_.send_message(Ignore{as_bytes("amid")});
  client_.send_value("curve25519-sha256");
  client_.exchange(server());
  client_.finish(server(), false);
  expect_running();
}

TEST_F(Script, NothingElseMayStandInAStrictExchange) {
  const std::vector<Bytes> others = {encode(Ignore{as_bytes("x")}), encode(Debug{false, "x", ""}),
                                     encode(Unimplemented{1}), encode(ExtInfo{0, {}}),
                                     encode(ServiceRequest{"ssh-userauth"})};
  for (const Bytes& other : others) {
    for (const bool after_value : {false, true}) {
      TransportPair pair;
      pair.start();
      ScriptedClient client;
      client.init.kex.emplace_back(kStrictKexClient);
      client.send_identification("SSH-2.0-scripted\r\n");
      client.send_kexinit();
      if (after_value) client.send_value("curve25519-sha256");
      client.send(other);
      client.exchange(pair.server);
      ASSERT_NE(pair.server.ending(), nullptr) << int{other[0]};
      EXPECT_EQ(pair.server.ending()->reason, Reason::Protocol);
    }
  }
}

TEST_F(Script, AStrictPeerMayStillDisconnect) {
  mark_strict();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_message(Disconnect{11, "bye", ""});
  client_.exchange(server());
  ASSERT_NE(server().ending(), nullptr);
  EXPECT_TRUE(server().ending()->by_peer);
  EXPECT_EQ(server().ending()->reason, Reason::ByApplication);
  EXPECT_EQ(server().ending()->why, "bye");
}

TEST_F(Script, ExtInfoBeforeTheFirstKeysIsRefusedFromAnyone) {
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_message(ExtInfo{0, {}});
  client_.exchange(server());
  expect_end(Reason::Protocol, "EXT_INFO");
}

TEST_F(Script, TheStrictMarkerIsRepeatedWhenRekeyingAndTheOthersAreNot) {
  TransportPair pair;
  pair.start();
  ScriptedClient client;
  client.init.kex.emplace_back(kStrictKexClient);
  client.send_identification("SSH-2.0-scripted\r\n");
  client.send_kexinit();
  client.send_value("curve25519-sha256");
  client.exchange(pair.server);
  client.finish(pair.server, true);
  client.received.clear();
  pair.server.transport->rekey();
  client.exchange(pair.server);
  ASSERT_NE(client.find(KexInit::kId), nullptr);
  const auto again = decode<KexInit>(*client.find(KexInit::kId));
  EXPECT_TRUE(std::ranges::count(again.kex, kStrictKexServer));
  EXPECT_FALSE(std::ranges::count(again.kex, kExtInfoServer));
}

TEST_F(Script, AnUnknownMessageIsAnsweredWithItsSequenceNumber) {
  for (const bool strict : {false, true}) {
    TransportPair pair;
    pair.start();
    pair.server.handler.known = [](std::uint8_t id) { return id == 200; };
    ScriptedClient client;
    if (strict) client.init.kex.emplace_back(kStrictKexClient);
    client.send_identification("SSH-2.0-scripted\r\n");
    client.send_kexinit();
    client.send_value("curve25519-sha256");
    client.exchange(pair.server);
    client.finish(pair.server, strict);
    for (const std::uint8_t id : Bytes{8, 19, 60, 128, 255, 194}) {
      client.received.clear();
      client.send(numbered_message(id));
      const std::uint32_t sequence = client.writer.sequence();
      client.send(Bytes{id, 1, 2});
      client.exchange(pair.server);
      ASSERT_EQ(client.received.size(), 1U) << int{id};
      EXPECT_EQ(decode<Unimplemented>(client.received[0]).sequence_number, sequence);
    }
    EXPECT_EQ(pair.server.ending(), nullptr);
  }
}

TEST_F(Script, MessagesInTheWrongStateEndTheConnection) {
  const std::vector<Bytes> wrong = {encode(NewKeys{}),
                                    encode(KexValueInit{as_bytes("x")}),
                                    encode(KexValueReply{}),
                                    encode(ServiceRequest{"ssh-userauth"}),
                                    numbered_message(1),
                                    Bytes{50},
                                    Bytes{22},
                                    Bytes{8},
                                    Bytes{0}};
  for (const Bytes& message : wrong) {
    TransportPair pair;
    pair.start();
    ScriptedClient client;
    client.send_identification("SSH-2.0-scripted\r\n");
    client.send(message);
    client.exchange(pair.server);
    ASSERT_EQ(pair.server.handler.endings.size(), 1U) << int{message[0]};
    EXPECT_EQ(pair.server.ending()->reason, Reason::Protocol);
    EXPECT_TRUE(pair.server.handler.messages.empty());
    ASSERT_NE(client.find(Disconnect::kId), nullptr);
  }
}

TEST_F(Script, ASecondKexinitInOneExchangeEndsTheConnection) {
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_kexinit();
  client_.exchange(server());
  expect_end(Reason::Protocol, "message 20 not expected");
}

TEST_F(Script, ValuesThatAreNoneEndTheExchange) {
  struct Case {
    std::string_view method;
    Bytes value;
  };
  Bytes p256_off_curve(65, 1), order_two(256, 0xff);
  p256_off_curve[0] = 4;
  const std::vector<Case> cases = {
      {"curve25519-sha256", Bytes(32)},
      {"curve25519-sha256", Bytes(31, 9)},
      {"curve25519-sha256", {}},
      {"ecdh-sha2-nistp256", p256_off_curve},
      {"ecdh-sha2-nistp256", Bytes{0}},
      {"ecdh-sha2-nistp256", {}},
      {"ecdh-sha2-nistp521", Bytes(10)},
      {"diffie-hellman-group14-sha256", {}},
      {"diffie-hellman-group14-sha256", {1}},
      {"diffie-hellman-group14-sha256", {0xff}},            // negative
      {"diffie-hellman-group14-sha256", Bytes(257, 0x7f)},  // over the prime
      {"diffie-hellman-group14-sha256", Bytes(100000, 0x7f)}};
  for (const Case& one : cases) {
    TransportPair pair;
    pair.start();
    ScriptedClient client;
    client.init.kex = {std::string(one.method)};
    client.send_identification("SSH-2.0-scripted\r\n");
    client.send_kexinit();
    client.send_message(KexValueInit{one.value});
    client.exchange(pair.server);
    ASSERT_NE(pair.server.ending(), nullptr) << one.method << " " << one.value.size();
    EXPECT_EQ(pair.server.ending()->reason, Reason::KeyExchange);
    EXPECT_EQ(pair.host_keys.signatures, 0U);
  }
}

}  // namespace
}  // namespace ssh2core
