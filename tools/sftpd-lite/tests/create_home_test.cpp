#include "tools/sftpd-lite/login/create_home.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t kUid = 54321;
constexpr gid_t kGid = 54322;

class CreateHome : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "skipped: needs root";
  }
  TemporaryDirectory folder_;
  std::vector<std::string> told_;

  std::string create(const std::string& words, const std::string& home) {
    Options options;
    EXPECT_EQ(apply_directive("CreateHome on " + words, options).value_or(""), "");
    const Account account{"ann", home, kUid, kGid, {}, std::vector<gid_t>{}};
    return create_home(options.homes, account,
                       [this](const std::string& text) { told_.push_back(text); });
  }
  struct About {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    bool operator==(const About&) const = default;
  };
  static About about(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
    return {info.st_mode & 07777U, info.st_uid, info.st_gid};
  }
};

TEST_F(CreateHome, MakesTheHomeAndWhatIsAboveIt) {
  const mode_t before = umask(077);
  EXPECT_EQ(create("751 dirmode 755 homegid 7", folder_ / "a/b/ann"), "");
  umask(before);
  EXPECT_EQ(about(folder_ / "a/b/ann"), (About{0751, kUid, 7}));
  EXPECT_EQ(about(folder_ / "a/b"), (About{0755, 0, 0}));
  EXPECT_EQ(about(folder_ / "a"), (About{0755, 0, 0}));
  EXPECT_EQ(create("700 uid ~ gid ~", folder_ / "c/ann/"), "");
  EXPECT_EQ(about(folder_ / "c"), (About{0711, kUid, kGid}));
  EXPECT_EQ(about(folder_ / "c/ann"), (About{0700, kUid, kGid}));
  EXPECT_EQ(create("uid 5 gid 6", folder_ / "d/ann"), "");
  EXPECT_EQ(about(folder_ / "d"), (About{0711, 5, 6}));
}

