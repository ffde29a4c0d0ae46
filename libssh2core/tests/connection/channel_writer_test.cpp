// Channel data on its way out: whatever is appended and reserved arrives, within windows and packet
// sizes, through key exchanges.
#include "libssh2core/connection/channel_writer.h"

#include "libssh2core/connection/messages.h"
#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

constexpr std::uint32_t kRecipient = 0x01020304;

/// The peer of one channel: collects its data and sees that the limits hold.
class Stream : public testing::Test {
 protected:
  void open(std::uint32_t window, std::uint32_t max_packet) {
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
    writer_.emplace(*pair_.client.transport, kRecipient, window, max_packet);
    granted_ = window;
    max_packet_ = max_packet;
    pair_.client.handler.keys_hook = [this] { writer_->drain(); };
    pair_.server.handler.hook = [this](MutableView payload) { take(payload); };
  }
  void take(ByteView payload) {
    const auto message = decode<ChannelData>(payload);
    EXPECT_EQ(message.recipient, kRecipient);
    EXPECT_FALSE(message.data.empty());
    EXPECT_LE(message.data.size(), max_packet_);
    EXPECT_LE(message.data.size(), kMaxDataOut);
    arrived_.insert(arrived_.end(), message.data.begin(), message.data.end());
    EXPECT_LE(arrived_.size(), granted_);
    ++packets_;
    pair_.server.handler.messages.clear();
  }
  void widen(std::uint32_t bytes) {
    granted_ += bytes;
    writer_->widen(bytes);
    writer_->drain();
  }
  /// Fresh bytes that are nowhere else in the stream.
  Bytes fresh(std::size_t count) {
    Bytes bytes(count);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return bytes;
  }
  void append(std::size_t count) {
    const Bytes bytes = fresh(count);
    writer_->append(bytes);
    model_.insert(model_.end(), bytes.begin(), bytes.end());
  }
  void reserve(std::size_t head, std::size_t body, std::size_t used) {
    const auto pieces = writer_->reserve(head, body);
    std::size_t room = 0;
    for (const MutableView piece : pieces) room += piece.size();
    ASSERT_EQ(room, head + body);
    ASSERT_GE(pieces[0].size(), head);
    const Bytes bytes = fresh(used);
    std::size_t at = 0;
    for (const MutableView piece : pieces) {
      std::ranges::fill(piece, 0xee);  // all of it may be written to
      const std::size_t count = std::min(piece.size(), used - at);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, piece.begin());
      at += count;
    }
    writer_->commit(used);
    model_.insert(model_.end(), bytes.begin(), bytes.end());
  }
  void expect_arrived(std::size_t count) {
    pair_.exchange();
    ASSERT_EQ(pair_.server.ending(), nullptr) << pair_.server.ending()->why;
    ASSERT_EQ(arrived_.size(), count);
    EXPECT_TRUE(std::equal(arrived_.begin(), arrived_.end(), model_.begin()));
  }

  TransportPair pair_;
  std::optional<ChannelWriter> writer_;
  std::mt19937 random_{42};
  Bytes model_, arrived_;
  std::uint64_t granted_ = 0;
  std::uint32_t max_packet_ = 0;
  std::size_t packets_ = 0;
};

TEST_F(Stream, SmallAppendsShareAPacket) {
  open(1000000, 32768);
  for (int i = 0; i < 10; ++i) append(100);
  expect_arrived(1000);
  EXPECT_EQ(packets_, 1U);
}

TEST_F(Stream, LargeAppendsFillPackets) {
  open(10000000, 32768);
  append(32768 * 3);
  expect_arrived(32768 * 3);
  EXPECT_EQ(packets_, 3U);
}

TEST_F(Stream, PacketsOfOursAreBoundedWhateverThePeerAllows) {
  open(10000000, 0xffffffff);
  append(100000);
  reserve(13, 100000, 100013);
  expect_arrived(200013);
  EXPECT_EQ(packets_, (200013 + 32767) / 32768U);
}

TEST_F(Stream, ReservedRoomGoesIntoTheOpenPacketFirst) {
  open(10000000, 32768);
  append(500);
  reserve(13, 1000, 1013);
  append(7);
  expect_arrived(1520);
  EXPECT_EQ(packets_, 1U);
}

TEST_F(Stream, EveryPartOfAReservationMayBeKept) {
  open(100000000, 100);
  for (const std::size_t before : {0U, 1U, 90U, 99U}) {
    for (std::size_t used = 0; used <= 413; ++used) {
      if (used != 0 && used < 13) continue;  // a head is kept whole or not at all
      append(before);
      ASSERT_NO_FATAL_FAILURE(reserve(13, 400, used));
      if (used % 3 == 0) append(5);
      ASSERT_NO_FATAL_FAILURE(expect_arrived(model_.size()));
    }
  }
}

