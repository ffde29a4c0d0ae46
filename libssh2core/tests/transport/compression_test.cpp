// Compressed payloads: streams, bombs, damage, and when compression begins and begins anew.
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "libssh2core/tests/transport/harness.h"
#include "libssh2core/transport/compression.h"

namespace ssh2core {
namespace {

constexpr std::size_t kMost = kMaxPacketLength;

Bytes noise(std::size_t size, std::uint32_t seed = 7) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(Compression, EachPacketComesBackByItself) {
  Deflater deflater;
  Inflater inflater(kMost);
  for (const std::size_t size : {1UL, 2UL, 100UL, 65535UL, 65536UL, 65537UL, 262144UL}) {
    for (const Bytes& payload : {Bytes(size, 'x'), noise(size)}) {
      const ByteView small = deflater.compress(payload);
      EXPECT_TRUE(std::ranges::equal(inflater.inflate(small), payload)) << size;
      if (inflater.full()) inflater.drop();
    }
  }
}

TEST(Compression, PayloadsStayUntilTheyAreDropped) {
  Deflater deflater;
  Inflater inflater(kMost);
  std::vector<std::pair<Bytes, MutableView>> all;
  for (std::uint32_t i = 0; !inflater.full(); ++i) {
    Bytes payload = noise(i * 997 % 90000 + 1, i);
    const MutableView view = inflater.inflate(deflater.compress(payload));
    all.emplace_back(std::move(payload), view);
  }
  EXPECT_GT(all.size(), 8U);
  for (const auto& [payload, view] : all) EXPECT_TRUE(std::ranges::equal(payload, view));
}

Reason reason_of(Inflater& inflater, ByteView packet) {
  try {
    (void)inflater.inflate(packet);
  } catch (const ProtocolError& error) {
    return error.reason;
  }
  return Reason::Lost;  // stands for: taken
}

TEST(Compression, ABombEndsTheConnection) {
  for (const std::size_t size : {kMost + 1, std::size_t{100} << 20}) {
    Deflater deflater;
    Inflater inflater(kMost);
    EXPECT_EQ(reason_of(inflater, deflater.compress(Bytes(size))), Reason::Compression);
  }
}

TEST(Compression, WhatIsNoStreamOrAtItsEndIsRefused) {
  Inflater nothing(kMost), rubbish(kMost), ended(kMost);
  EXPECT_EQ(reason_of(nothing, {}), Reason::Compression);
  EXPECT_EQ(reason_of(rubbish, as_bytes("no stream")), Reason::Compression);
  Bytes whole(100);
  uLongf size = whole.size();
  const Bytes payload(20, 'a');
  ASSERT_EQ(compress(whole.data(), &size, payload.data(), payload.size()), Z_OK);
  EXPECT_EQ(reason_of(ended, ByteView(whole).first(size)), Reason::Compression);
}

TEST(Compression, DamageIsRefusedOrBounded) {
  std::mt19937 random(20250101);
  for (int round = 0; round < 300; ++round) {
    Deflater deflater;
    Inflater inflater(kMost);
    const ByteView good = deflater.compress(noise(300));
    Bytes bad(good.begin(), good.end());
    bad[random() % bad.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    bad.resize(bad.size() - random() % 4);
    const Reason reason = reason_of(inflater, bad);
    EXPECT_TRUE(reason == Reason::Compression || reason == Reason::Lost);
  }
}

class CompressedPair : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    pair_.client.settings.algorithms.compression = {GetParam()};
    pair_.server.settings.algorithms.compression = {"zlib", "zlib@openssh.com", "none"};
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
  }
  bool delayed() const { return std::string_view(GetParam()) == "zlib@openssh.com"; }
  /// A long message both ways; returns the bytes that went over.
  std::size_t talk(std::size_t cut = std::string::npos) {
    Bytes message = numbered_message(5);
    message.resize(20000, 'm');
    pair_.client.inject(message);
    pair_.server.inject(message);
    const std::size_t moved = pair_.exchange(cut);
    EXPECT_EQ(pair_.server.handler.messages.back(), message);
    EXPECT_EQ(pair_.client.handler.messages.back(), message);
    return moved;
  }
  struct Success {
    static constexpr std::uint8_t kId = 52;
    static constexpr std::tuple<> kFields{};
  };
  TransportPair pair_;
};
INSTANTIATE_TEST_SUITE_P(Every, CompressedPair, testing::Values("zlib", "zlib@openssh.com"),
                         [](const auto& row) { return legal_test_name(row.param); });

TEST_P(CompressedPair, BeginsWhenItsNameSaysAndAnewWithEachKeys) {
  EXPECT_EQ(talk() < 5000, !delayed());
  pair_.server.transport->send(Success{});
  pair_.exchange();
  for (int round = 0; round < 3; ++round) {
    EXPECT_LT(talk(), 5000U);
    EXPECT_LT(talk(1), 5000U);
    (round == 1 ? pair_.server : pair_.client).transport->rekey();
    pair_.exchange();
    EXPECT_EQ(pair_.client.handler.exchanges, static_cast<std::uint64_t>(round) + 2);
  }
}

TEST_P(CompressedPair, PacketsThatInflateToVeryMuchAreHandledInTurn) {
  pair_.server.transport->send(Success{});
  pair_.exchange();
  Bytes message = numbered_message(1);
  message.resize(200000, 'z');
  for (int i = 0; i < 40; ++i) pair_.client.inject(message);  // 8 MB in a few KiB
  EXPECT_LT(pair_.exchange(), 40000U);
  EXPECT_EQ(std::ranges::count(pair_.server.handler.messages, message), 40);
}

TEST(CompressionTable, EveryRowIsTestedHere) {
  for (const CompressionEntry& row : kCompressions)
    EXPECT_TRUE(row.start == CompressionStart::Never || row.name == "zlib" ||
                row.name == "zlib@openssh.com")
        << row.name;
}

}  // namespace
}  // namespace ssh2core