TEST_F(CreateHome, WhatIsThereStays) {
  fs::create_directory(folder_ / "ann");
  EXPECT_EQ(create("777", folder_ / "ann"), "");
  EXPECT_NE(about(folder_ / "ann").mode, 0777U);
  Options off;
  const Account account{"ann", folder_ / "x", kUid, kGid};
  EXPECT_EQ(create_home(off.homes, account, nullptr), "");
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(CreateHome, CopiesTheSkeletonWithoutFollowingAnything) {
  fs::create_directories(folder_ / "skel/inner/deep");
  folder_.write("skel/.profile", "hello", 04644);
  folder_.write("skel/inner/deep/run", "#!", 0755);
  folder_.write("secret", "root's own");
  fs::create_symlink(folder_ / "secret", folder_ / "skel/link");
  fs::create_directory_symlink("/etc", folder_ / "skel/etc");
  ASSERT_EQ(mkfifo((folder_ / "skel/fifo").c_str(), 0666), 0);
  EXPECT_EQ(create("skel " + (folder_ / "skel"), folder_ / "ann"), "");
  EXPECT_EQ(about(folder_ / "ann/.profile"), (About{0644, kUid, kGid}));
  EXPECT_EQ(about(folder_ / "ann/inner/deep/run"), (About{0755, kUid, kGid}));
  EXPECT_EQ(fs::file_size(folder_ / "ann/.profile"), 5U);
  EXPECT_EQ(fs::read_symlink(folder_ / "ann/link"), folder_ / "secret");
  EXPECT_EQ(about(folder_ / "ann/etc").uid, kUid);
  EXPECT_EQ(about(folder_ / "secret").uid, 0U) << "the target is nobody's business";
  EXPECT_FALSE(fs::exists(folder_ / "ann/fifo"));
  EXPECT_THAT(told_, testing::ElementsAre(HasSubstr("skel/fifo is neither file nor directory")));
}

TEST_F(CreateHome, FailsAsAWhole) {
  EXPECT_THAT(create("skel " + (folder_ / "none"), folder_ / "ann"),
              testing::AllOf(HasSubstr("the home " + (folder_ / "ann") + " cannot be made"),
                             HasSubstr(folder_ / "none")));
  EXPECT_FALSE(fs::exists(folder_ / "ann"));
  folder_.write("file", "x");
  EXPECT_THAT(create("", folder_ / "file/ann"), HasSubstr("Not a directory"));
  EXPECT_THAT(create("", folder_ / "a/../b/ann"), HasSubstr("`..`"));
  EXPECT_THAT(create("", "home/ann"), HasSubstr("no absolute path"));
  std::vector<std::string> left;
  for (const auto& one : fs::directory_iterator(folder_ / ""))
    left.push_back(one.path().filename());
  EXPECT_THAT(left, testing::ElementsAre("file")) << "no draft is left over";
}

TEST_F(CreateHome, FollowsOnlySymlinksOfRoot) {
  fs::create_directory(folder_ / "real");
  fs::create_directory_symlink(folder_ / "real", folder_ / "homes");
  EXPECT_EQ(create("", folder_ / "homes/x/ann"), "");
  EXPECT_EQ(about(folder_ / "real/x/ann").uid, kUid);
  fs::create_directory_symlink("real", folder_ / "planted");
  ASSERT_EQ(lchown((folder_ / "planted").c_str(), kUid, kGid), 0);
  EXPECT_THAT(create("", folder_ / "planted/bob"), HasSubstr("symlink that others may have made"));
  EXPECT_FALSE(fs::exists(folder_ / "real/bob"));
  fs::create_directory_symlink("loop", folder_ / "loop");
  EXPECT_THAT(create("", folder_ / "loop/ann"), HasSubstr("Too many levels"));
}

TEST_F(CreateHome, MakesNothingWhereOthersMayWrite) {
  fs::create_directory(folder_ / "users");
  ASSERT_EQ(chown((folder_ / "users").c_str(), kUid, kGid), 0);
  EXPECT_THAT(create("", folder_ / "users/ann"),
              HasSubstr((folder_ / "users") + ": others may write to it"));
  fs::create_directory(folder_ / "open");
  ASSERT_EQ(chmod((folder_ / "open").c_str(), 0777), 0);
  EXPECT_THAT(create("", folder_ / "open/ann"), HasSubstr("others may write"));
  ASSERT_EQ(chmod((folder_ / "open").c_str(), 01777), 0);
  EXPECT_EQ(create("", folder_ / "open/ann"), "") << "as in /tmp";
}

TEST_F(CreateHome, WithTheRightsOfTheUser) {
  ASSERT_EQ(chmod((folder_ / "").c_str(), 0755), 0);
  fs::create_directory(folder_ / "users");
  EXPECT_THAT(create("NoRootPrivs", folder_ / "users/ann"), HasSubstr("Permission denied"));
  ASSERT_EQ(chown((folder_ / "users").c_str(), kUid, kGid), 0);
  EXPECT_EQ(create("750 NoRootPrivs", folder_ / "users/x/ann"), "");
  EXPECT_EQ(about(folder_ / "users/x/ann"), (About{0750, kUid, kGid}));
  EXPECT_EQ(about(folder_ / "users/x"), (About{0711, kUid, kGid}));
  EXPECT_EQ(geteuid(), 0U);
}

TEST(CreateHomeDirective, IsReadAsProftpdHasIt) {
  Options o;
  const auto said = [&o](std::string_view text) { return apply_directive(text, o).value_or(""); };
  EXPECT_EQ(said("CreateHome on 711 skel /etc/skel dirmode 755 uid ~ gid 5 homegid ~ NoRootPrivs"),
            "");
  EXPECT_TRUE(o.homes.create && o.homes.as_user);
  EXPECT_EQ(o.homes.mode, 0711U);
  EXPECT_FALSE(o.homes.parents_uid.id);
  EXPECT_EQ(o.homes.parents_gid.id, 5U);
  EXPECT_EQ(said("CreateHome off"), "");
  EXPECT_FALSE(o.homes.create);
  for (const char* wrong :
       {"CreateHome", "CreateHome maybe", "CreateHome off 711", "CreateHome on 999",
        "CreateHome on skel", "CreateHome on skel etc/skel", "CreateHome on dirmode 9",
        "CreateHome on uid bob", "CreateHome on homegid -1", "CreateHome on what 5"})
    EXPECT_THAT(said(wrong), HasSubstr("wants")) << wrong;
}

}  // namespace
}  // namespace ssh2core::tools
