// Command lines, as shells and as clients write them.
#include "libssh2core/scp/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ssh2core::scp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> words(std::string_view line) {
  const auto split = split_words(line);
  std::vector<std::string> texts;
  if (const auto* why = std::get_if<std::string>(&split)) return {"error: " + *why};
  for (const Word& word : std::get<std::vector<Word>>(split)) texts.push_back(word.text);
  return texts;
}

Word second(std::string_view line) { return std::get<std::vector<Word>>(split_words(line)).at(1); }

Command command(std::string_view line) {
  auto parsed = read_command(line);
  if (const auto* why = std::get_if<std::string>(&parsed)) ADD_FAILURE() << line << ": " << *why;
  return std::holds_alternative<Command>(parsed) ? std::get<Command>(std::move(parsed)) : Command{};
}

std::string refusal(std::string_view line) {
  auto parsed = read_command(line);
  return std::holds_alternative<Command>(parsed) ? "" : std::get<std::string>(parsed);
}

TEST(ScpWords, AreSplitAsByAShell) {
  EXPECT_THAT(words("scp -t /a/b"), ElementsAre("scp", "-t", "/a/b"));
  EXPECT_THAT(words("  scp\t-t   x \n"), ElementsAre("scp", "-t", "x"));
  EXPECT_THAT(words("scp 'two  words' \"it's\" a\\ b"),
              ElementsAre("scp", "two  words", "it's", "a b"));
  EXPECT_THAT(words("a'b'\"c\"\\d"), ElementsAre("abcd"));
  EXPECT_THAT(words("'' \"\""), ElementsAre("", ""));
  EXPECT_THAT(words("'it'\"'\"'s'"), ElementsAre("it's"));  // libssh2, Python's shlex.quote
  EXPECT_THAT(words("'it'\\''s'"), ElementsAre("it's"));
  EXPECT_THAT(words("'a'\\!'b'"), ElementsAre("a!b"));  // libssh2
  EXPECT_THAT(words(R"("a\"b\\c\d\$e\`f")"), ElementsAre("a\"b\\c\\d$e`f"));
  EXPECT_THAT(words("'a\\b'"), ElementsAre("a\\b"));
  EXPECT_THAT(words("two\\\nlines 'two\nlines'"), ElementsAre("two\nlines", "two\nlines"));
}

TEST(ScpWords, NothingInThemIsEverReplaced) {
  EXPECT_THAT(words("scp -f $HOME `id` $(id) a;b c|d >e &"),
              ElementsAre("scp", "-f", "$HOME", "`id`", "$(id)", "a;b", "c|d", ">e", "&"));
}

TEST(ScpWords, ThatDoNotEndAreAnError) {
  EXPECT_THAT(words("scp -t it's"), ElementsAre(HasSubstr("not closed")));
  EXPECT_THAT(words("scp -t \"a"), ElementsAre(HasSubstr("not closed")));
  EXPECT_THAT(words("scp -t a\\"), ElementsAre(HasSubstr("backslash")));
  EXPECT_THAT(words(std::string("scp -t a\0b", 10)), ElementsAre(HasSubstr("zero byte")));
}

TEST(ScpWords, KnowWhatWasQuotedInAPattern) {
  EXPECT_EQ(second("f a*b").pattern, "a*b");
  EXPECT_TRUE(second("f a*b").glob);
  EXPECT_EQ(second("f 'a*b'?").pattern, "a\\*b?");
  EXPECT_FALSE(second("f 'a*b'").glob);
  EXPECT_FALSE(second("f a\\*\\{b").glob);
  EXPECT_EQ(second("f a\\\\b").pattern, "a\\\\b");
  EXPECT_TRUE(second("f ~/x").tilde);
  EXPECT_FALSE(second("f '~/x'").tilde);
  EXPECT_FALSE(second("f a~").tilde);
  EXPECT_FALSE(second("f ''~").tilde);
}

TEST(ScpCommand, IsThatOfRealClients) {
  EXPECT_EQ(command("scp -t /x").role, Command::Role::Sink);  // PuTTY, OpenSSH
  const Command curl = command("scp -pf '/a b'");             // libssh2
  EXPECT_EQ(curl.role, Command::Role::Source);
  EXPECT_TRUE(curl.preserve);
  EXPECT_EQ(curl.paths.at(0).text, "/a b");
  const Command tree = command("scp -v -r -p -d -t -- -odd");  // OpenSSH -O
  EXPECT_TRUE(tree.recursive && tree.preserve && tree.directory && tree.verbose);
  EXPECT_EQ(tree.paths.at(0).text, "-odd");
  EXPECT_EQ(command("scp -qt \"dir\"").paths.at(0).text, "dir");  // libraries for Go
  EXPECT_EQ(command("scp -f a 'b c' d").paths.size(), 3U);
  EXPECT_EQ(command("scp -f a -r").paths.size(), 2U);  // an option comes before all paths
  EXPECT_EQ(command("scp -t -").paths.at(0).text, "-");
}

TEST(ScpCommand, IsRefusedWithAReason) {
  EXPECT_THAT(refusal(""), HasSubstr("no command"));
  EXPECT_THAT(refusal("scp"), HasSubstr("neither -t nor -f"));
  EXPECT_THAT(refusal("scp a host:b"), HasSubstr("neither -t nor -f"));
  EXPECT_THAT(refusal("scp -t"), HasSubstr("no path"));
  EXPECT_THAT(refusal("scp -f --"), HasSubstr("no path"));
  EXPECT_THAT(refusal("scp -t two words"), HasSubstr("ambiguous target"));
  EXPECT_THAT(refusal("scp -t -f x"), HasSubstr("exclude"));
  EXPECT_THAT(refusal("scp -S/bin/sh -t x"), HasSubstr("-S"));
  EXPECT_THAT(refusal("scp --help"), HasSubstr("--"));
}

TEST(ScpCommand, BeginsWithTheWordAndNothingElse) {
  EXPECT_TRUE(is_scp("scp"));
  EXPECT_TRUE(is_scp("scp -t x"));
  for (const std::string_view other : {"scpx -t x", "/usr/bin/scp -t x", " scp -t x", "scp;id", "",
                                       "sftp-server", "SCP -t x", "scp\n-t"})
    EXPECT_FALSE(is_scp(other)) << other;
}

}  // namespace
}  // namespace ssh2core::scp
