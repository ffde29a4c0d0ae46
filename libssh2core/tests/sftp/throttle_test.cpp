// Rates, and requests that wait for them.
#include "libssh2core/sftp/throttle.h"

#include <numeric>

#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

using namespace std::chrono_literals;

constexpr Clock::Steady kStart{};

TEST(Throttle, WhatWasMovedIsWaitedFor) {
  const auto pace = std::make_shared<Pace>(1000.0);
  Throttle one(pace, 0), other(pace, 0);
  EXPECT_TRUE(one.ready(kStart));
  one.moved(500, kStart);
  EXPECT_EQ(one.ready_at(), kStart + 500ms);
  EXPECT_FALSE(other.ready(kStart + 499ms)) << "they share the rate";
  other.moved(1, kStart + 500ms);
  EXPECT_EQ(one.ready_at(), kStart + 501ms);
}

TEST(Throttle, TimeInWhichNothingWasMovedIsNotMadeUpFor) {
  Throttle one(std::make_shared<Pace>(1000.0), 0);
  one.moved(1000, kStart + 100s);
  EXPECT_EQ(one.ready_at(), kStart + 101s);
}

TEST(Throttle, FreeBytesAreThoseOfEachTransfer) {
  const auto pace = std::make_shared<Pace>(1000.0);
  Throttle one(pace, 600), other(pace, 100);
  one.moved(500, kStart);
  EXPECT_TRUE(one.ready(kStart));
  one.moved(500, kStart);  // 100 of them are free
  EXPECT_EQ(one.ready_at(), kStart + 400ms);
  EXPECT_TRUE(other.ready(kStart)) << "it has free bytes of its own";
  other.moved(101, kStart);
  EXPECT_EQ(other.ready_at(), kStart + 401ms);
}

TEST(Throttle, SoManyMayComeAtOnce) {
  Pace pace(2, 4500ms);  // 10 in 5 seconds
  for (int i = 0; i < 10; ++i) {
    EXPECT_LE(pace.ready_at(), kStart) << i;
    pace.moved(1, kStart);
  }
  EXPECT_EQ(pace.ready_at(), kStart + 500ms);
}

TEST(Throttle, NothingOverflows) {
  Pace pace(1e-12);
  for (int i = 0; i < 100; ++i) pace.moved(300000, kStart);
  EXPECT_GT(pace.ready_at(), kStart + std::chrono::hours(24));
}

class Throttled : public SftpSession {
 protected:
  /// Lets time pass until it goes on by itself, and takes what is answered then.
  std::vector<Reply> wait() {
    const auto at = server.wakes_at();
    EXPECT_TRUE(at) << "nothing waits";
    if (!at) return {};
    EXPECT_GT(*at, clock.now());
    clock.passed = std::chrono::ceil<std::chrono::milliseconds>(*at - Clock::Steady{}) - 1ms;
    server.resume();
    EXPECT_TRUE(replies.out.empty()) << "too early";
    clock.passed += 1ms;
    server.resume();
    return split_replies(std::exchange(replies.out, {}), version);
  }
  static void append(Bytes& stream, const Bytes& bytes) {
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
};

TEST_F(Throttled, ReadsAreAsFastAsTheRate) {
  files.put_file("/f", std::string(3000, 'x'));
  files.read_pace = std::make_shared<Pace>(1000.0);
  const Bytes handle = open("/f", kOpenRead);
  Bytes stream;
  for (std::uint32_t i = 0; i < 3; ++i)
    append(stream, request(i, ReadRequest{handle, i * 1000U, 1000}));
  append(stream, request(3, CloseRequest{handle}));
  const auto first = send(stream);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].as<DataReply>().data.size(), 1000U);
  EXPECT_NE(server.backlog(), 0U);
  for (std::uint32_t i = 1; i < 3; ++i) {
    const auto next = wait();
    ASSERT_EQ(next.size(), i == 2 ? 2U : 1U) << "CLOSE needs no time";
    EXPECT_EQ(next[0].id, i);
    EXPECT_EQ(clock.passed, i * 1000ms);
  }
  EXPECT_EQ(server.wakes_at(), std::nullopt);
  EXPECT_EQ(server.backlog(), 0U);
}

