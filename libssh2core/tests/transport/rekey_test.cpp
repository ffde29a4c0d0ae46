// Key exchanges after the first: from either side, at any moment, by every limit.
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

class Rekey : public testing::Test {
 protected:
  /// Sends the next message of a numbered row from each side.
  void send_both() {
    ++sent_;
    // As the layers above do it: data goes out only while it may.
    pair_.client.transport->send(ServiceRequest{std::to_string(sent_)});
    pair_.server.transport->send(ServiceAccept{std::to_string(sent_)});
  }
  void expect_all_arrived() {
    pair_.exchange();
    for (Side* side : {&pair_.client, &pair_.server}) {
      ASSERT_EQ(side->ending(), nullptr) << side->ending()->why;
      ASSERT_EQ(side->handler.messages.size(), sent_);
      for (std::uint32_t i = 0; i < sent_; ++i) {
        Reader r(ByteView(side->handler.messages[i]).subspan(1));
        EXPECT_EQ(r.text(), std::to_string(i + 1));
      }
    }
  }
  std::uint64_t exchanges() const {
    EXPECT_EQ(pair_.client.handler.exchanges, pair_.server.handler.exchanges);
    return pair_.client.handler.exchanges;
  }
  TransportPair pair_;
  std::uint32_t sent_ = 0;
};

TEST_F(Rekey, FromEitherSideKeepsTheSessionId) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  const Bytes id(pair_.client.transport->session_id().begin(),
                 pair_.client.transport->session_id().end());
  pair_.client.transport->rekey();
  pair_.client.transport->rekey();  // one is under way: nothing more
  send_both();
  expect_all_arrived();
  EXPECT_EQ(exchanges(), 2U);
  pair_.server.transport->rekey();
  send_both();
  expect_all_arrived();
  EXPECT_EQ(exchanges(), 3U);
  EXPECT_TRUE(std::ranges::equal(id, pair_.client.transport->session_id()));
  EXPECT_TRUE(std::ranges::equal(id, pair_.server.transport->session_id()));
  EXPECT_EQ(pair_.client.handler.extensions.count("server-sig-algs"), 1U);
}

TEST_F(Rekey, FromBothSidesAtOnceIsOneExchange) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.client.transport->rekey();
  pair_.server.transport->rekey();
  send_both();
  expect_all_arrived();
  EXPECT_EQ(exchanges(), 2U);
}

TEST_F(Rekey, WorksAtEveryMomentOfABusyConnection) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  std::mt19937 random(11);
  for (int step = 0; step < 3000; ++step) {
    switch (random() % 7) {
      case 0:
        if (random() % 4 == 0) pair_.client.transport->rekey();
        break;
      case 1:
        if (random() % 4 == 0) pair_.server.transport->rekey();
        break;
      case 2:
      case 3:
        send_both();
        break;
      case 4:
        pair_.move(pair_.client, pair_.server, random() % 500 + 1);
        break;
      default:
        pair_.move(pair_.server, pair_.client, random() % 500 + 1);
    }
  }
  expect_all_arrived();
  EXPECT_GT(exchanges(), 50U);
}

TEST_F(Rekey, WithEveryMethodAndWithoutStrictExchange) {
  pair_.client.settings.offer_strict_kex = false;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  EXPECT_FALSE(pair_.server.transport->strict_kex());
  for (int i = 0; i < 3; ++i) {
    pair_.server.transport->rekey();
    pair_.client.inject_message(Ignore{as_bytes("amid")});
    send_both();
    expect_all_arrived();
  }
  EXPECT_EQ(exchanges(), 4U);
}

TEST_F(Rekey, StrictPeersMayIgnoreAndDebugInLaterExchanges) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  EXPECT_TRUE(pair_.server.transport->strict_kex());
  pair_.client.transport->rekey();
  pair_.client.inject_message(Ignore{as_bytes("amid")});
  pair_.client.inject_message(Debug{});
  expect_all_arrived();
  EXPECT_EQ(exchanges(), 2U);
}

TEST_F(Rekey, ByBytes) {
  pair_.server.settings.rekey.bytes = 10000;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  for (int i = 0; i < 20; ++i) {
    pair_.client.transport->send(Ignore{Bytes(2000)});
    pair_.exchange();
  }
  EXPECT_GE(exchanges(), 4U);
  EXPECT_LE(exchanges(), 6U);
}

TEST_F(Rekey, ByBytesThatWeSend) {
  pair_.server.settings.rekey.bytes = 10000;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  for (int i = 0; i < 20; ++i) {
    pair_.server.transport->send(Ignore{Bytes(2000)});
    pair_.client.transport->send(Ignore{});
    pair_.exchange();
  }
  EXPECT_GE(exchanges(), 4U);
}

TEST_F(Rekey, ByPackets) {
  pair_.client.settings.rekey.packets = 50;
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  for (int i = 0; i < 200; ++i) {
    pair_.server.transport->send(Ignore{});
    pair_.exchange();
  }
  EXPECT_GE(exchanges(), 4U);
  EXPECT_LE(exchanges(), 6U);
}

