#include "libssh2core/capture/pcap_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ssh2core {
namespace {

class StoppedClock final : public Clock {
 public:
  Steady now() const override { return {}; }
  Wall date() const override { return Wall(std::chrono::microseconds(1700000000123456)); }
};

struct Segment {
  std::uint16_t source, target;
  std::uint32_t sequence, acknowledged;
  std::uint8_t flags;
  std::string data;
};

std::uint16_t u16(Reader& r) {
  const ByteView b = r.raw(2);
  return static_cast<std::uint16_t>(b[0] << 8 | b[1]);
}

/// RFC 1071: right when the sum with its checksum is all ones.
std::uint32_t sum_words(std::uint32_t sum, ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += std::uint32_t{bytes[i]} << (i % 2 == 0 ? 8U : 0U);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

Segment read_segment(Reader& file, bool ipv6) {
  EXPECT_EQ(file.u32(), 1700000000U);
  EXPECT_EQ(file.u32(), 123456U);
  const std::uint32_t length = file.u32();
  EXPECT_EQ(file.u32(), length);
  const ByteView packet = file.raw(length);
  const std::size_t head = ipv6 ? 40 : 20;
  EXPECT_EQ(packet[0] >> 4, ipv6 ? 6 : 4);
  if (!ipv6) {
    EXPECT_EQ(sum_words(0, packet.first(20)), 0xffffU);
  }
  EXPECT_EQ(packet[2] << 8 | packet[3], ipv6 ? 0 : static_cast<int>(length));
  if (ipv6) {
    EXPECT_EQ(packet[4] << 8 | packet[5], static_cast<int>(length - head));
  }
  const ByteView addresses = ipv6 ? packet.subspan(8, 32) : packet.subspan(12, 8);
  const std::uint32_t pseudo = sum_words(6 + length - static_cast<std::uint32_t>(head), addresses);
  EXPECT_EQ(sum_words(pseudo, packet.subspan(head)), 0xffffU) << "TCP checksum";
  Reader tcp(packet.subspan(head));
  Segment s{};
  s.source = u16(tcp);
  s.target = u16(tcp);
  s.sequence = tcp.u32();
  s.acknowledged = tcp.u32();
  EXPECT_EQ(tcp.u8() >> 4, 5);
  s.flags = tcp.u8();
  tcp.raw(6);
  s.data = as_text(tcp.rest());
  return s;
}

std::vector<Segment> read_capture(ByteView bytes, bool ipv6) {
  Reader file(bytes);
  EXPECT_EQ(file.u32(), 0xa1b2c3d4U);
  EXPECT_EQ(u16(file), 2);
  EXPECT_EQ(u16(file), 4);
  file.raw(12);
  EXPECT_EQ(file.u32(), 101U);
  std::vector<Segment> segments;
  while (file.remaining() != 0) segments.push_back(read_segment(file, ipv6));
  return segments;
}

class PcapWriterTest : public testing::TestWithParam<bool> {
 protected:
  std::vector<Segment> capture(const std::function<void(PcapWriter&)>& talk) {
    CaptureEnd peer{GetParam(), {127, 0, 0, 1, 7, 7, 7, 7}, 50000}, self = peer;
    self.port = 22;
    Bytes file;
    const StoppedClock clock;
    {
      PcapWriter writer(peer, self, clock, [&](ByteView bytes) {
        file.insert(file.end(), bytes.begin(), bytes.end());
      });
      talk(writer);
    }
    return read_capture(file, GetParam());
  }
  /// Sequence and acknowledgement numbers go on without a gap in both directions.
  static void expect_continuous(const std::vector<Segment>& segments) {
    std::map<std::uint16_t, std::uint32_t> next;
    for (const Segment& s : segments) {
      if (next.contains(s.source)) {
        EXPECT_EQ(s.sequence, next[s.source]);
      }
      if ((s.flags & 16) != 0) {
        EXPECT_EQ(s.acknowledged, next[s.target]);
      }
      next[s.source] =
          s.sequence + static_cast<std::uint32_t>(s.data.size()) + ((s.flags & 3) != 0 ? 1U : 0U);
    }
  }
  static std::string stream(const std::vector<Segment>& segments, std::uint16_t source) {
    std::string all;
    for (const Segment& s : segments)
      if (s.source == source) all += s.data;
    return all;
  }
};

TEST_P(PcapWriterTest, WritesWhatWentOverTheWire) {
  const std::string large(100001, 'x');
  const auto segments = capture([&](PcapWriter& writer) {
    writer.on_sent(as_bytes("SSH-2.0-a\r\nKEXINIT"));
    writer.on_received(as_bytes("SSH-2.0"));
    writer.on_received(as_bytes("-b\r\nrest"));
    writer.on_sent(as_bytes(large));
  });
  expect_continuous(segments);
  EXPECT_EQ(stream(segments, 22), "SSH-2.0-a\r\nKEXINIT" + large);
  EXPECT_EQ(stream(segments, 50000), "SSH-2.0-b\r\nrest");
  EXPECT_EQ(segments[0].flags, 2);               // SYN
  EXPECT_EQ(segments.back().flags, 16);          // the last ACK
  EXPECT_EQ(segments[3].data, "SSH-2.0-a\r\n");  // alone, as Wireshark wants it
  EXPECT_EQ(segments[6].data, "KEXINIT") << "behind the peer's identification";
}

TEST_P(PcapWriterTest, LosesNothingWhenAPeerNeverIdentifiesItself) {
  const auto segments = capture([](PcapWriter& writer) {
    writer.on_sent(as_bytes("SSH-2.0-a\r\nKEXINIT"));
    writer.on_received(as_bytes("GET / HTTP/1.0"));
  });
  expect_continuous(segments);
  EXPECT_EQ(stream(segments, 22), "SSH-2.0-a\r\nKEXINIT");
  EXPECT_EQ(stream(segments, 50000), "GET / HTTP/1.0");
}

INSTANTIATE_TEST_SUITE_P(Families, PcapWriterTest, testing::Bool(), [](const auto& family) {
  return family.param ? std::string("IPv6") : std::string("IPv4");
});

}  // namespace
}  // namespace ssh2core
