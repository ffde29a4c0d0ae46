// The sink: what clients send, in every cut; lies; failures of the file system; the end at any
// time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libssh2core/scp/records.h"
#include "libssh2core/tests/scp/world.h"

namespace ssh2core::scp {
namespace {

using sftp::FileOp;
using testing::HasSubstr;
using testing::StartsWith;

std::string file(std::string_view name, std::string_view content) {
  return file_line(0644, content.size(), name).append(content) + kOk;
}

class ScpSink : public testing::Test {
 protected:
  ScpWorld& begin(std::string_view command, Options options = {}) {
    world_ = std::make_unique<ScpWorld>(command, options);
    (void)world_->files.make_directory("d", 0755);
    world_->start();
    EXPECT_EQ(world_->hear(), kOk);
    return *world_;
  }
  std::unique_ptr<ScpWorld> world_;
};

TEST_F(ScpSink, TakesAFile) {
  ScpWorld& w = begin("scp -t x");
  EXPECT_EQ(w.say("C0640 5 name\n"), kOk);
  EXPECT_EQ(w.transfer->open_files(), 1U);
  EXPECT_EQ(w.say("hello"), "");
  EXPECT_EQ(w.say(kOk), kOk);
  EXPECT_EQ(w.files.content("x"), "hello");
  EXPECT_EQ(w.mode("x"), 0640U);
  w.end();
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 0U);
  ASSERT_EQ(w.observer.events.size(), 1U);
  EXPECT_EQ(w.observer.events[0], (TestObserver::Event{FileOp::Write, "x", 5, 0, false}));
}

TEST_F(ScpSink, PutsIntoADirectoryUnderTheNameSent) {
  ScpWorld& w = begin("scp -d -t d");
  EXPECT_EQ(w.say(file("a", "1") + file("b", "") + file("it's \"b\"", "33")),
            kOk + kOk + kOk + kOk + kOk + kOk);
  EXPECT_EQ(w.files.content("d/a"), "1");
  EXPECT_EQ(w.files.content("d/b"), "");
  EXPECT_EQ(w.files.content("d/it's \"b\""), "33");
}

TEST_F(ScpSink, TakesATreeAndItsTimes) {
  ScpWorld& w = begin("scp -r -p -t d");
  const std::string tree = "T5 0 6 0\nD0500 0 t\nT7 500000 8 0\nC4711 1 f\nx" + kOk +
                           "D0700 0 e\nE\nE\n" + file("after", "y");
  EXPECT_EQ(w.say(tree), std::string(10, '\0'));
  EXPECT_EQ(w.files.content("d/t/f"), "x");
  EXPECT_EQ(w.mode("d/t/f"), 04711U);
  EXPECT_EQ(w.mode("d/t"), 0500U);
  EXPECT_EQ(w.mode("d/t/e"), 0700U);
  EXPECT_EQ(w.files.lstat("d/t")->mtime, (sftp::FileTime{5, 0}));
  EXPECT_EQ(w.files.lstat("d/t/f")->mtime, (sftp::FileTime{7, 500000000}));
  EXPECT_EQ(w.files.lstat("d/t/f")->atime, (sftp::FileTime{8, 0}));
  EXPECT_EQ(w.files.content("d/after"), "y");
  w.end();
  EXPECT_EQ(w.transfer->exit_status(), 0U);
}

TEST_F(ScpSink, ATreeToANewNameHasThatName) {
  ScpWorld& w = begin("scp -r -t new");
  w.say("D0555 0 old\n" + file("f", "x") + "E\n");
  EXPECT_EQ(w.files.content("new/f"), "x");
  EXPECT_EQ(w.mode("new"), 0555U);  // while it was filled it had more
}

TEST_F(ScpSink, WithoutKeepingModesSetIdBitsFall) {
  ScpWorld& w = begin("scp -t d");
  w.say("C6755 0 f\n" + kOk);
  EXPECT_EQ(w.mode("d/f"), 0755U);
}

TEST_F(ScpSink, AFileThatIsThereKeepsItsModeAndLosesItsContent) {
  ScpWorld& w = begin("scp -t d/f");
  w.files.put_file("d/f", "something long");
  w.set_mode("d/f", 0600);
  w.say(file("f", "short"));
  EXPECT_EQ(w.files.content("d/f"), "short");
  EXPECT_EQ(w.mode("d/f"), 0600U);
}

TEST_F(ScpSink, ModesAndTimesAreLeftAloneWhereTheyAreToBe) {
  Options options;
  options.ignore_upload_modes = options.ignore_upload_times = true;
  ScpWorld& w = begin("scp -r -p -t d", options);
  w.say("T5 0 5 0\nD0700 0 t\nT5 0 5 0\nC0600 0 f\n" + kOk + "E\n");
  EXPECT_EQ(w.mode("d/t"), 0777U);
  EXPECT_EQ(w.mode("d/t/f"), 0666U);
  EXPECT_NE(w.files.lstat("d/t/f")->mtime->seconds, 5);
}

TEST_F(ScpSink, EveryCutLeadsToTheSame) {
  const std::string stream = "T5 0 6 0\nD0755 0 t\n" + file("f", "hello\nC0644 1 no\n") +
                             "T7 0 8 0\nC0600 0 empty\n" + kOk + "\1scp: gone\n" +
                             "D0700 0 e\nE\nE\n" + file("g", std::string(100, 'g'));
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    ScpWorld& w = begin("scp -r -p -t d");
    std::string heard;
    for (std::size_t at = 0; at < stream.size(); at += cut)
      heard += w.say(std::string_view(stream).substr(at, cut));
    EXPECT_EQ(heard, std::string(12, '\0')) << cut;
    EXPECT_EQ(w.files.content("d/t/f"), "hello\nC0644 1 no\n");
    EXPECT_EQ(w.files.content("d/g"), std::string(100, 'g'));
    EXPECT_EQ(w.processed, stream.size());
    w.end();
    EXPECT_EQ(w.transfer->exit_status(), 1U);  // the source has warned
  }
}

