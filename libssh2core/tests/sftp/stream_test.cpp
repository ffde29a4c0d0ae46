// The stream of requests and replies: however it is cut or held up, the answers are the same.
#include <algorithm>
#include <numeric>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

/// Some of everything, as one stream. Handles are those that TestRandom makes, so a first run with
/// the same requests says what they are.
class Script {
 public:
  Script() {
    SftpWorld world;
    prepare(world);
    add(world, request(0, InitRequest{3, {}}));
    const Bytes out = opened(world, OpenRequest{{"/out"}, kOpenWrite | kOpenCreate, 0, 0, {}});
    for (std::uint32_t i = 0; i < 10; ++i)
      add(world, request(10 + i, WriteRequest{out, i * 50U, as_bytes(std::string(50, 'w'))}));
    add(world, request(20, WriteRequest{out, 7, {}}));
    add(world, request(21, FsyncRequest{out}));
    Bytes surplus = request(22, WriteRequest{out, 500, as_bytes("tail")});
    surplus.insert(surplus.end(), 9, 0xaa);
    store_u32(surplus.data(), static_cast<std::uint32_t>(surplus.size() - 4));
    add(world, surplus);
    add(world, request(23, WriteRequest{as_bytes("no handle"), 0, as_bytes("lost")}));
    add(world, raw_packet(6, 24, as_bytes("a malformed write")));
    add(world, request(25, CloseRequest{out}));
    const Bytes in = opened(world, OpenRequest{{"/in"}, kOpenRead, 0, 0, {}});
    for (std::uint32_t i = 0; i < 6; ++i)
      add(world, request(30 + i, ReadRequest{in, i * 100U, 120}));
    add(world, request(40, ReadRequest{in, 0, 0}));
    const Bytes list = opened(world, OpendirRequest{{"/"}});
    add(world, request(41, ReaddirRequest{list}));
    add(world, request(42, ReaddirRequest{list}));
    add(world, raw_packet(99, 43, as_bytes("what?")));
    add(world, request(44, StatvfsRequest{{"/"}}));
    add(world, request(45, RealpathRequest{{"."}}));
    add(world, raw_packet(17, 46, {}));
  }
  static void prepare(SftpWorld& world) {
    std::string content(500, ' ');
    std::iota(content.begin(), content.end(), '\1');
    world.files.put_file("/in", content);
  }
  ByteView stream() const { return stream_; }
  const Bytes& answers() const { return answers_; }

 private:
  void add(SftpWorld& world, const Bytes& bytes) {
    world.server.feed(bytes);
    world.server.input_done();
    stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    answers_ = world.replies.out;
  }
  template <class Message>
  Bytes opened(SftpWorld& world, const Message& message) {
    const std::size_t before = world.replies.out.size();
    add(world, request(5, message));
    const auto answers = split_replies(ByteView(answers_).subspan(before));
    const ByteView handle = answers.at(0).as<HandleReply>().handle;
    return {handle.begin(), handle.end()};
  }
  Bytes stream_, answers_;
};

class SftpStream : public testing::Test, public SftpWorld {
 protected:
  SftpStream() { Script::prepare(*this); }
  void expect_same() {
    EXPECT_EQ(replies.out, script_.answers());
    EXPECT_EQ(server.take_processed(), script_.stream().size());
    EXPECT_EQ(server.backlog(), 0U);
    EXPECT_EQ(files.content("/out"), std::string(500, 'w') + "tail");
    EXPECT_FALSE(server.failed());
  }
  Script script_;
};

TEST_F(SftpStream, TheScriptIsAnsweredRequestByRequest) {
  EXPECT_EQ(split_replies(script_.answers()).size(), 33U);
}

TEST_F(SftpStream, AllAtOnceIsAnsweredAlike) {
  server.feed(script_.stream());
  server.input_done();
  expect_same();
}

