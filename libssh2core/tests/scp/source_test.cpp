// The source: what it sends, what answers do to it, and files that change meanwhile. At the end it
// meets the sink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libssh2core/scp/records.h"
#include "libssh2core/tests/scp/world.h"

namespace ssh2core::scp {
namespace {

using sftp::FileOp;
using testing::HasSubstr;
using testing::StartsWith;

class ScpSource : public testing::Test {
 protected:
  ScpWorld& begin(std::string_view command, Options options = {}) {
    world_ = std::make_unique<ScpWorld>(command, options);
    sftp::MemoryFileSystem& files = world_->files;
    files.put_file("f", "hello");
    files.put_file("empty", "");
    for (const std::string_view path : {"t", "t/e", "t/g"}) (void)files.make_directory(path, 0755);
    files.put_file("t/one", "1");
    files.put_file("t/g/two", "22");
    for (const std::string_view path : {"f", "empty", "t/one", "t/g/two"})
      world_->set_mode(path, 0640);
    world_->start();
    EXPECT_EQ(world_->hear(), "");  // the sink speaks first
    return *world_;
  }
  /// Says that all is well until nothing more comes; all that came.
  std::string agree() {
    std::string heard;
    for (int i = 0; i < 1000 && !world_->transfer->finished(); ++i) heard += world_->say(kOk);
    EXPECT_TRUE(world_->transfer->finished());
    return heard;
  }
  std::unique_ptr<ScpWorld> world_;
};

TEST_F(ScpSource, SendsAFile) {
  ScpWorld& w = begin("scp -f /home/user/f");
  EXPECT_EQ(w.say(kOk), "C0640 5 f\n");
  EXPECT_EQ(w.transfer->open_files(), 1U);
  EXPECT_EQ(w.say(kOk), "hello" + kOk);
  EXPECT_EQ(w.transfer->open_files(), 0U);
  EXPECT_FALSE(w.transfer->finished());
  EXPECT_EQ(w.say(kOk), "");
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 0U);
  EXPECT_EQ(w.processed, 3U);
  EXPECT_EQ(w.observer.events.at(0),
            (TestObserver::Event{FileOp::Read, "/home/user/f", 5, 0, false}));
}

TEST_F(ScpSource, SendsTimesFirst) {
  ScpWorld& w = begin("scp -p -f empty");
  EXPECT_EQ(w.say(kOk), "T1700000000 0 1700000000 0\n");
  EXPECT_EQ(w.say(kOk), "C0640 0 empty\n");
  EXPECT_EQ(w.say(kOk), kOk);
}

TEST_F(ScpSource, SendsATree) {
  begin("scp -r -f t/");
  EXPECT_EQ(agree(), "D0755 0 t\nD0755 0 e\nE\nD0755 0 g\nC0640 2 two\n22" + kOk +
                         "E\nC0640 1 one\n1" + kOk + "E\n");
  EXPECT_EQ(world_->transfer->exit_status(), 0U);
}

TEST_F(ScpSource, GoesThroughItsPathsAndPatterns) {
  begin("scp -f f t/o* 'no' '[x]*'");
  EXPECT_EQ(agree(), "C0640 5 f\nhello" + kOk + "C0640 1 one\n1" + kOk +
                         "\1scp: no: No such file or directory\n"
                         "\1scp: [x]*: No such file or directory\n");
  EXPECT_EQ(world_->transfer->exit_status(), 1U);
}

TEST_F(ScpSource, PatternsCanBeSwitchedOff) {
  Options options;
  options.globbing = false;
  begin("scp -f t/o*", options);
  EXPECT_THAT(agree(), HasSubstr("\1scp: t/o*: "));
}

TEST_F(ScpSource, WhatIsNoFileIsAWarning) {
  ScpWorld& w = begin("scp -f t f");
  EXPECT_EQ(w.say(kOk), "\1scp: t: is a directory, and -r was not given\nC0640 5 f\n");
}

TEST_F(ScpSource, LinksAreFollowedButNotRound) {
  ScpWorld& w = begin("scp -r -f t");
  (void)w.files.make_symlink("../f", "t/link");
  (void)w.files.make_symlink("..", "t/g/loop");
  (void)w.files.make_symlink("/home/user/t/e", "t/g/side");
  (void)w.files.make_symlink("nowhere", "t/e/dangling");
  for (const std::string_view path : {"x", "y"}) (void)w.files.make_directory(path, 0755);
  (void)w.files.make_symlink("../../x", "t/e/across");  // two that lead to each other
  (void)w.files.make_symlink("../y", "x/y");
  (void)w.files.make_symlink("../x", "y/x");
  const std::string heard = agree();
  EXPECT_THAT(heard, HasSubstr("C0640 5 link\nhello"));
  EXPECT_THAT(heard, HasSubstr("\1scp: t/g/loop: leads to a folder above it, left out\n"));
  EXPECT_THAT(heard, HasSubstr("D0755 0 side\n"));
  EXPECT_THAT(heard, HasSubstr("\1scp: t/e/across/y/x: leads to a folder above it, left out\n"));
  EXPECT_THAT(heard, HasSubstr("\1scp: t/e/dangling: No such file or directory\n"));
}

TEST_F(ScpSource, AWarningLeavesOneThingOut) {
  ScpWorld& w = begin("scp -r -f t f");
  EXPECT_EQ(w.say(kOk), "D0755 0 t\n");
  EXPECT_EQ(w.say("\1no room for folders\n"), "C0640 5 f\n");  // and no E
  EXPECT_EQ(w.say("\1nor for files\n"), "");
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 1U);
  EXPECT_EQ(w.observer.problems.size(), 2U);
  EXPECT_TRUE(w.observer.events.back().aborted);
}

