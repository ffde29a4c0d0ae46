// Binary packets: what a damaged, misshapen or unknown one leads to, in every mode of protection.
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

/// A cipher of each way to join cipher and MAC, and the plain packets before.
struct Mode {
  std::string_view name, cipher, mac;
};
constexpr auto kModes = std::to_array<Mode>({
    {"chachapoly", "chacha20-poly1305@openssh.com", "hmac-sha2-256"},
    {"gcm", "aes128-gcm@openssh.com", "hmac-sha2-256"},
    {"etm", "aes128-ctr", "hmac-sha2-256-etm@openssh.com"},
    {"emac", "aes128-ctr", "hmac-sha2-256"},
    {"plain", "", ""},
});

class PacketMode : public testing::TestWithParam<Mode> {
 protected:
  bool plain() const { return GetParam().cipher.empty(); }
  std::unique_ptr<PacketCipher> cipher(Direction direction) const {
    if (plain()) return make_plain_packet_cipher();
    const CipherEntry* row = find_cipher(GetParam().cipher);
    const MacEntry* mac = row->is_aead() ? nullptr : find_mac(GetParam().mac);
    const PacketKeys keys{Secret(row->iv_bytes), Secret(row->key_bytes),
                          Secret(mac == nullptr ? 0 : mac->key_bytes)};
    return make_packet_cipher(*row, mac, keys, direction);
  }
  PacketReader reader() const {
    PacketReader made;
    made.change_cipher(cipher(Direction::Open), true);
    return made;
  }
  /// A packet with a head of one's own, sealed as if it were a good one.
  Bytes sealed(std::uint32_t length, std::uint8_t padding, std::size_t size) const {
    const auto sealer = cipher(Direction::Seal);
    Bytes packet(4 + size + sealer->tag_bytes(), 0x41);
    store_u32(packet.data(), length);
    packet[4] = padding;
    sealer->seal(0, packet);
    return packet;
  }
  Reason reason_for(const Bytes& input) const {
    PacketReader packets = reader();
    packets.buffer().append(input);
    try {
      while (packets.next()) continue;
    } catch (const ProtocolError& error) {
      return error.reason;
    }
    return Reason::Lost;  // stands for: taken
  }
  std::uint32_t good_length() const {
    const auto c = cipher(Direction::Seal);
    return c->length_is_padded() ? 28 : 32;
  }
};
INSTANTIATE_TEST_SUITE_P(Every, PacketMode, testing::ValuesIn(kModes),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(PacketMode, TakesAPacketWithTheSmallestAndTheLargestPadding) {
  const std::uint32_t length = good_length();
  EXPECT_EQ(reason_for(sealed(length, 4, length)), Reason::Lost);
  EXPECT_EQ(reason_for(sealed(length, static_cast<std::uint8_t>(length - 2), length)),
            Reason::Lost);
}

TEST_P(PacketMode, RefusesPaddingThatIsTooShortOrTooLong) {
  const std::uint32_t length = good_length();
  for (const std::uint32_t padding : {0U, 1U, 3U, length - 1, length, 255U})
    EXPECT_EQ(reason_for(sealed(length, static_cast<std::uint8_t>(padding), length)),
              Reason::Protocol)
        << padding;
}

TEST_P(PacketMode, RefusesLengthsThatCannotBe) {
  for (const std::uint32_t length : {0U, 1U, 4U, 5U, 12U, 13U, good_length() + 1, 262145U, 262152U,
                                     0x7fffffffU, 0x80000000U, 0xfffffffcU, 0xffffffffU}) {
    if (plain() && length == 12) continue;  // the smallest there is
    const auto c = cipher(Direction::Seal);
    const std::size_t padded = std::size_t{length} + (c->length_is_padded() ? 4 : 0);
    if (length >= 6 && length <= 262144 && padded % c->block_bytes() == 0) continue;
    const Reason reason = reason_for(sealed(length, 4, 64));
    EXPECT_EQ(reason, Reason::Protocol) << length;
  }
}

TEST_P(PacketMode, FindsEveryFlippedBit) {
  if (plain()) return;  // nothing protects it
  const std::uint32_t length = good_length();
  const Bytes good = sealed(length, 4, length);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    // A wrong length may ask for more than is here, or be one that cannot be.
    if (bit < 32) bad.resize(bad.size() + 300000);
    const Reason reason = reason_for(bad);
    if (bit >= 32)
      EXPECT_EQ(reason, Reason::Mac) << bit;
    else
      EXPECT_TRUE(reason == Reason::Mac || reason == Reason::Protocol) << bit;
  }
}

