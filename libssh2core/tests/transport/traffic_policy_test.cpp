// Padding: the policies' numbers, their timer, and that it stays away from key exchanges.
#include "libssh2core/transport/traffic_policy.h"

#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

using namespace std::chrono_literals;

class Padding : public testing::Test {
 protected:
  FixedRandom random_{5};
  FixedClock clock_;
  TrafficPadding padding_{random_};
};

TEST_F(Padding, EveryPolicyKeepsItsBoundsAndChances) {
  for (const TrafficPolicy& policy : traffic_policies()) {
    padding_.set(&policy, clock_.now());
    const unsigned tries = policy.one_in > 10 ? 50000 : 2000;
    unsigned messages = 0;
    std::size_t least = 1 << 20, most = 0;
    for (unsigned i = 0; i < tries; ++i)
      if (const auto bytes = padding_.before_message(true)) {
        ++messages;
        least = std::min(least, *bytes);
        most = std::max(most, *bytes);
      }
    if (policy.one_in == 0) {
      EXPECT_EQ(messages, 0U) << policy.name;
      continue;
    }
    EXPECT_GE(least, policy.least) << policy.name;
    EXPECT_LE(most, policy.most) << policy.name;
    EXPECT_GT(most, (policy.least + policy.most) / 2) << policy.name;
    EXPECT_NEAR(messages, tries / policy.one_in, tries / policy.one_in * 0.5) << policy.name;
  }
}

TEST_F(Padding, TheTimerActsWithinTheQuietLimits) {
  for (const std::string_view name : {"low", "medium", "high", "paranoid"}) {
    const TrafficPolicy& policy = *find_traffic_policy(name);
    padding_.set(&policy, clock_.now());
    for (int round = 0; round < 5; ++round) {
      const auto begin = clock_.now();
      std::optional<std::size_t> bytes;
      while (!bytes) {
        ASSERT_TRUE(padding_.deadline());
        EXPECT_FALSE(padding_.on_quiet(clock_.now())) << "too early";
        clock_.passed +=
            std::chrono::ceil<std::chrono::seconds>(*padding_.deadline() - clock_.now());
        bytes = padding_.on_quiet(clock_.now());
      }
      EXPECT_GE(clock_.now() - begin, policy.quiet_least) << name;
      EXPECT_LE(clock_.now() - begin, policy.quiet_most + policy.period) << name;
      padding_.note_sent(clock_.now());
    }
  }
}

TEST_F(Padding, NoTimerWithoutAPolicyThatHasOne) {
  for (const std::string_view name : {"none", "rogaway"}) {
    padding_.set(find_traffic_policy(name), clock_.now());
    EXPECT_FALSE(padding_.deadline());
  }
  padding_.set(nullptr, clock_.now());
  EXPECT_FALSE(padding_.before_message(true));
  EXPECT_EQ(find_traffic_policy("extreme"), nullptr);
}

class PaddedTransport : public testing::Test {
 protected:
  void connect(std::string_view policy) {
    pair_.server.settings.traffic = find_traffic_policy(policy);
    pair_.server.settings.rekey.time = 0s;
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
  }
  /// Packets that the server sends for one message.
  std::uint32_t packets() {
    const std::uint32_t before = pair_.server.transport->writer().sequence();
    pair_.server.transport->send(ServiceAccept{"x"});
    pair_.exchange();
    EXPECT_EQ(pair_.client.ending(), nullptr);
    return pair_.server.transport->writer().sequence() - before;
  }
  TransportPair pair_;
};