TEST_F(ScpSource, AWarningBehindAFileIsCounted) {
  ScpWorld& w = begin("scp -f f empty");
  w.say(kOk + kOk);
  EXPECT_EQ(w.say("\1disk full\n"), "C0640 0 empty\n");
  w.say(kOk + kOk);
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 1U);
}

TEST_F(ScpSource, AFatalAnswerEndsItAtAnyPlace) {
  for (const std::string& end : {std::string("\2the end\n"), std::string("garbage\n")})
    for (int before = 0; before < 10; ++before) {
      ScpWorld& w = begin("scp -p -r -f t");
      for (int i = 0; i < before; ++i) w.say(kOk);
      EXPECT_EQ(w.say(end + kOk), "");
      EXPECT_TRUE(w.transfer->finished());
      EXPECT_EQ(w.transfer->exit_status(), 1U);
      EXPECT_EQ(w.transfer->open_files(), 0U);
    }
}

TEST_F(ScpSource, TheClientMayVanishAtAnyPlace) {
  for (int before = 0; before < 14; ++before) {
    ScpWorld& w = begin("scp -p -r -f t");
    for (int i = 0; i < before; ++i) w.say(kOk);
    w.end();
    EXPECT_TRUE(w.transfer->finished());
    EXPECT_EQ(w.transfer->exit_status(), 1U);
    EXPECT_EQ(w.transfer->open_files(), 0U);
  }
}

TEST_F(ScpSource, AFileThatShrinksIsFilledUp) {
  ScpWorld& w = begin("scp -f f");
  w.say(kOk);
  w.files.put_file("f2", "");
  w.set_size("f", 2);
  EXPECT_EQ(w.say(kOk),
            "he" + std::string(3, '\0') + "\1scp: f: became shorter while it was sent\n");
  EXPECT_EQ(w.observer.events.back(), (TestObserver::Event{FileOp::Read, "f", 2, 0, true}));
  EXPECT_EQ(w.say(kOk), "");
  EXPECT_EQ(w.transfer->exit_status(), 1U);
}

TEST_F(ScpSource, AFileThatGrowsIsCut) {
  ScpWorld& w = begin("scp -f f");
  w.say(kOk);
  w.set_size("f", 500);
  EXPECT_EQ(w.say(kOk), "hello" + kOk);
}

TEST_F(ScpSource, AnErrorOfReadingIsTold) {
  ScpWorld& w = begin("scp -f f");
  w.files.read_fault = [](std::uint64_t) { return EIO; };
  w.say(kOk);
  EXPECT_THAT(w.say(kOk), StartsWith(std::string(5, '\0') + "\1scp: f: "));
  EXPECT_EQ(w.observer.events.back().error, EIO);
}

TEST_F(ScpSource, RefusalsHold) {
  Options options;
  options.refuse_read = EACCES;
  begin("scp -r -f f t", options);
  EXPECT_THAT(agree(), testing::Not(HasSubstr("hello")));
  options = {};
  options.refuse_list = EACCES;
  begin("scp -r -f t f", options);
  EXPECT_THAT(agree(), StartsWith("\1scp: t: "));
}

TEST_F(ScpSource, ALineBreakInANameIsEscaped) {
  ScpWorld& w = begin("scp -f 'two\nlines'");
  w.files.put_file("two\nlines", "x");
  EXPECT_EQ(w.say(kOk).substr(5), " 1 two\\^Jlines\n");
}

// --- both together ---

/// Moves everything from one world to another, in pieces of at most `cut`, through streams that
/// take `room` bytes at a time.
void join(ScpWorld& source, ScpWorld& sink, std::size_t cut, std::size_t room) {
  for (ScpWorld* one : {&source, &sink}) {
    one->stream.capacity = room;
    one->stream.piece = 7;
    one->start();
  }
  const auto move = [cut](ScpWorld& from, ScpWorld& to) {
    const std::string bytes = from.hear();
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      const std::string part = bytes.substr(at, cut);
      const Bytes piece(as_bytes(part).begin(), as_bytes(part).end());
      to.transfer->feed(piece);
      to.transfer->input_done();
    }
    from.transfer->resume();
    to.transfer->resume();
    return !bytes.empty();
  };
  for (bool moved = true; moved;) {
    moved = move(sink, source);
    moved = move(source, sink) || moved;
  }
  EXPECT_TRUE(source.transfer->finished());
  sink.end();
  EXPECT_TRUE(sink.transfer->finished());
}

TEST(ScpBothSides, MoveATreeWhole) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, std::size_t{100000}})
    for (const std::size_t room : {std::size_t{1}, std::size_t{10}, std::size_t{1000000}}) {
      ScpWorld source("scp -p -r -f t"), sink("scp -p -r -t copy");
      source.files.max_nodes = sink.files.max_nodes = 3000;
      std::string path = "t";
      for (int depth = 0; depth < 60; ++depth) {
        (void)source.files.make_directory(path, 0755);
        source.files.put_file(path + "/a", std::string(static_cast<std::size_t>(depth) * 37, 'x'));
        source.files.put_file(path + "/z", path);
        path += "/m";
      }
      join(source, sink, cut, room);
      EXPECT_EQ(source.transfer->exit_status(), 0U);
      EXPECT_EQ(sink.transfer->exit_status(), 0U);
      path = "";
      for (int depth = 0; depth < 60; ++depth) {
        EXPECT_EQ(sink.files.content("copy" + path + "/z"), "t" + path);
        EXPECT_EQ(sink.files.content("copy" + path + "/a").size(),
                  static_cast<std::size_t>(depth) * 37);
        path += "/m";
      }
    }
}

}  // namespace
}  // namespace ssh2core::scp
