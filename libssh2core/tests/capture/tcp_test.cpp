// Frames to segments to streams.
#include <gmock/gmock.h>

#include <random>

#include "libssh2core/capture/tcp_reassembly.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Notes what happens, as text.
class Notes final : public TcpSink {
 public:
  void on_bytes(const TcpConnection&, Way way, ByteView bytes, Clock::Wall) override {
    streams[index_of(way)] += as_text(bytes);
    order += name_of(way)[0];
  }
  void on_gap(const TcpConnection&, Way way, std::uint64_t count, Clock::Wall) override {
    streams[index_of(way)].append("<").append(std::to_string(count)).append(">");
  }
  void on_end(const TcpConnection& about, Clock::Wall) override { ended.push_back(about.id); }
  std::array<std::string, 2> streams;
  std::string order;
  std::vector<std::uint64_t> ended;
};

class Tcp : public testing::Test {
 protected:
  /// A segment of the client (or the server, with `back`), `at` counted from its first byte.
  TcpSegment make(std::uint32_t at, std::string_view text, std::uint32_t acknowledged = 0,
                  bool back = false) {
    CaptureEnd client{false, {10, 0, 0, 1}, 40000}, server{false, {10, 0, 0, 2}, 22};
    TcpSegment segment;
    segment.source = back ? server : client;
    segment.target = back ? client : server;
    segment.sequence = (back ? server_isn_ : client_isn_) + 1 + at;
    segment.acknowledged = (back ? client_isn_ : server_isn_) + 1 + acknowledged;
    segment.ack = true;
    segment.payload = as_bytes(text);
    return segment;
  }
  void open() {
    TcpSegment syn = make(0, "");
    --syn.sequence;
    syn.syn = true;
    syn.ack = false;
    add(syn);
    TcpSegment answer = make(0, "", 0, true);
    --answer.sequence;
    answer.syn = true;
    add(answer);
  }
  void add(const TcpSegment& segment) { reassembly_.segment(segment, {}); }
  void client(std::uint32_t at, std::string_view text, std::uint32_t acknowledged = 0) {
    add(make(at, text, acknowledged));
  }
  void server(std::uint32_t at, std::string_view text, std::uint32_t acknowledged = 0) {
    add(make(at, text, acknowledged, true));
  }
  const std::string& to_server() const { return notes_.streams[0]; }
  const std::string& to_client() const { return notes_.streams[1]; }

  std::uint32_t client_isn_ = 0xfffffff0, server_isn_ = 5;  // the client's soon wraps
  Notes notes_;
  TcpReassembly reassembly_{notes_};
};

