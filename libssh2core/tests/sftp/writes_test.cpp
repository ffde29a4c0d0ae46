// WRITEs whose data is collected: merged where they continue each other, each with its own result.
#include <algorithm>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

constexpr std::uint32_t kOk = 0, kFailure = 4;

void append(Bytes& stream, const Bytes& bytes) {
  stream.insert(stream.end(), bytes.begin(), bytes.end());
}

class SftpWrites : public SftpSession {
 protected:
  SftpWrites() : handle_(open("/a", kOpenWrite | kOpenCreate)) {}
  Bytes write(std::uint32_t id, std::uint64_t offset, std::string_view data) const {
    return request(id, WriteRequest{handle_, offset, as_bytes(data)});
  }
  void expect_statuses(const std::vector<Reply>& got,
                       const std::vector<std::pair<std::uint32_t, std::uint32_t>>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].id, expected[i].first) << i;
      EXPECT_EQ(got[i].status(), expected[i].second) << i;
    }
  }
  Bytes handle_;
};

TEST_F(SftpWrites, ContinuedOnesAreOneWrite) {
  Bytes stream;
  std::string content;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const std::string part = "part " + std::to_string(i) + ";";
    append(stream, write(i, content.size(), part));
    content += part;
  }
  const auto got = send(stream);
  ASSERT_EQ(got.size(), 20U);
  for (std::uint32_t i = 0; i < 20; ++i) {
    EXPECT_EQ(got[i].id, i);
    EXPECT_EQ(got[i].status(), kOk);
  }
  EXPECT_EQ(files.writes, 1U);
  EXPECT_EQ(files.content("/a"), content);
}

TEST_F(SftpWrites, ManyPiecesAreWrittenInBetween) {
  Bytes stream;
  for (std::uint32_t i = 0; i < 300; ++i) append(stream, write(i, i, "x"));
  EXPECT_EQ(send(stream).size(), 300U);
  EXPECT_EQ(files.content("/a"), std::string(300, 'x'));
  EXPECT_LE(files.writes, 6U);
}

TEST_F(SftpWrites, OthersAreWrittenInOrder) {
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, write(2, 2, "bb"));  // overlaps
  append(stream, write(3, 8, "cc"));  // leaves a hole
  append(stream, write(4, 10, ""));
  append(stream, write(5, 0, "d"));
  expect_statuses(send(stream), {{1, kOk}, {2, kOk}, {3, kOk}, {4, kOk}, {5, kOk}});
  EXPECT_EQ(files.content("/a"), std::string("dabb\0\0\0\0cc", 10));
}

TEST_F(SftpWrites, OtherRequestsSeeWhatWasWrittenBefore) {
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, request(2, StatRequest{{"/a"}, 0}));
  append(stream, write(3, 4, "bb"));
  append(stream, request(4, CloseRequest{handle_}));
  append(stream, write(5, 6, "cc"));
  const auto got = send(stream);
  ASSERT_EQ(got.size(), 5U);
  EXPECT_EQ(got[1].as<AttrsReply>().attributes.size, 4U);
  EXPECT_EQ(got[3].status(), kOk);
  EXPECT_EQ(got[4].status(), kFailure);
  EXPECT_EQ(files.content("/a"), "aaaabb");
  EXPECT_EQ(observer.events.back().bytes, 6U);
}

TEST_F(SftpWrites, AnErrorInTheMiddleHitsOnlyItsRequest) {
  files.write_fault = [](std::uint64_t offset, std::size_t size) {
    return offset <= 5 && 5 < offset + size ? EIO : 0;
  };
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, write(2, 4, "bbbb"));
  append(stream, write(3, 8, "cccc"));
  expect_statuses(send(stream), {{1, kOk}, {2, kFailure}, {3, kOk}});
  EXPECT_EQ(files.content("/a"), std::string("aaaa\0\0\0\0cccc", 12));
  EXPECT_EQ(ask(CloseRequest{handle_}).status(), kOk);
  EXPECT_EQ(observer.events.back().bytes, 8U);
}

TEST_F(SftpWrites, AFullDiskFailsAllThatDoNotFit) {
  files.max_file = 6;
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, write(2, 4, "bbbb"));
  append(stream, write(3, 8, "cccc"));
  expect_statuses(send(stream), {{1, kOk}, {2, kFailure}, {3, kFailure}});
  EXPECT_EQ(files.content("/a"), "aaaa");
}

