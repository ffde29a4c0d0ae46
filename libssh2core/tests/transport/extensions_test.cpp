// Ping, settings that depend on the peer, and the switches of old and careful clients.
#include "libssh2core/tests/transport/scripted_client.h"

namespace ssh2core {
namespace {

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

class Extensions : public testing::Test {
 protected:
  /// A scripted client with keys; `hurry` false: it waits for the server's KEXINIT.
  void connect() {
    client_.init.kex.emplace_back(kExtInfoClient);
    client_.send_identification("SSH-2.0-scripted\r\n");
    client_.send_kexinit();
    client_.send_value("curve25519-sha256");
    client_.exchange(pair_.server);
    client_.finish(pair_.server, false);
    ASSERT_EQ(pair_.server.ending(), nullptr) << pair_.server.ending()->why;
  }
  TransportPair pair_;
  ScriptedClient client_;
};

TEST_F(Extensions, PingIsAnnouncedAndAnswered) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  ASSERT_TRUE(pair_.client.handler.extensions.contains("ping@openssh.com"));
  EXPECT_EQ(pair_.client.handler.extensions["ping@openssh.com"], bytes_of("0"));
  ASSERT_TRUE(pair_.client.handler.extensions.contains("server-sig-algs"));
}

TEST_F(Extensions, APingsDataComesBack) {
  pair_.start();
  ASSERT_NO_FATAL_FAILURE(connect());
  for (const std::string& data : {std::string(), std::string("ping"), std::string(30000, 'x')}) {
    client_.received.clear();
    client_.send_message(Ping{as_bytes(data)});
    client_.exchange(pair_.server);
    const Bytes* pong = client_.find(Pong::kId);
    ASSERT_NE(pong, nullptr);
    EXPECT_EQ(as_text(decode<Pong>(*pong).data), data);
  }
  client_.send_message(Pong{as_bytes("nobody asked")});
  client_.exchange(pair_.server);
  EXPECT_EQ(pair_.server.ending(), nullptr);
  EXPECT_TRUE(pair_.server.handler.messages.empty()) << "not for the layers above";
}

TEST_F(Extensions, APingWaitsForTheEndOfAKeyExchange) {
  pair_.start();
  ASSERT_NO_FATAL_FAILURE(connect());
  pair_.server.transport->rekey();
  client_.received.clear();
  client_.send_message(Ping{as_bytes("amid")});
  client_.exchange(pair_.server);
  EXPECT_EQ(client_.find(Pong::kId), nullptr);
  EXPECT_EQ(pair_.server.ending(), nullptr);
}

/// They would be kept: 1 MiB at most.
TEST_F(Extensions, PingsThatFloodAKeyExchangeEndIt) {
  pair_.start();
  ASSERT_NO_FATAL_FAILURE(connect());
  pair_.server.transport->rekey();
  const Bytes data(200000);
  for (int i = 0; i < 10 && pair_.server.ending() == nullptr; ++i) {
    client_.send_message(Ping{data});
    client_.exchange(pair_.server);
  }
  ASSERT_NE(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::KeyExchange);
}

TEST_F(Extensions, APingBeforeTheFirstKeysEndsTheConnection) {
  pair_.start();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_message(Ping{as_bytes("early")});
  client_.exchange(pair_.server);
  ASSERT_NE(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Protocol);
}

TEST_F(Extensions, NoneAreNegotiatedWhenSwitchedOff) {
  pair_.server.settings.offer_ext_info = false;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  EXPECT_TRUE(pair_.client.handler.extensions.empty());
  EXPECT_FALSE(contains(pair_.client.transport->peer_kexinit().kex, kExtInfoServer));
}

TEST_F(Extensions, NoStrictExchangeWhenSwitchedOff) {
  pair_.server.settings.offer_strict_kex = false;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  EXPECT_FALSE(contains(pair_.client.transport->peer_kexinit().kex, kStrictKexServer));
  EXPECT_FALSE(pair_.client.transport->strict_kex());
  EXPECT_FALSE(pair_.server.transport->strict_kex());
}

TEST_F(Extensions, APessimistSendsNothingButItsIdentificationFirst) {
  pair_.server.settings.kexinit_at_once = false;
  pair_.start();
  EXPECT_EQ(as_text(pair_.server.transport->output()), "SSH-2.0-sftpd_lite\r\n");
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
}

TEST_F(Extensions, OldClientsAreLetInOnlyOnRequest) {
  for (const bool accept : {false, true}) {
    TransportPair pair;
    pair.server.settings.accept_old_clients = accept;
    pair.client.settings.identification = "SSH-1.99-3.2.9 SSH Secure Shell";
    pair.start();
    pair.exchange();
    EXPECT_EQ(pair.server.ending() == nullptr, accept);
    EXPECT_EQ(pair.client.handler.exchanges, accept ? 1U : 0U);
    if (!accept) {
      EXPECT_NE(pair.server.ending()->why.find("OldProtocolCompat"), std::string::npos);
    }
  }
}

/// pessimisticNewkeys: the server's NEWKEYS stands behind the client's, also in later exchanges.
TEST_F(Extensions, NewkeysCanWaitForThePeers) {
  pair_.server.settings.newkeys_at_once = false;
  pair_.start();
  client_.send_identification("SSH-2.0-scripted\r\n");
  client_.send_kexinit();
  client_.send_value("curve25519-sha256");
  client_.exchange(pair_.server);
  ASSERT_NE(client_.find(KexValueReply::kId), nullptr);
  EXPECT_EQ(client_.find(NewKeys::kId), nullptr);
  TransportPair pair;
  pair.server.settings.newkeys_at_once = false;
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  EXPECT_TRUE(pair.client.handler.extensions.contains("server-sig-algs"));
  for (int i = 0; i < 3; ++i) {
    pair.server.transport->rekey();
    pair.exchange();
    pair.client.transport->rekey();
    pair.exchange();
  }
  ASSERT_EQ(pair.server.ending(), nullptr) << pair.server.ending()->why;
  EXPECT_EQ(pair.server.handler.exchanges, 7U);
}

/// Settings that a handler chooses by the identification hold from our KEXINIT on.
TEST_F(Extensions, SettingsCanDependOnThePeer) {
  class Chooser final : public TransportHandler {
   public:
    const TransportSettings* settings_for(std::string_view line) override {
      seen = line;
      return &others;
    }
    void on_identification(std::string_view) override {}
    void on_keys(const NegotiatedAlgorithms& algorithms, std::uint64_t) override {
      cipher = algorithms.s2c.cipher->name;
    }
    bool on_message(MutableView) override { return true; }
    void on_extension(std::string_view, ByteView) override {}
    void on_input_done() override {}
    void on_end(const Ending&) override {}
    std::string seen, cipher;
    TransportSettings others;
  };
  Chooser chooser;
  chooser.others.algorithms.ciphers = {"aes128-ctr"};
  chooser.others.identification = "SSH-2.0-unused";
  TransportSettings settings;
  settings.kexinit_at_once = false;
  pair_.start();
  Transport server(Role::Server, settings,
                   TransportSurroundings{.clock = pair_.clock,
                                         .random = pair_.server.random,
                                         .handler = chooser,
                                         .signer = &pair_.host_keys});
  for (int i = 0; i < 20; ++i) {
    const ByteView output = pair_.client.transport->output();
    const Bytes to_server(output.begin(), output.end());
    pair_.client.transport->sent(to_server.size());
    server.feed(to_server);
    server.flush();
    const Bytes to_client(server.output().begin(), server.output().end());
    server.sent(to_client.size());
    pair_.client.transport->feed(to_client);
    pair_.client.transport->flush();
  }
  EXPECT_EQ(chooser.seen, "SSH-2.0-sftpd_lite");
  EXPECT_EQ(chooser.cipher, "aes128-ctr");
  EXPECT_EQ(pair_.client.handler.exchanges, 1U);
}

}  // namespace
}  // namespace ssh2core