TEST_F(Rekey, ByTime) {
  pair_.server.settings.rekey.time = std::chrono::seconds(60);
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  const auto deadline = pair_.server.transport->deadline();
  ASSERT_TRUE(deadline);
  EXPECT_EQ(*deadline - pair_.clock.now(), std::chrono::seconds(60));
  pair_.clock.passed += std::chrono::seconds(59);
  pair_.server.transport->on_deadline();
  EXPECT_TRUE(pair_.server.transport->output().empty());
  pair_.clock.passed += std::chrono::seconds(1);
  pair_.server.transport->on_deadline();
  EXPECT_FALSE(pair_.server.transport->deadline()) << "none while keys are exchanged";
  pair_.exchange();
  EXPECT_EQ(exchanges(), 2U);
  EXPECT_EQ(*pair_.server.transport->deadline() - pair_.clock.now(), std::chrono::seconds(60));
}

TEST_F(Rekey, NoTimeLimitMeansNoDeadline) {
  pair_.server.settings.rekey.time = std::chrono::seconds(0);
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  EXPECT_FALSE(pair_.server.transport->deadline());
}

TEST_F(Rekey, WhoTakesTooLongIsSentAway) {
  pair_.server.settings.rekey.patience = std::chrono::seconds(10);
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.server.transport->rekey();
  EXPECT_EQ(*pair_.server.transport->deadline() - pair_.clock.now(), std::chrono::seconds(10));
  pair_.clock.passed += std::chrono::seconds(9);
  pair_.server.transport->on_deadline();
  EXPECT_EQ(pair_.server.ending(), nullptr);
  pair_.clock.passed += std::chrono::seconds(1);
  pair_.server.transport->on_deadline();
  ASSERT_NE(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::KeyExchange);
}

TEST_F(Rekey, WhoAnswersInTimeIsNot) {
  pair_.server.settings.rekey.patience = std::chrono::seconds(10);
  pair_.server.settings.rekey.time = std::chrono::seconds(0);
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.server.transport->rekey();
  pair_.exchange();
  EXPECT_FALSE(pair_.server.transport->deadline());
  pair_.clock.passed += std::chrono::seconds(100);
  pair_.server.transport->on_deadline();
  EXPECT_EQ(pair_.server.ending(), nullptr);
}

TEST_F(Rekey, TheLimitsWaitUntilTheyMayCount) {
  pair_.server.settings.rekey = {.bytes = 100, .packets = 1};
  pair_.server.settings.rekey.time = std::chrono::seconds(1);
  pair_.start();
  pair_.server.transport->set_rekeying(false);
  pair_.exchange();
  pair_.clock.passed += std::chrono::seconds(100);
  pair_.client.transport->send(Ignore{Bytes(2000)});
  pair_.exchange();
  EXPECT_FALSE(pair_.server.transport->deadline());
  EXPECT_EQ(exchanges(), 1U);
  pair_.server.transport->set_rekeying(true);
  pair_.client.transport->send(Ignore{Bytes(1)});
  pair_.exchange();
  EXPECT_GE(exchanges(), 2U);
}

// RFC 4253 section 7.1 forbids them, and some peers send them.
TEST_F(Rekey, UpperMessagesBehindAKexinitAreTaken) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.client.transport->rekey();
  pair_.client.inject(numbered_message(1));  // send() would have held it back
  pair_.exchange();
  EXPECT_EQ(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.handler.messages.size(), 1U);
  EXPECT_EQ(exchanges(), 2U);
}

TEST_F(Rekey, UpperMessagesBeforeThePeersKexinitAreTaken) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.server.transport->rekey();
  pair_.client.inject(numbered_message(1));  // the client has not seen the KEXINIT yet
  pair_.exchange();
  EXPECT_EQ(pair_.server.handler.messages.size(), 1U);
  EXPECT_EQ(exchanges(), 2U);
}

TEST_F(Rekey, AFloodThatIsNeverAnsweredWithKexinitIsBounded) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.server.handler.hook = [&](MutableView) {
    pair_.server.transport->send(ServiceAccept{"an answer"});  // held while keys are exchanged
  };
  pair_.server.transport->rekey();
  for (int i = 0; i < 10000 && !pair_.server.transport->closed(); ++i) {
    pair_.client.inject(numbered_message(1));
    pair_.move(pair_.client, pair_.server);
  }
  ASSERT_EQ(pair_.server.handler.endings.size(), 1U);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::KeyExchange);
  EXPECT_LE(pair_.server.handler.messages.size(), 4097U);
}

TEST_F(Rekey, AFullRowOfHeldMessagesIsReportedBesideTheSender) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.server.transport->rekey();
  for (int i = 0; i < 5000; ++i) pair_.server.transport->send(ServiceAccept{"unasked"});
  EXPECT_TRUE(pair_.server.transport->closed());
  EXPECT_TRUE(pair_.server.handler.endings.empty()) << "not inside send()";
  pair_.server.transport->flush();
  EXPECT_EQ(pair_.server.handler.endings.size(), 1U);
  pair_.server.transport->flush();
  EXPECT_EQ(pair_.server.handler.endings.size(), 1U);
}

TEST_F(Rekey, AChangeOfHostKeyIsShownToTheVerifier) {
  ASSERT_NO_FATAL_FAILURE(pair_.connect());
  pair_.host_keys.types = {"ecdsa-sha2-nistp256"};
  pair_.server.transport->rekey();
  pair_.exchange();
  EXPECT_EQ(pair_.verifier.algorithms, (NameList{"ssh-ed25519", "ecdsa-sha2-nistp256"}));
}

}  // namespace
}  // namespace ssh2core