TEST_F(ScpSink, AnswersWaitForRoom) {
  ScpWorld& w = begin("scp -t d");
  w.stream.capacity = 1;
  std::string stream, heard;
  for (int i = 0; i < 50; ++i) stream += file(std::to_string(i), "content");
  const Bytes copy(as_bytes(stream).begin(), as_bytes(stream).end());
  w.transfer->feed(copy);
  w.transfer->input_done();
  w.transfer->end_of_input();
  EXPECT_FALSE(w.transfer->finished());
  for (int round = 0; round < 200 && !w.transfer->finished(); ++round) {
    EXPECT_LE(w.stream.out.size(), 1U);
    heard += w.hear();
    w.transfer->resume();
  }
  heard += w.hear();
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(heard, std::string(100, '\0'));
  EXPECT_EQ(w.files.content("d/49"), "content");
  EXPECT_EQ(w.transfer->take_processed(), stream.size());
  EXPECT_EQ(w.transfer->exit_status(), 0U);
}

TEST_F(ScpSink, LiesEndIt) {
  for (const std::string& line :
       {std::string("C0644 1 ../x\n"), std::string("C0644 1 a/b\n"), std::string("C0644 1 ..\n"),
        std::string("C0644 1 .\n"), std::string("C0644 1 \n"), std::string("C0644 1 a\0b\n", 12),
        std::string("D0755 0 ..\n"), std::string("C0644 -1 x\n"), std::string("\n"),
        std::string("E\n"), std::string("garbage\n"), std::string("C0644 99999999999999999999 x\n"),
        std::string("D") + std::string(5000, '0') + "\n", std::string(5000, 'C')}) {
    ScpWorld& w = begin("scp -r -t d");
    EXPECT_THAT(w.say(line + "C0644 1 after\nx" + kOk), StartsWith("\2scp: protocol error: "));
    EXPECT_TRUE(w.transfer->finished());
    EXPECT_EQ(w.transfer->exit_status(), 1U);
    EXPECT_EQ(w.files.content("d/after"), "<none>");
    EXPECT_EQ(w.files.content("x"), "<none>");
    EXPECT_EQ(w.processed, line.size() + 14 + 1 + 1);
    EXPECT_EQ(w.observer.problems.size(), 1U);
  }
}

TEST_F(ScpSink, ALineMayBeAsLongAsItMay) {
  ScpWorld& w = begin("scp -t d");
  const std::string name(kLongestLine - 8, 'n');
  EXPECT_THAT(w.say("C0644 0 " + name + "\n"), StartsWith("\1scp: "));  // too long for a path
  EXPECT_FALSE(w.transfer->finished());
}

TEST_F(ScpSink, DirectoriesNeedTheOption) {
  EXPECT_THAT(begin("scp -t d").say("D0755 0 t\n"), HasSubstr("without -r"));
}

TEST_F(ScpSink, ATargetThatMustBeADirectoryIsOne) {
  for (const std::string_view target : {"no", "f"}) {
    ScpWorld w("scp -d -t " + std::string(target));
    w.files.put_file("f", "x");
    w.start();
    EXPECT_THAT(w.hear(), StartsWith("\2scp: "));
    EXPECT_TRUE(w.transfer->finished());
    EXPECT_EQ(w.transfer->exit_status(), 1U);
  }
}

TEST_F(ScpSink, DirectoriesWithoutEndEndAtTheLongestPath) {
  ScpWorld& w = begin("scp -r -t d");
  w.files.max_nodes = 5000;
  std::size_t made = 0;
  const std::string line = "D0755 0 " + std::string(99, 'n') + "\n";
  while (w.say(line) == kOk) ASSERT_LT(++made, 100U);
  EXPECT_EQ(made, 40U);
  EXPECT_FALSE(w.transfer->finished());
}