TEST_F(SftpStream, ByteByByteIsAnsweredAlike) {
  for (const std::uint8_t& byte : script_.stream()) {
    server.feed({&byte, 1});
    server.input_done();
  }
  expect_same();
}

TEST_F(SftpStream, ByteByByteWithoutAPauseIsAnsweredAlike) {
  for (const std::uint8_t& byte : script_.stream()) server.feed({&byte, 1});
  server.input_done();
  expect_same();
}

TEST_F(SftpStream, EveryCutIsAnsweredAlike) {
  for (std::size_t cut = 0; cut <= script_.stream().size(); ++cut) {
    SftpWorld world;
    Script::prepare(world);
    world.server.feed(script_.stream().first(cut));
    if (cut % 2 == 0) world.server.input_done();
    world.server.feed(script_.stream().subspan(cut));
    world.server.input_done();
    ASSERT_EQ(world.replies.out, script_.answers()) << cut;
  }
}

TEST_F(SftpStream, AFullStreamHoldsUpAndGoesOn) {
  replies.one_by_one = true;
  server.feed(script_.stream());
  server.input_done();
  EXPECT_GT(server.backlog(), script_.stream().size() / 2);
  std::size_t resumed = 0;
  while (server.backlog() != 0 && resumed < 1000) {
    const std::size_t before = replies.out.size();
    replies.let_go();
    server.resume();
    ++resumed;
    EXPECT_TRUE(server.backlog() == 0 || replies.out.size() > before);
  }
  EXPECT_LE(resumed, 40U);
  expect_same();
}

TEST_F(SftpStream, AFullStreamHoldsUpSmallPiecesToo) {
  for (const std::size_t piece : {1U, 7U, 64U}) {
    SftpWorld world;
    Script::prepare(world);
    world.replies.one_by_one = true;
    for (std::size_t at = 0; at < script_.stream().size(); at += piece) {
      const ByteView rest = script_.stream().subspan(at);
      world.server.feed(rest.first(std::min(piece, rest.size())));
      world.server.input_done();
      if (at % 3 == 0) world.replies.let_go();
      if (at % 5 == 0 && !world.replies.full()) world.server.resume();
    }
    for (int i = 0; i < 100 && world.server.backlog() != 0; ++i) {
      world.replies.let_go();
      world.server.resume();
    }
    EXPECT_EQ(world.replies.out, script_.answers()) << piece;
    EXPECT_EQ(world.server.take_processed(), script_.stream().size());
  }
}

TEST_F(SftpStream, RoomInSmallPiecesIsFilledInOrder) {
  for (const std::size_t piece : {1U, 2U, 12U, 13U, 14U, 100U, 1000U}) {
    SftpWorld world;
    Script::prepare(world);
    world.replies.piece = piece;
    world.server.feed(script_.stream());
    world.server.input_done();
    EXPECT_EQ(world.replies.out, script_.answers()) << piece;
  }
}

TEST_F(SftpStream, NothingIsKeptOfWhatIsProcessed) {
  init();
  server.take_processed();
  const Bytes stat = request(1, StatRequest{{"/in"}, 0});
  send(stat);
  EXPECT_EQ(server.take_processed(), stat.size());
  EXPECT_EQ(server.take_processed(), 0U);
  EXPECT_EQ(server.backlog(), 0U);
}

TEST_F(SftpStream, ALongBacklogIsWorkedOffInLinearTime) {
  init();
  const Bytes handle = open("/in", kOpenRead);
  Bytes stream;
  const Bytes read = request(1, ReadRequest{handle, 0, 1});
  for (int i = 0; i < 50000; ++i) stream.insert(stream.end(), read.begin(), read.end());
  replies.one_by_one = true;
  server.feed(stream);
  server.input_done();
  std::size_t answered = 0;
  for (; server.backlog() != 0 && answered < 60000; ++answered) {
    replies.let_go();
    server.resume();
  }
  EXPECT_EQ(answered, 49999U);
}

}  // namespace
}  // namespace ssh2core::sftp
