// Patterns: what fits, what braces make, what is found, and where it ends.
#include "libssh2core/scp/globbing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libssh2core/tests/scp/world.h"

namespace ssh2core::scp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ScpPattern, FitsAsInAShell) {
  const std::vector<std::pair<std::string_view, std::string_view>> fitting = {{"*", "a"},
                                                                              {"a*", "a"},
                                                                              {"*.txt", "a.txt"},
                                                                              {"a*b*c", "axxbyybc"},
                                                                              {"?", "a"},
                                                                              {"?", "é"},
                                                                              {"[a-c]x", "bx"},
                                                                              {"[!a-c]", "d"},
                                                                              {"[^a-c]", "d"},
                                                                              {"[]a]", "]"},
                                                                              {"[a-]", "-"},
                                                                              {"[é-ü]", "ö"},
                                                                              {"\\*", "*"},
                                                                              {"[\\]]", "]"},
                                                                              {".*", ".a"},
                                                                              {"\\.a", ".a"},
                                                                              {"[", "["},
                                                                              {"[a", "[a"},
                                                                              {"a\\", "a\\"},
                                                                              {"**", "a"},
                                                                              {"*é", "caf\xc3\xa9"},
                                                                              {"?", "\xe9"},
                                                                              {"caf?", "caf\xe9"},
                                                                              {"[!a]*", "b["}};
  for (const auto& [pattern, name] : fitting) EXPECT_TRUE(matches(pattern, name)) << pattern;
  const std::vector<std::pair<std::string_view, std::string_view>> others = {
      {"*", ".a"},    {"?", ".a"},     {"[.]a", ".a"}, {"?", "ab"}, {"a", "ab"},    {"ab", "a"},
      {"[a-c]", "d"}, {"[!a-c]", "b"}, {"\\*", "a"},   {"", "a"},   {"a*b", "axc"}, {"[c-a]", "b"}};
  for (const auto& [pattern, name] : others) EXPECT_FALSE(matches(pattern, name)) << pattern;
}

TEST(ScpPattern, OfManyStarsIsNotSlow) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}

TEST(ScpPattern, BracesAreAlternatives) {
  EXPECT_THAT(*expand_braces("a{b,c}d"), ElementsAre("abd", "acd"));
  EXPECT_THAT(*expand_braces("{a,b}{1,2}"), ElementsAre("a1", "a2", "b1", "b2"));
  EXPECT_THAT(*expand_braces("x{a{1,2},b}"), ElementsAre("xa1", "xa2", "xb"));
  EXPECT_THAT(*expand_braces("{,a}"), ElementsAre("", "a"));
  EXPECT_THAT(*expand_braces("{a}"), ElementsAre("a"));
  for (const std::string_view same : {"{}", "a{", "a}b", "\\{a,b\\}", "a,b", ""})
    EXPECT_THAT(*expand_braces(same), ElementsAre(same)) << same;
  EXPECT_THAT(*expand_braces("{{a,b}"), ElementsAre("{a", "{b"));
  EXPECT_THAT(*expand_braces("{a\\,b,c}"), ElementsAre("a\\,b", "c"));
}

TEST(ScpPattern, TooManyAlternativesAreNone) {
  std::string many;
  for (int i = 0; i < 20; ++i) many += "{a,b}";
  EXPECT_FALSE(expand_braces(many));
  EXPECT_TRUE(expand_braces(std::string(4000, '{')));
  EXPECT_TRUE(expand_braces(std::string(1000, '{') + std::string(1000, '}')));
}

class ScpGlob : public testing::Test {
 protected:
  ScpGlob() {
    for (const std::string_view path : {"d/b.txt", "d/a.txt", "d/.hidden.txt", "d/sub/c.txt",
                                        "d/other/c.txt", "d/[x].txt", "d/a*b"})
      make(path);
    (void)files.make_symlink("sub", "d/link");
  }
  void make(std::string_view path) {
    for (std::size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1))
      (void)files.make_directory(path.substr(0, at), 0755);
    files.put_file(path, "x");
  }
  std::vector<std::string> find(std::string_view typed) {
    auto words = split_words(typed);
    const auto found = expand(files, std::get<std::vector<Word>>(words).at(0));
    return found ? *found : std::vector<std::string>{"too much"};
  }
  sftp::MemoryFileSystem files;
};

TEST_F(ScpGlob, FindsWhatIsThereSorted) {
  EXPECT_THAT(find("d/*.txt"), ElementsAre("d/[x].txt", "d/a.txt", "d/b.txt"));
  EXPECT_THAT(find("d/?.txt"), ElementsAre("d/a.txt", "d/b.txt"));
  EXPECT_THAT(find("d/*/c.txt"), ElementsAre("d/link/c.txt", "d/other/c.txt", "d/sub/c.txt"));
  EXPECT_THAT(find("*/s*/?.txt"), ElementsAre("d/sub/c.txt"));
  EXPECT_THAT(find("d/.h*"), ElementsAre("d/.hidden.txt"));
  EXPECT_THAT(find("d//*b"), ElementsAre("d//a*b", "d//sub"));
  EXPECT_THAT(find("/home/user/d/[ab].txt"),
              ElementsAre("/home/user/d/a.txt", "/home/user/d/b.txt"));
  EXPECT_THAT(find("d/*/"), ElementsAre("d/link/", "d/other/", "d/sub/"));
}

TEST_F(ScpGlob, FindsNothingWhereNothingFits) {
  for (const std::string_view none : {"d/*.no", "no/*", "d/a.txt/*", "d/*/no", "*.txt"})
    EXPECT_THAT(find(none), IsEmpty()) << none;
}

TEST_F(ScpGlob, LeavesQuotedSignsAlone) {
  EXPECT_THAT(find("d/'a*b'"), ElementsAre("d/a*b"));
  EXPECT_THAT(find("d/\\[x].t?t"), ElementsAre("d/[x].txt"));
}

TEST_F(ScpGlob, NamesPlainAlternativesWhetherTheyAreThereOrNot) {
  EXPECT_THAT(find("d/{b.txt,no,a.*}"), ElementsAre("d/b.txt", "d/no", "d/a.txt"));
}

TEST_F(ScpGlob, BeginsAtAHome) {
  make("~odd");
  EXPECT_THAT(find("~/d/?.txt"), ElementsAre("/home/user/d/a.txt", "/home/user/d/b.txt"));
  EXPECT_THAT(find("'~'*"), ElementsAre("~odd"));
}

TEST_F(ScpGlob, IsBounded) {
  files.max_nodes = 100000;
  const std::string long_name(200, 'n');
  for (int i = 0; i < 9000; ++i) files.put_file("d/" + long_name + std::to_string(i), "");
  EXPECT_THAT(find("d/n*"), ElementsAre("too much"));
  EXPECT_THAT(find("d/n*7777"), ElementsAre("d/" + long_name + "7777"));
}

}  // namespace
}  // namespace ssh2core::scp