TEST_F(Throttled, WritesAreAsFastAsTheRateAndComeInFull) {
  files.write_pace = std::make_shared<Pace>(1000.0);
  files.free_bytes = 500;
  const Bytes handle = open("/f", kOpenWrite | kOpenCreate);
  Bytes stream;
  std::string content;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::string piece(500, static_cast<char>('a' + i));
    append(stream, request(i, WriteRequest{handle, i * 500U, as_bytes(piece)}));
    content += piece;
  }
  const std::size_t half = stream.size() / 2 + 3;  // in the middle of one
  EXPECT_EQ(send(ByteView(stream).first(half)).size(), 2U) << "one free, one ahead of its time";
  EXPECT_TRUE(send(ByteView(stream).subspan(half)).empty());
  for (unsigned i = 1; i <= 3; ++i) {
    const auto next = wait();
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].status(), 0U);
    EXPECT_EQ(clock.passed, i * 500ms);
  }
  EXPECT_EQ(files.content("/f"), content);
  EXPECT_EQ(server.wakes_at(), std::nullopt);
}

TEST_F(Throttled, OtherFilesDoNotWaitUnlessTheyStandBehind) {
  files.put_file("/f", std::string(3000, 'x'));
  const Bytes fast = open("/f", kOpenRead);
  files.read_pace = std::make_shared<Pace>(1000.0);
  const Bytes slow = open("/f", kOpenRead);
  EXPECT_EQ(ask(ReadRequest{slow, 0, 1000}).type, PacketType::Data);
  EXPECT_EQ(ask(ReadRequest{fast, 0, 1000}).type, PacketType::Data);
  EXPECT_TRUE(send(request(1, ReadRequest{slow, 0, 1000})).empty());
  EXPECT_TRUE(send(request(2, ReadRequest{fast, 0, 1000})).empty()) << "answers keep their order";
  EXPECT_EQ(wait().size(), 2U);
}

TEST_F(Throttled, MalformedAndStaleRequestsAreAnsweredAtOnce) {
  files.put_file("/f", std::string(3000, 'x'));
  files.read_pace = std::make_shared<Pace>(1000.0);
  const Bytes handle = open("/f", kOpenRead);
  ask(ReadRequest{handle, 0, 1000});
  const Bytes whole = request(9, ReadRequest{handle, 0, 1000});
  const ByteView body = ByteView(whole).subspan(9);
  for (std::size_t size = 0; size < 20; ++size) {
    const auto answers = send(raw_packet(5, 9, body.first(size)));
    ASSERT_EQ(answers.size(), 1U) << size;
    EXPECT_EQ(answers[0].status(), number(Status::BadMessage)) << size;
  }
  const Bytes other(16, 7);
  EXPECT_EQ(ask(ReadRequest{other, 0, 10}).type, PacketType::Status);
}

TEST_F(Throttled, TheEndForgetsWhatWaits) {
  files.put_file("/f", std::string(3000, 'x'));
  files.read_pace = std::make_shared<Pace>(1000.0);
  const Bytes handle = open("/f", kOpenRead);
  ask(ReadRequest{handle, 0, 1000});
  EXPECT_TRUE(send(request(1, ReadRequest{handle, 0, 1000})).empty());
  server.end();
  EXPECT_EQ(server.wakes_at(), std::nullopt);
}

TEST_F(Throttled, NoDeadlineWhereThereIsNoRoom) {
  files.put_file("/f", std::string(3000, 'x'));
  files.read_pace = std::make_shared<Pace>(1000.0);
  const Bytes handle = open("/f", kOpenRead);
  replies.one_by_one = true;
  Bytes stream = request(1, ReadRequest{handle, 0, 1000});
  append(stream, request(2, ReadRequest{handle, 0, 1000}));
  server.feed(stream);
  server.input_done();
  EXPECT_EQ(server.wakes_at(), std::nullopt);
  replies.let_go();
  server.resume();
  EXPECT_EQ(server.wakes_at(), Clock::Steady{} + 1s);
}

TEST(RequestPace, AllRequestsButInitWait) {
  Pace pace(1, 1s);  // two at once
  ServerOptions options;
  options.request_pace = &pace;
  SftpWorld world(options);
  world.init();
  Bytes stream;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const Bytes one = request(i, LstatRequest{{"/"}});
    stream.insert(stream.end(), one.begin(), one.end());
  }
  EXPECT_EQ(world.send(stream).size(), 2U);
  EXPECT_EQ(world.server.wakes_at(), Clock::Steady{} + 1s);
  world.clock.passed = 1s;
  world.server.resume();
  EXPECT_EQ(split_replies(std::exchange(world.replies.out, {})).size(), 1U);
  world.clock.passed = 2s;
  world.server.resume();
  EXPECT_EQ(split_replies(std::exchange(world.replies.out, {})).size(), 1U);
  EXPECT_EQ(world.server.wakes_at(), std::nullopt);
}

}  // namespace
}  // namespace ssh2core::sftp