TEST_F(SftpWrites, AFailedPartFailsTheWholeRequest) {
  const Bytes whole = write(1, 0, std::string(100, 'x'));
  server.feed(ByteView(whole).first(80));
  files.write_fault = [](std::uint64_t, std::size_t) { return EIO; };
  server.input_done();
  files.write_fault = nullptr;
  EXPECT_TRUE(replies.out.empty());
  expect_statuses(send(ByteView(whole).subspan(80)), {{1, kFailure}});
  expect_statuses(send(write(2, 100, "y")), {{2, kOk}});
}

TEST_F(SftpWrites, PiecesOfSeveralFeedsAreOneWrite) {
  const Bytes whole = write(1, 0, std::string(100, 'x'));
  for (std::size_t at = 0; at < whole.size(); at += 10)
    server.feed(ByteView(whole).subspan(at).first(std::min<std::size_t>(10, whole.size() - at)));
  EXPECT_EQ(files.writes, 0U);
  server.input_done();
  EXPECT_EQ(files.writes, 1U);
  EXPECT_EQ(files.content("/a"), std::string(100, 'x'));
}

TEST_F(SftpWrites, DataFromTheBacklogIsWrittenAtOnce) {
  replies.one_by_one = true;
  Bytes stream = request(1, StatRequest{{"/a"}, 0});
  append(stream, write(2, 0, "0123456789"));
  server.feed(ByteView(stream).first(stream.size() - 4));
  server.input_done();
  replies.let_go();
  server.resume();  // the data lies in the backlog, which is gone afterwards
  EXPECT_EQ(files.content("/a"), "012345");
  server.feed(ByteView(stream).last(4));
  server.input_done();
  EXPECT_EQ(files.content("/a"), "0123456789");
}

TEST_F(SftpWrites, AppendedOnesAreNeverWrittenTwice) {
  handle_ = open("/a", kOpenWrite | kOpenAppend);
  files.write_fault = [](std::uint64_t offset, std::size_t) { return offset == 4 ? EIO : 0; };
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, write(2, 4, "bbbb"));
  expect_statuses(send(stream), {{1, kOk}, {2, kFailure}});
  EXPECT_EQ(files.content("/a"), "aaaa");
}

TEST_F(SftpWrites, DataForABadHandleIsPassedOver) {
  Bytes stream;
  append(stream, write(1, 0, "aaaa"));
  append(stream, request(2, WriteRequest{as_bytes("bad"), 4, as_bytes("bbbb")}));
  append(stream, request(3, WriteRequest{Bytes(300, 'h'), 4, as_bytes("bbbb")}));
  append(stream, write(4, 4, "cccc"));
  expect_statuses(send(stream), {{1, kOk}, {2, kFailure}, {3, kFailure}, {4, kOk}});
  EXPECT_EQ(files.content("/a"), "aaaacccc");
}

TEST_F(SftpWrites, SurplusBehindTheDataIsIgnored) {
  Bytes packet = write(1, 0, "aaaa");
  packet.insert(packet.end(), {1, 2, 3});
  store_u32(packet.data(), static_cast<std::uint32_t>(packet.size() - 4));
  append(packet, write(2, 4, "bbbb"));
  expect_statuses(send(packet), {{1, kOk}, {2, kOk}});
  EXPECT_EQ(files.content("/a"), "aaaabbbb");
}

TEST_F(SftpWrites, AreAnsweredBeforeTheFramingIsLost) {
  Bytes stream = write(1, 0, "kept");
  append(stream, Bytes(4, 0));  // a packet without even a type
  expect_statuses(send(stream), {{1, kOk}});
  EXPECT_TRUE(server.failed());
  EXPECT_EQ(files.content("/a"), "kept");
}

TEST_F(SftpWrites, TheLargestPacketIsTaken) {
  const std::string data(kMaxData, 'z');
  expect_statuses(send(write(1, 0, data)), {{1, kOk}});
  EXPECT_EQ(files.content("/a"), data);
}

}  // namespace
}  // namespace ssh2core::sftp