TEST_P(PacketMode, AsksForTheWholeOfALargePacketAtOnce) {
  const std::uint32_t length = cipher(Direction::Seal)->length_is_padded() ? 200012 : 200016;
  const Bytes packet = sealed(length, 4, length);
  PacketReader packets = reader();
  std::size_t at = 0;
  unsigned reads = 0;
  while (true) {
    const MutableView room = packets.room();
    const std::size_t count = std::min(room.size(), packet.size() - at);
    std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(at), count, room.begin());
    at += count;
    ++reads;
    packets.received(count);
    if (const auto payload = packets.next()) {
      EXPECT_EQ(payload->size(), length - 1 - 4);
      break;
    }
  }
  EXPECT_LE(reads, 2U);
}

TEST(PacketReader, GivesItsMemoryBackWhenNothingArrives) {
  PacketReader packets;
  for (int i = 0; i < 8; ++i) packets.received(packets.room().size());
  EXPECT_GT(packets.buffer().capacity(), 1000000U);
  packets.buffer().clear();
  packets.shrink();
  EXPECT_EQ(packets.buffer().capacity(), 0U);
  EXPECT_LE(packets.room().size(), 65536U);
}

class Connected : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NO_FATAL_FAILURE(pair_.connect()); }
  TransportPair pair_;
};

TEST_F(Connected, ADamagedPacketEndsWithMacError) {
  pair_.client.inject(numbered_message(1));
  const ByteView output = pair_.client.transport->output();
  Bytes bytes(output.begin(), output.end());
  bytes.back() ^= 1;
  pair_.server.transport->feed(bytes);
  ASSERT_EQ(pair_.server.handler.endings.size(), 1U);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Mac);
  EXPECT_TRUE(pair_.server.handler.messages.empty());
  pair_.move(pair_.server, pair_.client);
  ASSERT_NE(pair_.client.ending(), nullptr);
  EXPECT_EQ(pair_.client.ending()->reason, Reason::Mac);
  EXPECT_TRUE(pair_.client.ending()->by_peer);
}

TEST_F(Connected, ExchangeMessagesOutsideAnExchangeEndTheConnection) {
  for (const Bytes& message :
       {encode(NewKeys{}), encode(KexValueInit{}), encode(KexValueReply{}), Bytes{22}, Bytes{49}}) {
    TransportPair pair;
    ASSERT_NO_FATAL_FAILURE(pair.connect());
    pair.client.inject(message);
    pair.exchange();
    ASSERT_NE(pair.server.ending(), nullptr) << int{message[0]};
    EXPECT_EQ(pair.server.ending()->reason, Reason::Protocol);
  }
}

TEST_F(Connected, IgnoreDebugAndUnimplementedAreNothing) {
  pair_.client.inject_message(Ignore{Bytes(100000)});
  pair_.client.inject_message(Debug{true, "text", "en"});
  pair_.client.inject_message(Unimplemented{77});
  pair_.client.inject(Bytes{2});  // cut short: still nothing
  pair_.client.inject(numbered_message(1));
  pair_.exchange();
  EXPECT_EQ(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.handler.messages.size(), 1U);
}