TEST_F(Tcp, PutsSegmentsInOrderAcrossTheWrapOfNumbers) {
  open();
  client(12, "mnop");
  client(0, "abcd");
  client(8, "ijkl");
  client(4, "efgh");
  client(4, "efgh");
  client(16, "qrstuvwxyz");
  EXPECT_EQ(to_server(), "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(Tcp, TakesOverlapsOnce) {
  open();
  client(0, "abcd");
  client(2, "cdef");
  client(10, "kl");
  client(8, "ijkl");
  client(9, "jklm");
  client(6, "gh");
  EXPECT_EQ(to_server(), "abcdefghijklm");
}

TEST_F(Tcp, SaysWhatIsMissingWhenTheEndComes) {
  open();
  client(0, "abc");
  client(6, "ghi");
  server(0, "xyz", 9);  // acknowledges what the capture lacks, and waits for it
  EXPECT_EQ(to_client(), "");
  reassembly_.end({});
  EXPECT_EQ(to_server(), "abc<3>ghi");
  EXPECT_EQ(to_client(), "xyz");
  EXPECT_THAT(notes_.ended, ElementsAre(1));
}

TEST_F(Tcp, KnowsByAcknowledgementsThatTheLastBytesAreMissing) {
  open();
  client(0, "abc");
  server(0, "", 10);
  reassembly_.end({});
  EXPECT_EQ(to_server(), "abc<7>");
}

TEST_F(Tcp, PutsCauseBeforeEffect) {
  open();
  server(0, "answer", 8);
  client(0, "question");
  client(8, "next", 6);
  EXPECT_EQ(notes_.order, "csc");
}

TEST_F(Tcp, SaysWhatASnapshotLengthCutOff) {
  open();
  TcpSegment cut = make(0, "abc");
  cut.cut_off = 5;
  add(cut);
  client(8, "ijk");
  EXPECT_EQ(to_server(), "abc<5>ijk");
}

TEST_F(Tcp, BoundsWhatWaits) {
  open();
  const std::string block(32768, 'x');
  for (std::uint32_t i = 0; i < 300; ++i) client(1 + i * 32768, block);
  EXPECT_TRUE(to_server().starts_with("<1>xxx"));
  EXPECT_EQ(to_server().size(), 3 + 300 * block.size());
}

TEST_F(Tcp, EndsWithBothFinsOrAReset) {
  open();
  client(0, "a");
  TcpSegment fin = make(1, "b");
  fin.fin = true;
  add(fin);
  EXPECT_THAT(notes_.ended, IsEmpty());
  TcpSegment back = make(0, "", 3, true);
  back.fin = true;
  add(back);
  EXPECT_THAT(notes_.ended, ElementsAre(1));
  client(0, "a");  // a late repetition is no new connection
  reassembly_.end({});
  EXPECT_THAT(notes_.ended, ElementsAre(1));
  client_isn_ = 77;  // the same ports, used again
  open();
  client(0, "again");
  TcpSegment reset = make(5, "");
  reset.rst = true;
  add(reset);
  EXPECT_THAT(notes_.ended, ElementsAre(1, 2));
  EXPECT_EQ(to_server(), "abagain");
}

TEST_F(Tcp, BeginsInTheMiddle) {
  client(100, "mid", 50);
  server(50, "dle", 103);
  EXPECT_EQ(to_server(), "mid");
  EXPECT_EQ(to_client(), "dle");
}

TEST_F(Tcp, BoundsTheOpenConnections) {
  const auto mid = [&](std::uint32_t number, std::string_view text) {
    TcpSegment segment = make(0, text);
    segment.source.address[1] = static_cast<std::uint8_t>(number >> 16);
    segment.source.address[2] = static_cast<std::uint8_t>(number >> 8);
    segment.source.address[3] = static_cast<std::uint8_t>(number);
    add(segment);
  };
  constexpr std::uint32_t kMost = TcpReassembly::kMostOpen;
  for (std::uint32_t i = 0; i < kMost; ++i) mid(i, "a");
  EXPECT_THAT(notes_.ended, IsEmpty());
  mid(0, "");  // not silent
  mid(kMost, "a");
  EXPECT_EQ(notes_.ended.size(), kMost / 2);
  EXPECT_THAT(notes_.ended, testing::Not(testing::Contains(1U)));
  EXPECT_THAT(notes_.ended, testing::Contains(2U));
}

// --- Frames ---

Bytes ip_frame(bool ipv6) {
  Bytes frame;
  const auto add = [&](std::initializer_list<int> bytes) {
    for (const int byte : bytes) frame.push_back(static_cast<std::uint8_t>(byte));
  };
  if (ipv6) {
    add({0x60, 0, 0, 0, 0, 31, 0, 64});
    for (int i = 0; i < 32; ++i) add({i});
    add({6, 0, 1, 2, 3, 4, 5, 6});  // a hop-by-hop header
  } else {
    add({0x46, 0, 0, 47, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1});
  }
  add({0x9c, 0x40, 0, 22, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x18, 1, 0, 0, 0, 0, 0});
  add({'a', 'b', 'c'});
  return frame;
}

struct LinkCase {
  std::uint32_t type;
  Bytes head;
};
std::vector<LinkCase> link_cases(bool ipv6) {
  const std::uint8_t high = ipv6 ? 0x86 : 0x08, low = ipv6 ? 0xdd : 0x00;
  const Bytes zeros(12, 0);
  const auto with = [](Bytes head, std::initializer_list<std::uint8_t> more) {
    head.insert(head.end(), more);
    return head;
  };
  Bytes cooked2{high, low};
  cooked2.resize(20);
  return {{0, {30, 0, 0, 0}},
          {1, with(zeros, {high, low})},
          {1, with(zeros, {0x81, 0, 0, 5, high, low})},
          {1, with(zeros, {0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, high, low})},
          {12, {}},
          {101, {}},
          {108, {0, 0, 0, 2}},
          {113, with(zeros, {0, 0, high, low})},
          {276, cooked2}};
}

TEST(FindTcp, KnowsEachLinkLayer) {
  for (const bool ipv6 : {false, true})
    for (const LinkCase& link : link_cases(ipv6)) {
      Bytes frame = link.head;
      const Bytes packet = ip_frame(ipv6);
      frame.insert(frame.end(), packet.begin(), packet.end());
      const std::size_t whole = frame.size();
      frame.resize(whole + 6);  // padding of the link layer
      const auto segment = find_tcp(link.type, frame);
      ASSERT_TRUE(segment) << link.type;
      EXPECT_EQ(segment->source.port, 40000);
      EXPECT_EQ(segment->target.port, 22);
      EXPECT_EQ(segment->source.ipv6, ipv6);
      EXPECT_EQ(segment->sequence, 9U);
      EXPECT_TRUE(segment->ack && !segment->syn && !segment->fin);
      EXPECT_EQ(as_text(segment->payload), "abc") << link.type;
      EXPECT_EQ(segment->cut_off, 0U);
      for (std::size_t size = 0; size < whole; ++size) {
        const auto cut = find_tcp(link.type, ByteView(frame).first(size));
        EXPECT_TRUE(!cut || cut->payload.size() + cut->cut_off == 3) << size;
      }
    }
  EXPECT_FALSE(find_tcp(147, ip_frame(false)));
}

TEST(FindTcp, LeavesFragmentsAndOtherProtocolsOut) {
  Bytes fragment = ip_frame(false);
  fragment[6] = 0x20;  // more fragments
  EXPECT_FALSE(find_tcp(101, fragment));
  Bytes udp = ip_frame(false);
  udp[9] = 17;
  EXPECT_FALSE(find_tcp(101, udp));
}

TEST(FindTcp, SurvivesMutations) {
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    Bytes frame = ip_frame(round % 2 == 0);
    for (unsigned n = random() % 4 + 1; n != 0; --n)
      frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    frame.resize(random() % (frame.size() + 1));
    const auto segment = find_tcp(101, frame);
    EXPECT_TRUE(!segment || segment->payload.size() <= frame.size());
  }
}

TEST(AddressText, IsAsPeopleWriteIt) {
  CaptureEnd end{true, {0x20, 0x01, 0x0d, 0xb8}, 22};
  end.address[15] = 1;
  EXPECT_EQ(address_text(end), "[2001:db8::1]:22");
  end.address = {};
  EXPECT_EQ(address_text(end), "[::]:22");
  end.address.fill(0x10);
  EXPECT_EQ(address_text(end), "[1010:1010:1010:1010:1010:1010:1010:1010]:22");
  EXPECT_EQ(address_text({false, {192, 0, 2, 9}, 1}), "192.0.2.9:1");
}

}  // namespace
}  // namespace ssh2core
