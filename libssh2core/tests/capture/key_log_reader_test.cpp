#include "libssh2core/capture/key_log_reader.h"

#include <gtest/gtest.h>

#include <random>

namespace ssh2core {
namespace {

using Kind = KeyLogReader::Kind;

const std::string kCookie = "000102030405060708090a0b0c0d0e0f";
KeyLogReader::Cookie cookie() {
  KeyLogReader::Cookie bytes{};
  for (std::uint8_t i = 0; i < bytes.size(); ++i) bytes[i] = i;
  return bytes;
}

TEST(KeyLogReader, ReadsEveryFormOfLine) {
  KeyLogReader keys;
  keys.read("# made by hand\n\n" + kCookie + " 01ff\r\n" + kCookie + "\tPRIVATE_KEY 02\n" +
            "000102030405060708090A0B0C0D0E0F SHARED_SECRET Aa");
  ASSERT_NE(keys.find(cookie()), nullptr);
  const auto& entries = *keys.find(cookie());
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].kind, Kind::PrivateKey);
  EXPECT_EQ(Bytes(entries[0].secret.view().begin(), entries[0].secret.view().end()),
            (Bytes{0x01, 0xff}));
  EXPECT_EQ(entries[1].kind, Kind::PrivateKey);
  EXPECT_EQ(entries[2].kind, Kind::SharedSecret);
  EXPECT_EQ(entries[2].secret.view()[0], 0xaa);
  EXPECT_TRUE(keys.problems().empty());
  EXPECT_EQ(keys.find({}), nullptr);
}

TEST(KeyLogReader, NamesBadLinesWithoutTheirText) {
  const std::string lines[] = {"00 01",
                               kCookie,
                               kCookie + " SHARED_SECRET",
                               kCookie + " 123",
                               kCookie + " zz",
                               kCookie + " NONSENSE 01",
                               kCookie + " 01 02",
                               kCookie.substr(2) + "0g 01"};
  KeyLogReader keys;
  std::size_t number = 0;
  for (const std::string& line : lines) {
    keys.read_line(line);
    ASSERT_EQ(keys.problems().size(), ++number) << line;
    EXPECT_EQ(keys.problems().back().line, number);
  }
  EXPECT_EQ(keys.size(), 0U);
}

TEST(KeyLogReader, SurvivesCutsAndMutations) {
  const std::string text = kCookie + " 0123\n" + kCookie + " SHARED_SECRET 45\n";
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::string changed = text.substr(0, random() % (text.size() + 1));
    if (!changed.empty()) changed[random() % changed.size()] = static_cast<char>(random());
    KeyLogReader keys;
    keys.read(changed);
    EXPECT_LE(keys.size(), 3U);
  }
}

}  // namespace
}  // namespace ssh2core