TEST_F(PaddedTransport, ParanoidPadsEveryMessage) {
  ASSERT_NO_FATAL_FAILURE(connect("paranoid"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(packets(), 2U);
  EXPECT_EQ(pair_.client.handler.messages.size(), 20U);
}

TEST_F(PaddedTransport, NoneAndNothingSendNothingMore) {
  ASSERT_NO_FATAL_FAILURE(connect("none"));
  EXPECT_EQ(packets(), 1U);
  EXPECT_FALSE(pair_.server.transport->deadline());
}

/// Once before what leaves together; an observer knows nothing of the packets between.
TEST_F(PaddedTransport, RogawayPadsEachBurst) {
  ASSERT_NO_FATAL_FAILURE(connect("rogaway"));
  EXPECT_EQ(packets(), 2U);
  const std::uint32_t before = pair_.server.transport->writer().sequence();
  for (int i = 0; i < 10; ++i) pair_.server.transport->send(ServiceAccept{"x"});
  pair_.exchange();
  EXPECT_EQ(pair_.server.transport->writer().sequence() - before, 11U);
}

TEST_F(PaddedTransport, CbcIsPaddedUnlessToldNotTo) {
  if (find_cipher("aes256-cbc") == nullptr) GTEST_SKIP() << "no CBC cipher in this build";
  for (const bool none : {false, true}) {
    TransportPair pair;
    pair.server.settings.algorithms.ciphers =
        pair.client.settings.algorithms.ciphers = {"aes256-cbc"};
    if (none) pair.server.settings.traffic = find_traffic_policy("none");
    ASSERT_NO_FATAL_FAILURE(pair.connect());
    const std::uint32_t before = pair.server.transport->writer().sequence();
    pair.server.transport->send(ServiceAccept{"x"});
    pair.exchange();
    EXPECT_EQ(pair.server.transport->writer().sequence() - before, none ? 1U : 2U);
  }
}

TEST_F(PaddedTransport, ExchangesOfKeysAreLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(connect("paranoid"));
  EXPECT_TRUE(pair_.server.transport->strict_kex());
  for (int i = 0; i < 5; ++i) {
    // Strict: NEWKEYS sets the counter to 0, so that it tells what follows.
    pair_.client.transport->rekey();
    pair_.exchange();
    pair_.server.transport->rekey();
    pair_.server.transport->send(ServiceAccept{"held"});
    pair_.exchange();
    ASSERT_EQ(pair_.client.ending(), nullptr) << pair_.client.ending()->why;
    ASSERT_EQ(pair_.server.ending(), nullptr) << pair_.server.ending()->why;
  }
  EXPECT_EQ(pair_.server.handler.exchanges, 11U);
  EXPECT_EQ(pair_.client.handler.messages.size(), 5U);
  pair_.server.transport->rekey();
  EXPECT_FALSE(pair_.server.transport->deadline()) << "no timer amid an exchange";
}

TEST_F(PaddedTransport, AQuietConnectionIsPaddedByTheTimer) {
  ASSERT_NO_FATAL_FAILURE(connect("high"));
  const std::uint32_t before = pair_.server.transport->writer().sequence();
  for (int i = 0; i < 100; ++i) {
    const auto at = pair_.server.transport->deadline();
    ASSERT_TRUE(at);
    pair_.clock.passed += std::chrono::ceil<std::chrono::seconds>(*at - pair_.clock.now());
    pair_.server.transport->on_deadline();
    const bool sends = !pair_.server.transport->output().empty();
    EXPECT_EQ(pair_.server.transport->output_is_padding(), sends);
    pair_.exchange();
    EXPECT_FALSE(pair_.server.transport->output_is_padding());
  }
  EXPECT_GT(pair_.server.transport->writer().sequence() - before, 5U);
  EXPECT_TRUE(pair_.client.handler.messages.empty());
}

TEST_F(PaddedTransport, ClientsThatCannotTakeItAreSpared) {
  pair_.client.settings.identification = "SSH-2.0-3.2.9 SSH Secure Shell";
  ASSERT_NO_FATAL_FAILURE(connect("paranoid"));
  EXPECT_EQ(packets(), 1U);
  EXPECT_FALSE(pair_.server.transport->deadline());
}

}  // namespace
}  // namespace ssh2core
