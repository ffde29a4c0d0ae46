#include "keys/account_files.h"

#include <gtest/gtest.h>

namespace ssh2core::keys {
namespace {

constexpr std::string_view kHash = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi";

std::vector<UserEntry> users(std::string_view text) {
  auto parsed = parse_user_file(text);
  const auto* error = std::get_if<PasswordFileError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->line << ": " << error->what;
  return error != nullptr ? std::vector<UserEntry>() : std::get<std::vector<UserEntry>>(parsed);
}

/// "LINE: sentence" of a file that is refused.
std::string problem(std::string_view text) {
  const auto parsed = parse_user_file(text);
  const auto* error = std::get_if<PasswordFileError>(&parsed);
  return error == nullptr ? "" : std::to_string(error->line) + ": " + error->what;
}

std::string line(std::string_view hash, std::string_view rest = ":1001:100::/home/ann:/bin/sh") {
  return std::string("ann:").append(hash).append(rest);
}

TEST(UserFile, ReadsTheFormOfPasswd) {
  const auto read = users("# made by ftpasswd\n\n" + line(kHash) + "\r\nbob:*:0:0:Bob,,:/:\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "ann");
  EXPECT_EQ(read[0].hash, kHash);
  EXPECT_EQ(read[0].uid, 1001U);
  EXPECT_EQ(read[0].gid, 100U);
  EXPECT_EQ(read[0].home, "/home/ann");
  EXPECT_EQ(read[0].shell, "/bin/sh");
  EXPECT_EQ(read[0].line, 3U);
  EXPECT_TRUE(read[1].hash.empty());
  EXPECT_FALSE(read[1].locked);
}

TEST(UserFile, TellsLockedFromWithoutPassword) {
  EXPECT_TRUE(users(line(std::string("!").append(kHash)))[0].locked);
  EXPECT_TRUE(users(line("!"))[0].hash.empty());
  EXPECT_FALSE(users(line("x"))[0].locked);
  EXPECT_EQ(users(line("abJnggxhB/yWI"))[0].hash, "abJnggxhB/yWI");  // of the old DES kind
}

TEST(UserFile, NamesWhatIsWrong) {
  EXPECT_EQ(problem("\nann:x:1"),
            "2: wants seven fields, name:hash:uid:gid:comment:home:shell, and has 3");
  EXPECT_NE(problem(line("")).find("password is empty"), std::string::npos);
  EXPECT_NE(problem(line("secret")).find("no hash"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":-1:0::/:")).find("uid"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":4294967295:0::/:")).find("uid"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":1:4294967296::/:")).find("gid"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":1:1x::/:")).find("gid"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":1:1::home:")).find("absolute"), std::string::npos);
  EXPECT_NE(problem(line(kHash, ":1:1::/a\tb:")).find("control"), std::string::npos);
  EXPECT_EQ(problem(line("x") + "\n#\n" + line("x")), "3: ann stands in line 1 already");
}

TEST(UserFile, EveryTruncationIsReadOrRefused) {
  const std::string whole = line(kHash) + "\n" + "bob:x:1:1::/:/bin/false\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_user_file(std::string_view(whole).substr(0, size));
    if (const auto* read = std::get_if<std::vector<UserEntry>>(&parsed)) {
      EXPECT_LE(read->size(), 2U);
    } else {
      EXPECT_LE(std::get<PasswordFileError>(parsed).line, 2U);
    }
  }
}

TEST(GroupFile, ReadsTheFormOfGroup) {
  const auto parsed = parse_group_file("staff:x:50:ann, bob,\nnone:*:51:\n");
  const auto& groups = std::get<std::vector<GroupEntry>>(parsed);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].members, (std::vector<std::string>{"ann", "bob"}));
  EXPECT_EQ(groups[0].gid, 50U);
  EXPECT_TRUE(groups[1].members.empty());
  EXPECT_EQ(std::get<PasswordFileError>(parse_group_file("staff:x:50")).line, 1U);
  EXPECT_EQ(std::get<PasswordFileError>(parse_group_file("a:x:1:\nb:x::")).line, 2U);
}

TEST(PasswordFile, TakesMoreEntriesBehindItsOwn) {
  const auto file = std::get<PasswordFile>(PasswordFile::parse(std::string("ann:").append(kHash)));
  const auto both = file.with({{"ann", "abJnggxhB/yWI", 1}, {"bob", std::string(kHash), 2}});
  ASSERT_EQ(both.entries().size(), 2U);
  EXPECT_TRUE(both.verify("ann", Secret(as_bytes("opensesame"))));
  EXPECT_TRUE(both.verify("bob", Secret(as_bytes("opensesame"))));
  EXPECT_FALSE(both.verify("bob", Secret(as_bytes("other"))));
  EXPECT_FALSE(both.verify("eve", Secret(as_bytes("opensesame"))));
}

}  // namespace
}  // namespace ssh2core::keys
