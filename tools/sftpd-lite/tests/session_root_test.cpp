#include "tools/sftpd-lite/files/session_root.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

const Account kAnn{"ann", "/home/ann", 1000, 1000};

Expression groups_of(const std::string& text) {
  const std::vector<std::string> words{text};
  return std::get<Expression>(Expression::parse(words, Expression::Join::And));
}

TEST(SessionRoot, ExpandsNamesAndHomes) {
  std::string why;
  EXPECT_EQ(expand_root("~", kAnn, why), "/home/ann");
  EXPECT_EQ(expand_root("~/in", kAnn, why), "/home/ann/in");
  EXPECT_EQ(expand_root("/srv/%u/100%%", kAnn, why), "/srv/ann/100%");
  EXPECT_EQ(expand_root("/jail%h", kAnn, why), "/jail/home/ann");
  for (const char* wrong : {"", "srv", "/srv/%x", "/srv/%", "~ann/in"}) {
    why.clear();
    EXPECT_EQ(expand_root(wrong, kAnn, why), std::nullopt) << wrong;
    EXPECT_FALSE(why.empty()) << wrong;
  }
}

TEST(SessionRoot, NoNameLeadsElsewhere) {
  std::string why;
  for (const char* name : {"..", ".", ".hidden", "a/../../etc"}) {
    const Account odd{name, "/home/odd", 1, 1};
    EXPECT_EQ(expand_root("/srv/%u", odd, why), std::nullopt) << name;
  }
  const Account homeless{"ann", "", 1, 1};
  EXPECT_EQ(expand_root("~", homeless, why), std::nullopt);
}

TEST(SessionRoot, TheFirstThatFitsInTheNarrowestSection) {
  const TemporaryDirectory a, b, c;
  RootSettings settings;
  settings.roots = {{a / "", groups_of("staff"), 0}, {b / "", groups_of("!staff"), 0}};
  const auto root_of = [&](std::vector<std::string> groups) {
    std::string why;
    const auto found = session_root(settings, "/base", kAnn, groups, why);
    return found ? found->root + "/" : why;
  };
  EXPECT_TRUE(settings.ask_for_groups());
  EXPECT_EQ(root_of({"staff"}), a / "");
  EXPECT_EQ(root_of({"users"}), b / "");
  settings.roots.push_back({c / "", {}, 1});
  EXPECT_EQ(root_of({"staff"}), c / "");
  settings.roots.push_back({"", {}, 2});
  EXPECT_EQ(root_of({"staff"}), "/base/") << "DefaultRoot none";
}

TEST(SessionRoot, StartsInTheHome) {
  std::string why;
  const auto start_in = [&](const std::string& root) {
    return session_root({}, root, kAnn, {}, why)->start;
  };
  EXPECT_EQ(start_in("/"), "/home/ann");
  EXPECT_EQ(start_in("/home"), "/ann");
  EXPECT_EQ(start_in("/home/ann"), "/");
  EXPECT_EQ(start_in("/hom"), "/");
  EXPECT_EQ(start_in("/srv"), "/");
}

TEST(SessionRoot, TheMarkerSaysWhereToStart) {
  const TemporaryDirectory tree;
  RootSettings settings;
  settings.roots = {{tree / "./in/%u", {}, 0}};
  std::string why;
  const auto place = session_root(settings, "/", kAnn, {}, why);
  ASSERT_TRUE(place) << why;
  EXPECT_EQ(place->root + "/", tree / "");
  EXPECT_EQ(place->start, "/in/ann");
  // A directory of DefaultChdir stands above it.
  settings.starts = {{"other", {}, 0}};
  EXPECT_EQ(session_root(settings, "/", kAnn, {}, why)->start, "/other");
  settings.starts = {{"~", {}, 0}};
  settings.roots.clear();
  EXPECT_EQ(session_root(settings, "/home", kAnn, {}, why)->start, "/ann");
}

TEST(SessionRoot, SaysWhichDirectoryIsWrong) {
  const TemporaryDirectory tree;
  const std::string file = tree.write("file", "");
  RootSettings settings;
  std::string why;
  settings.roots = {{tree / "%u", {}, 0}};
  EXPECT_FALSE(session_root(settings, "/", kAnn, {}, why));
  EXPECT_NE(why.find("DefaultRoot " + tree / "ann"), std::string::npos) << why;
  settings.roots = {{file, {}, 0}};
  EXPECT_FALSE(session_root(settings, "/", kAnn, {}, why));
  EXPECT_NE(why.find("is not a directory"), std::string::npos) << why;
}

TEST(SessionRoot, AChrootBelongsToRoot) {
  EXPECT_EQ(chroot_fault("/"), "");
  EXPECT_EQ(chroot_fault("/usr/bin"), "");
  const TemporaryDirectory tree;  // below a directory that all can write
  const std::string fault = chroot_fault(tree / "x");
  EXPECT_NE(fault.find("/tmp"), std::string::npos) << fault;
  EXPECT_NE(chroot_fault("/no/such").find("/no: "), std::string::npos);
}

}  // namespace
}  // namespace ssh2core::tools