TEST_F(ScpSink, WhatCannotBeMadeIsAWarningAndTheRestGoesOn) {
  ScpWorld& w = begin("scp -r -t d");
  w.files.put_file("d/file", "x");
  (void)w.files.make_directory("d/folder", 0755);
  EXPECT_THAT(w.say("C0644 1 folder\n"), StartsWith("\1scp: d/folder: "));
  EXPECT_THAT(w.say("D0755 0 file\n"), StartsWith("\1scp: d/file: "));
  EXPECT_EQ(w.say(file("next", "y")), kOk + kOk);
  EXPECT_EQ(w.files.content("d/next"), "y");
  w.end();
  EXPECT_EQ(w.transfer->exit_status(), 1U);
}

TEST_F(ScpSink, AFullDiskIsToldBehindTheFile) {
  ScpWorld& w = begin("scp -t d");
  w.files.write_fault = [](std::uint64_t offset, std::size_t) { return offset >= 10 ? ENOSPC : 0; };
  w.say("C0644 30 f\n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.say("0123456789"), "");
  EXPECT_THAT(w.say(kOk), StartsWith("\1scp: d/f: "));
  EXPECT_EQ(w.observer.events.back(),
            (TestObserver::Event{FileOp::Write, "d/f", 10, ENOSPC, false}));
  w.files.write_fault = nullptr;
  EXPECT_EQ(w.say(file("g", "y")), kOk + kOk);
}

TEST_F(ScpSink, AnErrorOfCloseIsTold) {
  ScpWorld& w = begin("scp -t d");
  w.files.close_fault = EDQUOT;
  EXPECT_THAT(w.say(file("f", "x")), testing::StrEq(kOk + "\1scp: d/f: " + "Quota exceeded\n"));
}

TEST_F(ScpSink, ASourceThatHasTroubleIsBelieved) {
  ScpWorld& w = begin("scp -t d");
  EXPECT_EQ(w.say("C0644 1 f\nx\1scp: f: shrunk\n"), kOk + kOk);
  EXPECT_TRUE(w.observer.events.back().aborted);
  EXPECT_EQ(w.say(file("g", "y")), kOk + kOk);
  EXPECT_EQ(w.say("\2scp: the end\n"), "");
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 1U);
}

TEST_F(ScpSink, TheClientMayVanishAtAnyByte) {
  const std::string stream = "T5 0 6 0\nD0755 0 t\n" + file("f", "hello") + "E\n";
  for (std::size_t size = 0; size <= stream.size(); ++size) {
    ScpWorld& w = begin("scp -r -p -t d");
    w.say(std::string_view(stream).substr(0, size));
    w.end();
    EXPECT_TRUE(w.transfer->finished());
    EXPECT_EQ(w.transfer->open_files(), 0U);
    const bool between = size == 0 || size == 9 || size == stream.size();
    EXPECT_EQ(w.transfer->exit_status(), between ? 0U : 1U) << size;
  }
}

TEST_F(ScpSink, AFileThatCameWholeNeedsNoLastByte) {  // which libssh2 does not send
  ScpWorld& w = begin("scp -t d");
  w.say("T5 0 6 0\nC0640 5 f\nhello");
  w.end();
  EXPECT_EQ(w.transfer->exit_status(), 0U);
  EXPECT_EQ(w.observer.events.back(), (TestObserver::Event{FileOp::Write, "d/f", 5, 0, false}));
  EXPECT_EQ(w.files.lstat("d/f")->mtime->seconds, 5);
  ScpWorld& other = begin("scp -t d");
  other.say("C0640 5 f\nhello\1but");
  other.end();
  EXPECT_EQ(other.transfer->exit_status(), 1U);
  EXPECT_TRUE(other.observer.events.back().aborted);
}

TEST_F(ScpSink, AnAbandonedFileIsReported) {
  ScpWorld& w = begin("scp -t d");
  w.say("C0644 10 f\nhello");
  w.transfer->abandon();
  EXPECT_EQ(w.observer.events.back(), (TestObserver::Event{FileOp::Write, "d/f", 5, 0, true}));
  EXPECT_EQ(w.files.content("d/f"), "hello");
}

TEST_F(ScpSink, RefusalsHold) {
  Options options;
  options.refuse_write = options.refuse_make_directory = EROFS;
  ScpWorld& w = begin("scp -r -t d", options);
  EXPECT_THAT(w.say("C0644 1 f\n"), StartsWith("\1scp: d/f: "));
  EXPECT_THAT(w.say("D0755 0 t\n"), StartsWith("\1scp: d/t: "));
  EXPECT_EQ(w.files.content("d/f"), "<none>");
  options = {};
  options.refuse_set = EACCES;
  ScpWorld& other = begin("scp -p -t d", options);
  EXPECT_THAT(other.say("C0600 0 f\n" + kOk), HasSubstr("\1scp: d/f: "));
}

TEST_F(ScpSink, AHomeIsAHome) {
  ScpWorld& w = begin("scp -t ~/d");
  w.say(file("f", "x"));
  EXPECT_EQ(w.files.content("/home/user/d/f"), "x");
}

}  // namespace
}  // namespace ssh2core::scp
