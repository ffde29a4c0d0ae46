#include "tools/sftpd-lite/directives/words.h"

#include <gmock/gmock.h>

namespace ssh2core::tools {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, AreCutAtBlanksOutsideQuotes) {
  EXPECT_THAT(*split_words(" ServerIdent\ton  "), ElementsAre("ServerIdent", "on"));
  EXPECT_THAT(*split_words(R"(a "b c" d"e f"g "")"), ElementsAre("a", "b c", "de fg", ""));
  EXPECT_THAT(*split_words(R"("say \"hi\" \\" back\slash)"),
              ElementsAre(R"(say "hi" \)", R"(back\slash)"));
  EXPECT_THAT(*split_words("  "), IsEmpty());
}

TEST(Words, AnOpenQuoteIsNoLine) {
  EXPECT_FALSE(split_words("a \"b"));
  EXPECT_FALSE(split_words(R"("a\")"));
}

TEST(Words, CompareWithoutCase) {
  EXPECT_TRUE(equal_without_case("Umask", "uMASK"));
  EXPECT_FALSE(equal_without_case("Umask", "Umas"));
  EXPECT_FALSE(equal_without_case("[", "{"));
}

TEST(Words, NearestName) {
  const std::vector<std::string> names{"aes128-ctr", "aes192-ctr", "aes256-ctr", "3des-cbc"};
  EXPECT_EQ(nearest_name("AES192-CTR", names), "aes192-ctr");
  EXPECT_EQ(nearest_name("aes265-ctr", names), "aes256-ctr");
  EXPECT_EQ(nearest_name("des-cbc", names), "3des-cbc");
  EXPECT_EQ(nearest_name("", {"only"}), "only");
  EXPECT_EQ(nearest_name(std::string(100000, 'x'), {"only"}), "only");
}

}  // namespace
}  // namespace ssh2core::tools
