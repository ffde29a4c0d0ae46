// Lines and answers: what is taken, what is not, and what is made.
#include "libssh2core/scp/records.h"

#include <gtest/gtest.h>

namespace ssh2core::scp {
namespace {

std::string refusal(std::string_view line) {
  const Record record = parse_record(line);
  const auto* bad = std::get_if<Malformed>(&record);
  return bad == nullptr ? "" : std::string(bad->why);
}

TEST(ScpRecords, OfFilesAndDirectories) {
  const auto file = std::get<FileRecord>(parse_record("C0640 1234 two words"));
  EXPECT_EQ(file.mode, 0640U);
  EXPECT_EQ(file.size, 1234U);
  EXPECT_EQ(file.name, "two words");
  const auto large = std::get<FileRecord>(parse_record("C4755 9223372036854775807 x"));
  EXPECT_EQ(large.mode, 04755U);
  EXPECT_EQ(large.size, 0x7fffffffffffffffU);
  EXPECT_EQ(std::get<DirectoryRecord>(parse_record("D0755 0 d")).name, "d");
  EXPECT_TRUE(std::holds_alternative<EndRecord>(parse_record("E")));
  EXPECT_EQ(std::get<FileRecord>(parse_record("C07 0 x")).mode, 07U);         // libssh2
  EXPECT_EQ(std::get<FileRecord>(parse_record("C0100644 0 x")).mode, 0644U);  // type bits
  EXPECT_EQ(std::get<FileRecord>(parse_record("C0644 0  x")).name, " x");
}

TEST(ScpRecords, OfTimes) {
  const auto times = std::get<Times>(parse_record("T1700000000 5 1600000000 999999"));
  EXPECT_EQ(times.mtime, (sftp::FileTime{1700000000, 5000}));
  EXPECT_EQ(times.atime, (sftp::FileTime{1600000000, 999999000}));
  for (const std::string_view line :
       {"T", "T1", "T1 0", "T1 0 1", "T1 0 1 ", "T1 0 1 1000000", "T-1 0 1 0", "T1 0 1 0 ",
        "T1 0 99999999999999999999 0", "T1  1 0", "Tx 0 1 0", "T1 0 9223372036854775808 0"})
    EXPECT_EQ(refusal(line), "bad times") << line;
}

TEST(ScpRecords, ThatLieAreRefused) {
  for (const std::string_view line : {"C", "C0644", "C0644 ", "C0888 1 x", "C-644 1 x", "C 1 x",
                                      "C00000644 1 x", "C0x44 1 x", "D+755 0 x"})
    EXPECT_EQ(refusal(line).substr(0, 4), "bad ") << line;
  for (const std::string_view line :
       {"C0644 -1 x", "C0644 9223372036854775808 x", "C0644 18446744073709551616 x",
        "C0644 99999999999999999999999 x", "C0644 1", "C0644 1k x", "C0644  x"})
    EXPECT_EQ(refusal(line), "bad size") << line;
  for (const std::string& name :
       {std::string(""), std::string("."), std::string(".."), std::string("/"), std::string("a/b"),
        std::string("../x"), std::string("a\0b", 3)})
    for (const std::string_view start : {"C0644 1 ", "D0755 0 "})
      EXPECT_EQ(refusal(std::string(start) + name), "unexpected filename") << name;
  for (const std::string_view line : {"", " ", "X", "c0644 1 x", "-bash: scp: not found"})
    EXPECT_EQ(refusal(line), "expected control record") << line;
  EXPECT_EQ(refusal("E1"), "bytes behind E");
}

TEST(ScpRecords, NeverBreakWhateverIsCutOrChanged) {
  for (const std::string_view line : {"C0644 1234 name", "D0755 0 name", "T170 5 160 999"})
    for (std::size_t size = 0; size <= line.size(); ++size) {
      parse_record(line.substr(0, size));
      for (unsigned byte = 0; byte < 256 && size < line.size(); ++byte) {
        std::string changed(line);
        changed[size] = static_cast<char>(byte);
        const Record record = parse_record(changed);
        if (const auto* file = std::get_if<FileRecord>(&record)) {
          EXPECT_LE(file->mode, 07777U);
          EXPECT_EQ(file->name.find('/'), std::string_view::npos);
        }
      }
    }
}

TEST(ScpRecords, AreMadeAsOpenSshMakesThem) {
  EXPECT_EQ(file_line(0100644, 17, "a b"), "C0644 17 a b\n");
  EXPECT_EQ(file_line(06755, 0, "two\nlines"), "C6755 0 two\\^Jlines\n");
  EXPECT_EQ(directory_line(040700, "d"), "D0700 0 d\n");
  EXPECT_EQ(times_line({{5, 999}, {-7, 0}}), "T5 0 0 0\n");
  EXPECT_EQ(message_line(Response::Kind::Warning, "a\nb\x7f: no"), "\1scp: a?b?: no\n");
  EXPECT_EQ(message_line(Response::Kind::Fatal, "x").front(), '\2');
  EXPECT_LE(message_line(Response::Kind::Fatal, std::string(100000, 'x')).size(), kLongestLine);
}

TEST(ScpResponses, ComeCutAnywhere) {
  const std::string stream = std::string("\0\1scp: no\n\0\2end\nbash: no\n", 25);
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    ResponseInput input;
    std::vector<Response> found;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      ByteView rest = as_bytes(stream).subspan(at, std::min(cut, stream.size() - at));
      while (auto response = input.take(rest)) found.push_back(*response);
      EXPECT_TRUE(rest.empty());
    }
    ASSERT_EQ(found.size(), 5U) << cut;
    EXPECT_EQ(found[0].kind, Response::Kind::Ok);
    EXPECT_EQ(found[1].kind, Response::Kind::Warning);
    EXPECT_EQ(found[1].text, "scp: no");
    EXPECT_EQ(found[3].kind, Response::Kind::Fatal);
    EXPECT_EQ(found[4].kind, Response::Kind::Fatal);
    EXPECT_EQ(found[4].text, "bash: no");
  }
}

TEST(ScpResponses, ThatDoNotEndAreCut) {
  ResponseInput input;
  const std::string line = "\1" + std::string(10000, 'x');
  ByteView rest = as_bytes(line);
  const auto response = input.take(rest);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->kind, Response::Kind::Fatal);
  EXPECT_EQ(response->text.size(), kLongestLine);
}

}  // namespace
}  // namespace ssh2core::scp