TEST_F(Connected, MalformedExtInfoEndsTheConnection) {
  pair_.client.inject_message(ExtInfo{0xffffffff, Tail{as_bytes("abcd")}});
  pair_.exchange();
  ASSERT_NE(pair_.server.ending(), nullptr);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Protocol);
}

TEST_F(Connected, DisconnectReachesThePeerAndNothingFollows) {
  pair_.client.transport->disconnect(Reason::ByApplication, "done");
  pair_.client.transport->disconnect(Reason::Protocol, "again");
  pair_.client.transport->send(ServiceRequest{"too late"});
  pair_.exchange();
  ASSERT_EQ(pair_.client.handler.endings.size(), 1U);
  EXPECT_FALSE(pair_.client.ending()->by_peer);
  ASSERT_EQ(pair_.server.handler.endings.size(), 1U);
  EXPECT_TRUE(pair_.server.ending()->by_peer);
  EXPECT_EQ(pair_.server.ending()->why, "done");
  EXPECT_TRUE(pair_.server.handler.messages.empty());
  EXPECT_TRUE(pair_.server.transport->output().empty()) << "a DISCONNECT is not answered";
}

TEST_F(Connected, WhatStandsBehindADisconnectIsNotHandled) {
  pair_.client.inject_message(Disconnect{11, "", ""});
  pair_.client.inject(numbered_message(1));
  pair_.exchange();
  EXPECT_TRUE(pair_.server.handler.messages.empty());
  EXPECT_EQ(pair_.server.handler.endings.size(), 1U);
}

TEST_F(Connected, AnErrorOfAHandlerEndsTheConnectionWithItsReason) {
  pair_.server.handler.hook = [](MutableView) {
    throw ProtocolError(Reason::ServiceNotAvailable, "not here");
  };
  pair_.client.inject(numbered_message(1));
  pair_.client.inject(numbered_message(2));
  pair_.exchange();
  EXPECT_EQ(pair_.server.handler.messages.size(), 1U);
  ASSERT_NE(pair_.client.ending(), nullptr);
  EXPECT_EQ(pair_.client.ending()->reason, Reason::ServiceNotAvailable);
  EXPECT_EQ(pair_.client.ending()->why, "not here");
}

TEST_F(Connected, HeldInputWaitsAndThenComesInOrder) {
  pair_.server.handler.hook = [&](MutableView payload) {
    if (payload[4] == 1) pair_.server.transport->hold_input();
  };
  for (const std::uint32_t i : {1U, 2U, 3U}) pair_.client.inject(numbered_message(i));
  pair_.exchange();
  EXPECT_EQ(pair_.server.handler.messages.size(), 1U);
  EXPECT_TRUE(pair_.server.transport->input_held());
  pair_.server.transport->release_input();
  EXPECT_EQ(pair_.server.handler.messages.size(), 3U);
}

TEST_F(Connected, MutatedStreamsNeverDoMoreThanEnd) {
  pair_.client.inject(numbered_message(1));
  const Bytes bytes(pair_.client.transport->output().begin(),
                    pair_.client.transport->output().end());
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    TransportPair pair;
    pair.start();
    Bytes first(pair.client.transport->output().begin(), pair.client.transport->output().end());
    for (auto n = random() % 5 + 1; n != 0; --n)
      first[random() % first.size()] = static_cast<std::uint8_t>(random());
    pair.server.transport->feed(first);
    pair.move(pair.server, pair.client);
    pair.exchange();
    EXPECT_LE(pair.server.handler.endings.size(), 1U);
  }
}

TEST_F(Connected, TheEndOfInputIsTheEnd) {
  pair_.server.transport->end_of_input();
  pair_.server.transport->end_of_input();
  ASSERT_EQ(pair_.server.handler.endings.size(), 1U);
  EXPECT_EQ(pair_.server.ending()->reason, Reason::Lost);
  EXPECT_TRUE(pair_.server.ending()->by_peer);
}

}  // namespace
}  // namespace ssh2core
