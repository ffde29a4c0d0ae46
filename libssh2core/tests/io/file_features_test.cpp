// Locks, extended attributes, names of owners, files that vanish when they are closed.
#include <sys/stat.h>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

using sftp::LockRange;
using sftp::OpenFile;
using sftp::XattrMode;

class FileFeatures : public testing::TestWithParam<Way> {
 protected:
  std::unique_ptr<OpenFile> open(std::string_view path, sftp::OpenMode mode) {
    auto file = files->open(path, mode);
    EXPECT_TRUE(file) << path;
    return file ? std::move(*file) : nullptr;
  }
  Sandbox box;
  std::unique_ptr<sftp::FileSystem> files = box.file_system(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Ways, FileFeatures, testing::Values(Way::Openat2, Way::Walk), way_name);

TEST_P(FileFeatures, LocksBindOtherHandles) {
  box.put(box.root / "file", "0123456789");
  const auto one = open("file", {.read = true, .write = true});
  const auto two = open("file", {.read = true, .write = true});
  EXPECT_EQ(one->lock({0, 5, false}).error, 0);
  EXPECT_EQ(two->lock({0, 5, false}).error, 0);  // both may read
  EXPECT_EQ(two->lock({4, 1, true}).error, EAGAIN);
  EXPECT_EQ(two->lock({5, 0, true}).error, 0);
  EXPECT_EQ(one->lock({1000, 1, false}).error, EAGAIN);  // up to the end, however far
  EXPECT_EQ(two->unlock(5, 0).error, 0);
  EXPECT_EQ(one->lock({1000, 1, false}).error, 0);
  EXPECT_EQ(two->unlock(0, 5).error, 0);
  EXPECT_EQ(one->lock({0, 0, true}).error, 0);
  EXPECT_EQ(one->close().error, 0);
  EXPECT_EQ(two->lock({0, 0, true}).error, 0);
}

TEST_P(FileFeatures, LocksNeedTheRightAndAPossibleRange) {
  box.put(box.root / "file", "x");
  const auto in = open("file", {.read = true});
  EXPECT_EQ(in->lock({0, 0, true}).error, EACCES);
  EXPECT_EQ(in->lock({0, 0, false}).error, 0);
  const auto out = open("file", {.write = true});
  EXPECT_EQ(out->lock({0, 0, false}).error, EACCES);
  constexpr std::uint64_t kFar = ~std::uint64_t{0};
  EXPECT_EQ(in->lock({kFar, 0, false}).error, EINVAL);
  EXPECT_EQ(in->lock({1, kFar, false}).error, EINVAL);
  EXPECT_EQ(in->lock({0x7fffffffffffffff, 2, false}).error, EINVAL);
  EXPECT_EQ(in->unlock(kFar, 1).error, EINVAL);
}

TEST_P(FileFeatures, ExtendedAttributesByPathAndByHandle) {
  box.put(box.root / "file", "x");
  box.link("file", "link");
  const int first =
      files->set_xattr("file", "user.one", std::string("\0a", 2), XattrMode::Any).error;
  if (first == EOPNOTSUPP) GTEST_SKIP() << "skipped: no extended attributes on this file system";
  ASSERT_EQ(first, 0);
  const auto file = open("file", {.read = true, .write = true});
  EXPECT_EQ(*file->xattr("user.one"), std::string("\0a", 2));
  EXPECT_EQ(file->set_xattr("user.two", "b", XattrMode::Create).error, 0);
  EXPECT_EQ(file->set_xattr("user.two", "b", XattrMode::Create).error, EEXIST);
  EXPECT_EQ(*files->xattr("link", "user.two"), "b");
  EXPECT_EQ(files->xattrs("link")->size(), 2U);
  EXPECT_EQ(files->set_xattr("link", "user.three", "", XattrMode::Replace).error, ENODATA);
  EXPECT_EQ(files->set_xattr("file", "user.big", std::string(3000, 'x'), XattrMode::Any).error, 0);
  EXPECT_EQ(files->xattr("file", "user.big")->size(), 3000U);
  EXPECT_EQ(files->remove_xattr("file", "user.big").error, 0);
  EXPECT_EQ(files->remove_xattr("file", "user.big").error, ENODATA);
  EXPECT_EQ(file->remove_xattr("user.two").error, 0);
  EXPECT_EQ(error_of(file->xattr("user.two")), ENODATA);
  EXPECT_EQ(*file->xattrs(), std::vector<std::string>{"user.one"});
  EXPECT_EQ(error_of(files->xattr("none", "user.one")), ENOENT);
  EXPECT_EQ(error_of(files->xattr("file", std::string_view("user.one\0x", 10))), ENODATA);
  const auto kept = box.file_system(GetParam(), {.read_only = true});
  EXPECT_EQ(kept->set_xattr("file", "user.one", "", XattrMode::Any).error, EROFS);
  EXPECT_EQ(kept->remove_xattr("file", "user.one").error, EROFS);
  EXPECT_EQ(*kept->xattr("file", "user.one"), std::string("\0a", 2));
}

TEST_P(FileFeatures, NothingOutsideIsReached) {
  box.link("../secret", "link");
  EXPECT_EQ(error_of(files->xattrs("link")), ENOENT);
  EXPECT_EQ(error_of(files->xattrs("../secret")), ENOENT);
  EXPECT_EQ(error_of(files->acl("link", true)), ENOENT);
  EXPECT_EQ(files->set_xattr("link", "user.x", "y", XattrMode::Any).error, ENOENT);
}

TEST_P(FileFeatures, AFileGoesWhenItIsClosed) {
  box.put(box.root / "file", "x");
  auto file = open("file", {.read = true, .delete_on_close = true});
  EXPECT_TRUE(std::filesystem::exists(box.root / "file"));
  EXPECT_EQ(file->close().error, 0);
  EXPECT_FALSE(std::filesystem::exists(box.root / "file"));
  // Another file of that name stays.
  file = open("file", {.write = true, .create = true, .delete_on_close = true});
  std::filesystem::rename(box.root / "file", box.root / "moved");
  box.put(box.root / "file", "other");
  EXPECT_EQ(file->close().error, 0);
  EXPECT_EQ(box.content(box.root / "file"), "other");
  EXPECT_TRUE(std::filesystem::exists(box.root / "moved"));
  file = open("moved", {.read = true, .delete_on_close = true});
  std::filesystem::remove(box.root / "moved");
  EXPECT_EQ(file->close().error, 0);
  const auto kept = box.file_system(GetParam(), {.read_only = true});
  EXPECT_EQ(error_of(kept->open("file", {.read = true, .delete_on_close = true})), EROFS);
}

TEST_P(FileFeatures, ASymlinkIsNotFollowedWhenThatIsAsked) {
  box.put(box.root / "file", "x");
  box.link("file", "link");
  EXPECT_EQ(error_of(files->open("link", {.read = true, .no_follow = true})), ELOOP);
  EXPECT_EQ(error_of(files->open("file", {.read = true, .no_follow = true})), 0);
  EXPECT_EQ(error_of(files->open("link", {.write = true, .create = true, .no_follow = true})),
            ELOOP);
}

TEST_P(FileFeatures, OwnersHaveNames) {
  EXPECT_EQ(files->user_id("root"), 0U);
  EXPECT_EQ(files->user_id("root"), 0U);
  EXPECT_EQ(files->group_id("root"), 0U);
  EXPECT_EQ(files->user_id("no such user"), std::nullopt);
  EXPECT_EQ(files->group_id(""), std::nullopt);
  box.put(box.root / "file", "x");
  sftp::Attributes wanted;  // one alone leaves the other
  wanted.gid = ::getgid();
  EXPECT_EQ(files->set("file", wanted, true).error, 0);
  wanted.gid.reset();
  wanted.uid = ::getuid();
  EXPECT_EQ(files->set("file", wanted, true).error, 0);
  EXPECT_EQ(files->stat("file")->gid, ::getgid());
}

TEST_P(FileFeatures, MoreIsKnownOfAFile) {
  box.put(box.root / "file", std::string(5000, 'x'));
  const auto known = files->stat("file");
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->ctime && known->links && known->allocation && known->bits);
  EXPECT_EQ(*known->links, 1U);
  struct stat status;
  ASSERT_EQ(::stat((box.root / "file").c_str(), &status), 0);
  EXPECT_EQ(known->mtime->nanoseconds, status.st_mtim.tv_nsec);
  EXPECT_EQ(*known->allocation, static_cast<std::uint64_t>(status.st_blocks) * 512);
  if (known->createtime) {
    EXPECT_LE(known->createtime->seconds, known->mtime->seconds);
  }
}

TEST_P(FileFeatures, AnOpenDirectoryHasAttributes) {
  std::filesystem::create_directory(box.root / "d");
  auto directory = files->open_directory("d");
  ASSERT_TRUE(directory);
  EXPECT_EQ((*directory)->set(with_mode(0700)).error, 0);
  EXPECT_EQ(*(*directory)->stat()->mode, S_IFDIR | 0700U);
  EXPECT_EQ((*directory)->set(with_size(5)).error, EISDIR);
  auto kept = box.file_system(GetParam(), {.read_only = true})->open_directory("d");
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)->set(with_mode(0755)).error, EROFS);
}

}  // namespace
}  // namespace ssh2core::io