TEST_F(Stream, NothingGoesOutWithoutAWindow) {
  open(0, 32768);
  EXPECT_TRUE(writer_->full());
  append(100);
  reserve(13, 10, 23);
  EXPECT_EQ(writer_->kept(), 123U);
  expect_arrived(0);
  widen(1);
  expect_arrived(1);
  widen(22);
  expect_arrived(23);
  widen(1000);
  expect_arrived(123);
  EXPECT_FALSE(writer_->full());
}

TEST_F(Stream, AWindowThatEndsAmidAReservationKeepsTheRest) {
  for (const std::uint32_t window : {1U, 12U, 13U, 14U, 99U, 100U, 101U, 250U}) {
    Bytes all;
    TransportPair other;
    ASSERT_NO_FATAL_FAILURE(other.connect());
    ChannelWriter writer(*other.client.transport, 0, window, 100);
    const auto pieces = writer.reserve(13, 300);
    std::uint8_t next = 0;
    for (const MutableView piece : pieces)
      for (std::uint8_t& byte : piece) byte = next++;
    writer.commit(313);
    writer.widen(1000);
    writer.drain();
    other.exchange();
    for (const Bytes& message : other.server.handler.messages) {
      const auto data = decode<ChannelData>(message).data;
      all.insert(all.end(), data.begin(), data.end());
    }
    ASSERT_EQ(all.size(), 313U) << window;
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<std::uint8_t>(i));
  }
}

TEST_F(Stream, IsKeptThroughAKeyExchange) {
  open(1000000, 32768);
  append(10);
  pair_.server.transport->rekey();
  pair_.move(pair_.server, pair_.client);
  EXPECT_TRUE(writer_->full());
  append(20);
  reserve(13, 100, 113);
  EXPECT_EQ(writer_->kept(), 133U);
  expect_arrived(143);
  EXPECT_EQ(writer_->kept(), 0U);
}

TEST_F(Stream, IsFullWhenTheSendBufferIs) {
  open(0x7fffffff, 32768);
  while (!writer_->full()) append(10000);
  EXPECT_LE(pair_.client.transport->writer().buffer().size(), kSendHighWater + 20000);
}

TEST_F(Stream, TheWindowMayNotPassItsLargest) {
  open(0xfffffff0, 32768);
  EXPECT_NO_THROW(writer_->widen(15));
  EXPECT_THROW(writer_->widen(1), ProtocolError);
}

TEST_F(Stream, TakesOfTheWindowForOtherThings) {
  open(100, 50);
  EXPECT_FALSE(writer_->take_window(51));
  EXPECT_TRUE(writer_->take_window(50));
  EXPECT_TRUE(writer_->take_window(40));
  EXPECT_FALSE(writer_->take_window(11));
  granted_ -= 90;
  append(30);
  EXPECT_FALSE(writer_->take_window(0)) << "kept data comes first";
  expect_arrived(10);
}

class RandomStream : public Stream, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(RandomStream, EqualsItsModel) {
  open(static_cast<std::uint32_t>(random_() % 3 * 1000), GetParam());
  for (int step = 0; step < 1500; ++step) {
    const std::size_t size = random_() % (random_() % 8 == 0 ? 70000 : 300);
    switch (random_() % 12) {
      case 0:
      case 1:
        append(size);
        break;
      case 2:
      case 3: {
        const std::size_t head = random_() % 30;
        const std::size_t used = random_() % 4 == 0 ? 0 : head + random_() % (size + 1);
        ASSERT_NO_FATAL_FAILURE(reserve(head, size + 1, used));
        break;
      }
      case 4:
        pair_.client.transport->send(Ignore{fresh(size % 100)});
        break;
      case 5:
        if (random_() % 5 == 0) pair_.client.transport->rekey();
        break;
      case 6:
        if (random_() % 5 == 0) pair_.server.transport->rekey();
        break;
      case 7:
      case 8:
      case 9:
        widen(static_cast<std::uint32_t>(random_() % 4 == 0 ? 50000 : random_() % 50));
        break;
      case 10:
        pair_.move(pair_.client, pair_.server, size + 1);
        break;
      default:
        pair_.move(pair_.server, pair_.client, size + 1);
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step;
  }
  widen(static_cast<std::uint32_t>(model_.size()));
  expect_arrived(model_.size());
  EXPECT_EQ(writer_->kept(), 0U);
  EXPECT_GT(pair_.server.handler.exchanges, 10U);
}

INSTANTIATE_TEST_SUITE_P(PacketSizes, RandomStream,
                         testing::Values(64, 65, 100, 255, 1000, 4096, 32767, 32768, 0x80000000));

}  // namespace
}  // namespace ssh2core
