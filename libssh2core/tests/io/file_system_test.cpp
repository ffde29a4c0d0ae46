// Every operation of the file system by path, with its errors.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

using sftp::FileTime;

class FileSystemTest : public testing::TestWithParam<Way> {
 protected:
  std::unique_ptr<sftp::FileSystem> make(PosixFileSystemOptions options) {
    return box_.file_system(GetParam(), std::move(options));
  }
  void make_fifo(const char* name) { ASSERT_EQ(::mkfifo((box_.root / name).c_str(), 0600), 0); }

  Sandbox box_;
  std::unique_ptr<sftp::FileSystem> files_ = box_.file_system(GetParam());
};

TEST_P(FileSystemTest, MissingRootOrHomeIsNamed) {
  const auto message = [&](const PosixFileSystemOptions& options) -> std::string {
    try {
      make_posix_file_system(options);
    } catch (const std::system_error& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_THAT(message({.root = "/no/such/root"}), testing::HasSubstr("/no/such/root"));
  EXPECT_THAT(message({.root = box_.root, .home = "/nowhere"}), testing::HasSubstr("/nowhere"));
  EXPECT_THAT(message({.root = box_.directory.path() / "secret"}), testing::HasSubstr("secret"));
}

TEST_P(FileSystemTest, RelativePathsStartAtHome) {
  box_.put(box_.root / "home/ann/note", "hers");
  const auto files = make({.home = "/home/ann"});
  EXPECT_EQ(read_all(*files, "note"), "hers");
  EXPECT_EQ(read_all(*files, "../ann/note"), "hers");
  EXPECT_EQ(read_all(*files, "/home/ann/note"), "hers");
  EXPECT_EQ(*files->real_path(""), "/home/ann");
  EXPECT_EQ(*files->real_path("."), "/home/ann");
  EXPECT_EQ(*files->home_directory(""), "/home/ann");
}

TEST_P(FileSystemTest, OpenFollowsTheMode) {
  EXPECT_EQ(error_of(files_->open("new", {.write = true})), ENOENT);
  ASSERT_EQ(error_of(files_->open("new", {.write = true, .create = true, .permissions = 0640})), 0);
  EXPECT_EQ(files_->stat("new")->mode, std::uint32_t{S_IFREG} | 0640U);
  EXPECT_EQ(error_of(files_->open("new", {.write = true, .create = true, .exclusive = true})),
            EEXIST);
  box_.put(box_.root / "full", "content");
  ASSERT_EQ(error_of(files_->open("full", {.write = true})), 0);
  EXPECT_EQ(box_.content(box_.root / "full"), "content");
  ASSERT_EQ(error_of(files_->open("full", {.write = true, .truncate = true})), 0);
  EXPECT_EQ(box_.content(box_.root / "full"), "");
  EXPECT_EQ(error_of(files_->open("full/", {.read = true})), ENOTDIR);
  EXPECT_EQ(error_of(files_->open("full/x", {.read = true})), ENOTDIR);
  EXPECT_EQ(error_of(files_->open("fresh/", {.write = true, .create = true})), EISDIR);
}

TEST_P(FileSystemTest, CreatesThroughADanglingSymlinkUnlessExclusive) {
  box_.link("target", "dangling");
  EXPECT_EQ(error_of(files_->open("dangling", {.write = true, .create = true, .exclusive = true})),
            EEXIST);
  EXPECT_EQ(error_of(files_->open("dangling", {.write = true, .create = true})), 0);
  EXPECT_TRUE(std::filesystem::is_regular_file(box_.root / "target"));
}

TEST_P(FileSystemTest, OpensRegularFilesOnlyAndNeverHangs) {
  make_fifo("fifo");
  std::filesystem::create_directory(box_.root / "dir");
  EXPECT_EQ(error_of(files_->open("fifo", {.read = true})), EPERM);
  EXPECT_EQ(error_of(files_->open("fifo", {.write = true})), EPERM);
  EXPECT_EQ(error_of(files_->open("fifo", {.read = true, .write = true})), EPERM);
  EXPECT_EQ(error_of(files_->open("dir", {.read = true})), EISDIR);
  EXPECT_EQ(error_of(files_->open("dir", {.write = true})), EISDIR);
  EXPECT_EQ(error_of(files_->open("/", {.read = true})), EISDIR);
  EXPECT_EQ(error_of(files_->open_directory("fifo")), ENOTDIR);
  EXPECT_EQ(files_->set("fifo", with_size(0), true).error, EINVAL);
}

TEST_P(FileSystemTest, BadNamesAreRefused) {
  const std::string nul("a\0b", 3), name(256, 'x'), path(PATH_MAX, '/');
  EXPECT_EQ(error_of(files_->open(nul, {.read = true})), EINVAL);
  EXPECT_EQ(error_of(files_->stat(nul)), EINVAL);
  EXPECT_EQ(files_->make_symlink(nul, "link").error, EINVAL);
  EXPECT_EQ(files_->make_directory(nul, 0755).error, EINVAL);
  EXPECT_EQ(error_of(files_->open(name, {.read = true})), ENAMETOOLONG);
  EXPECT_EQ(error_of(files_->lstat(name)), ENAMETOOLONG);
  EXPECT_EQ(files_->make_directory(name, 0755).error, ENAMETOOLONG);
  EXPECT_EQ(error_of(files_->stat(path)), ENAMETOOLONG);
  EXPECT_EQ(error_of(files_->real_path(path)), ENAMETOOLONG);
}

TEST_P(FileSystemTest, NamesAreBytes) {
  const std::string name = "\xff\xfe name\n\\";
  ASSERT_EQ(error_of(files_->open(name, {.write = true, .create = true})), 0);
  EXPECT_EQ(*files_->real_path(name), std::string(1, '/').append(name));
  EXPECT_EQ(files_->remove(name).error, 0);
}

TEST_P(FileSystemTest, StatTellsWhatTheSystemKnows) {
  box_.put(box_.root / "file", std::string(5000, 'x'));
  box_.link("file", "link");
  const timespec times[2] = {{1234, 5678}, {-7, 999999999}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (box_.root / "file").c_str(), times, 0), 0);
  struct stat status;
  ASSERT_EQ(::stat((box_.root / "file").c_str(), &status), 0);
  const auto found = files_->stat("link");
  ASSERT_EQ(error_of(found), 0);
  EXPECT_EQ(found->size, 5000U);
  EXPECT_EQ(found->allocation, static_cast<std::uint64_t>(status.st_blocks) * 512);
  EXPECT_EQ(found->mode, status.st_mode);
  EXPECT_EQ(found->uid, ::getuid());
  EXPECT_EQ(found->gid, status.st_gid);
  EXPECT_EQ(found->links, 1U);
  EXPECT_EQ(found->atime, (FileTime{1234, 5678}));
  EXPECT_EQ(found->mtime, (FileTime{-7, 999999999}));
  EXPECT_EQ(found->ctime,
            (FileTime{status.st_ctim.tv_sec, static_cast<std::uint32_t>(status.st_ctim.tv_nsec)}));
  const auto link = files_->lstat("link");
  EXPECT_TRUE(S_ISLNK(*link->mode));
  EXPECT_EQ(error_of(files_->stat("none")), ENOENT);
  EXPECT_EQ(error_of(files_->lstat("file/")), ENOTDIR);
  EXPECT_EQ(error_of(files_->lstat("/")), 0);
  EXPECT_EQ(error_of(files_->lstat("none/..")), ENOENT);
}

TEST_P(FileSystemTest, SetChangesWhatIsAsked) {
  box_.put(box_.root / "file", "0123456789");
  box_.link("file", "link");
  sftp::Attributes wanted = with_mode(S_IFREG | 0600);
  wanted.size = 4;
  wanted.mtime = FileTime{1000, 1};
  ASSERT_EQ(files_->set("link", wanted, true).error, 0);
  const auto found = files_->stat("file");
  EXPECT_EQ(found->size, 4U);
  EXPECT_EQ(*found->mode & 07777, 0600U);
  EXPECT_EQ(found->mtime, (FileTime{1000, 1}));
  wanted = {};
  wanted.atime = FileTime{2000, 0};
  ASSERT_EQ(files_->set("file", wanted, false).error, 0);
  EXPECT_EQ(files_->stat("file")->atime, (FileTime{2000, 0}));
  EXPECT_EQ(files_->stat("file")->mtime, (FileTime{1000, 1}));
  EXPECT_EQ(files_->set("file", with_own_ids(), true).error, 0);
  EXPECT_EQ(files_->set("none", with_mode(0600), true).error, ENOENT);
  EXPECT_EQ(files_->set("file", {}, true).error, 0);
}

TEST_P(FileSystemTest, SetOfASymlinkItself) {
  box_.put(box_.root / "file", "content");
  box_.link("file", "link");
  const auto before = files_->stat("file");
  sftp::Attributes wanted;
  wanted.mtime = FileTime{3000, 0};
  EXPECT_EQ(files_->set("link", wanted, false).error, 0);
  EXPECT_EQ(files_->lstat("link")->mtime, (FileTime{3000, 0}));
  EXPECT_EQ(files_->set("link", with_mode(0600), false).error, EOPNOTSUPP);
  EXPECT_EQ(files_->set("link", with_size(0), false).error, EINVAL);
  EXPECT_EQ(files_->set("link", with_own_ids(), false).error, 0);
  EXPECT_EQ(files_->stat("file")->mtime, before->mtime);
  EXPECT_EQ(files_->stat("file")->mode, before->mode);
}

TEST_P(FileSystemTest, SetGoesOnAfterAnErrorAndReturnsIt) {
  std::filesystem::create_directory(box_.root / "dir");
  sftp::Attributes wanted = with_mode(0700);
  wanted.size = 0;
  EXPECT_EQ(files_->set("dir", wanted, true).error, EISDIR);
  EXPECT_EQ(*files_->stat("dir")->mode & 07777, 0700U);
  box_.put(box_.root / "file", "x");
  wanted = with_mode(0611);
  wanted.size = ~std::uint64_t{0};
  EXPECT_EQ(files_->set("file", wanted, true).error, EFBIG);
  EXPECT_EQ(*files_->stat("file")->mode & 07777, 0611U);
}

TEST_P(FileSystemTest, Remove) {
  box_.put(box_.root / "file", "x");
  box_.link("file", "link");
  std::filesystem::create_directory(box_.root / "dir");
  EXPECT_EQ(files_->remove("none").error, ENOENT);
  EXPECT_EQ(files_->remove("none/x").error, ENOENT);
  EXPECT_EQ(files_->remove("file/").error, ENOTDIR);
  EXPECT_EQ(files_->remove("dir").error, EISDIR);
  EXPECT_EQ(files_->remove("dir/").error, EISDIR);
  for (const char* path : {"/", ".", "..", "dir/.", "dir/.."})
    EXPECT_EQ(files_->remove(path).error, EISDIR) << path;
  EXPECT_EQ(files_->remove("link").error, 0);
  EXPECT_TRUE(std::filesystem::exists(box_.root / "file"));
  EXPECT_EQ(files_->remove("file").error, 0);
  EXPECT_FALSE(std::filesystem::exists(box_.root / "file"));
}

TEST_P(FileSystemTest, MakeAndRemoveDirectory) {
  const mode_t umask_before = ::umask(022);
  EXPECT_EQ(files_->make_directory("a", 0777).error, 0);
  ::umask(umask_before);
  EXPECT_EQ(files_->stat("a")->mode, std::uint32_t{S_IFDIR} | 0755U);
  EXPECT_EQ(files_->make_directory("a/b/", 0700).error, 0);
  for (const char* path : {"a", "a/", "a/..", "a/.", "/", "", "a/b/../../a"})
    EXPECT_EQ(files_->make_directory(path, 0755).error, EEXIST) << path;
  EXPECT_EQ(files_->make_directory("none/..", 0755).error, ENOENT);
  EXPECT_EQ(files_->make_directory("none/x", 0755).error, ENOENT);
  EXPECT_EQ(files_->remove_directory("a").error, ENOTEMPTY);
  for (const char* path : {"/", ".", "a/b/..", "a/b/."})
    EXPECT_EQ(files_->remove_directory(path).error, EBUSY) << path;
  EXPECT_EQ(files_->remove_directory("a/b/").error, 0);
  EXPECT_EQ(files_->remove_directory("a").error, 0);
  EXPECT_EQ(files_->remove_directory("a").error, ENOENT);
  box_.put(box_.root / "file", "x");
  EXPECT_EQ(files_->remove_directory("file").error, ENOTDIR);
}

TEST_P(FileSystemTest, RealPath) {
  box_.put(box_.root / "a/b/file", "x");
  box_.link("a/b", "link");
  box_.link("/a/missing", "dangling");
  const std::map<std::string, std::string> expected{{"", "/"},
                                                    {"/", "/"},
                                                    {"a/b/", "/a/b"},
                                                    {"a//./b/../b/file", "/a/b/file"},
                                                    {"link", "/a/b"},
                                                    {"link/file", "/a/b/file"},
                                                    {"link/..", "/a"},
                                                    {"link/../..", "/"},
                                                    {"new", "/new"},
                                                    {"a/new", "/a/new"},
                                                    {"a/new/", "/a/new"},
                                                    {"dangling", "/a/missing"}};
  for (const auto& [path, real] : expected) {
    const auto found = files_->real_path(path);
    ASSERT_EQ(error_of(found), 0) << path;
    EXPECT_EQ(*found, real) << path;
  }
  EXPECT_EQ(error_of(files_->real_path("none/x")), ENOENT);
  EXPECT_EQ(error_of(files_->real_path("none/..")), ENOENT);
  EXPECT_EQ(error_of(files_->real_path("a/b/file/")), ENOTDIR);
  EXPECT_EQ(error_of(files_->real_path("a/b/file/..")), ENOTDIR);
}

TEST_P(FileSystemTest, Rename) {
  box_.put(box_.root / "one", "1");
  box_.put(box_.root / "two", "2");
  box_.put(box_.root / "dir/file", "d");
  std::filesystem::create_directory(box_.root / "empty");
  EXPECT_EQ(files_->rename("one", "two", false).error, EEXIST);
  EXPECT_EQ(files_->rename("one", "dir", false).error, EEXIST);
  EXPECT_EQ(files_->rename("dir", "empty", false).error, EEXIST);
  EXPECT_EQ(box_.content(box_.root / "two"), "2");
  EXPECT_EQ(files_->rename("one", "three", false).error, 0);
  EXPECT_EQ(box_.content(box_.root / "three"), "1");
  EXPECT_EQ(files_->rename("three", "two", true).error, 0);
  EXPECT_EQ(box_.content(box_.root / "two"), "1");
  EXPECT_EQ(files_->rename("dir/", "moved/", false).error, 0);
  EXPECT_EQ(box_.content(box_.root / "moved/file"), "d");
  EXPECT_EQ(files_->rename("moved", "empty", true).error, 0);
  EXPECT_EQ(files_->rename("empty", "empty/inside", true).error, EINVAL);
  EXPECT_EQ(files_->rename("none", "x", false).error, ENOENT);
  EXPECT_EQ(files_->rename("two/", "x", true).error, ENOTDIR);
  EXPECT_EQ(files_->rename("two", "x/", true).error, ENOTDIR);
  EXPECT_EQ(files_->rename("/", "x", true).error, EBUSY);
  EXPECT_EQ(files_->rename("two", "empty/..", true).error, EBUSY);
}

TEST_P(FileSystemTest, Links) {
  box_.put(box_.root / "file", "x");
  EXPECT_EQ(files_->make_symlink("../verbatim//target", "link").error, 0);
  EXPECT_EQ(*files_->read_link("link"), "../verbatim//target");
  EXPECT_EQ(files_->make_symlink("x", "link").error, EEXIST);
  EXPECT_EQ(files_->make_symlink("x", "new/").error, ENOENT);
  EXPECT_EQ(files_->make_symlink("", "new").error, ENOENT);
  EXPECT_EQ(error_of(files_->read_link("file")), EINVAL);
  EXPECT_EQ(error_of(files_->read_link("/")), EINVAL);
  EXPECT_EQ(error_of(files_->read_link("none")), ENOENT);
  EXPECT_EQ(files_->make_hard_link("file", "again").error, 0);
  EXPECT_EQ(files_->stat("again")->links, 2U);
  EXPECT_EQ(files_->make_hard_link("file", "again").error, EEXIST);
  EXPECT_EQ(files_->make_hard_link("link", "link2").error, 0);  // the symlink itself
  EXPECT_EQ(*files_->read_link("link2"), "../verbatim//target");
  EXPECT_EQ(files_->make_hard_link("/", "root").error, EPERM);
  EXPECT_EQ(files_->make_hard_link("none", "x").error, ENOENT);
}

TEST_P(FileSystemTest, Listing) {
  box_.put(box_.root / "dir/a", "1");
  box_.put(box_.root / "dir/b", "22");
  box_.link("a", "dir/link");
  auto directory = files_->open_directory("dir");
  ASSERT_EQ(error_of(directory), 0);
  std::filesystem::remove(box_.root / "dir/a");
  std::map<std::string, sftp::Attributes> found;
  sftp::DirectoryEntry entry;
  auto more = (*directory)->next(entry);
  for (; more && *more; more = (*directory)->next(entry)) found[entry.name] = entry.attributes;
  EXPECT_EQ(error_of(more), 0);
  EXPECT_EQ(found.at("b").size, 2U);
  EXPECT_TRUE(S_ISLNK(*found.at("link").mode));
  EXPECT_TRUE(S_ISDIR(*found.at(".").mode));
  EXPECT_TRUE(found.contains(".."));
  EXPECT_EQ(error_of(files_->open_directory("dir/b")), ENOTDIR);
  EXPECT_EQ(error_of(files_->open_directory("none")), ENOENT);
}

TEST_P(FileSystemTest, AnEntryThatVanishesHasNoAttributes) {
  for (int i = 0; i < 3; ++i)
    box_.put(box_.root / (std::string("dir/f").append(std::to_string(i))), "x");
  auto directory = files_->open_directory("dir");
  sftp::DirectoryEntry entry;
  ASSERT_TRUE(*(*directory)->next(entry));  // the system has read the names now
  std::filesystem::remove_all(box_.root / "dir");
  int without = 0;
  while (*(*directory)->next(entry))
    without += entry.name.starts_with("f") && !entry.attributes.mode && !entry.attributes.size;
  EXPECT_GE(without, 2);
}

TEST_P(FileSystemTest, Statvfs) {
  const auto found = files_->statvfs("/");
  ASSERT_EQ(error_of(found), 0);
  EXPECT_GT(found->bsize, 0U);
  EXPECT_GE(found->blocks, found->bfree);
  EXPECT_GE(found->namemax, 14U);
  EXPECT_EQ(error_of(files_->statvfs("none")), ENOENT);
}

TEST_P(FileSystemTest, ReadOnlyRefusesEveryChange) {
  box_.put(box_.root / "file", "x");
  const auto files = make({.read_only = true});
  EXPECT_EQ(read_all(*files, "file"), "x");
  EXPECT_EQ(error_of(files->open("file", {.write = true})), EROFS);
  EXPECT_EQ(error_of(files->open("file", {.read = true, .append = true})), EROFS);
  EXPECT_EQ(error_of(files->open("file", {.read = true, .create = true})), EROFS);
  EXPECT_EQ(error_of(files->open("file", {.read = true, .truncate = true})), EROFS);
  EXPECT_EQ((*files->open("file", {.read = true}))->set(with_mode(0600)).error, EROFS);
  EXPECT_EQ(files->set("file", with_mode(0600), true).error, EROFS);
  EXPECT_EQ(files->remove("file").error, EROFS);
  EXPECT_EQ(files->make_directory("dir", 0755).error, EROFS);
  EXPECT_EQ(files->remove_directory("dir").error, EROFS);
  EXPECT_EQ(files->rename("file", "x", true).error, EROFS);
  EXPECT_EQ(files->make_symlink("file", "x").error, EROFS);
  EXPECT_EQ(files->make_hard_link("file", "x").error, EROFS);
  EXPECT_EQ(box_.content(box_.root / "file"), "x");
}

TEST_P(FileSystemTest, Names) {
  EXPECT_EQ(files_->user_name(0), "root");
  EXPECT_EQ(files_->group_name(0), "root");
  EXPECT_EQ(files_->user_name(4000000000U), "");
  EXPECT_EQ(files_->user_name(4000000000U), "");
  EXPECT_EQ(files_->user_name(0), "root");
  for (std::uint32_t id = 0; id < 5000; ++id) EXPECT_EQ(files_->group_name(3999000000U + id), "");
}

TEST_P(FileSystemTest, HomesOutsideOfTheRootAreNotKnown) {
  EXPECT_EQ(error_of(files_->home_directory("root")), ENOENT);
  EXPECT_EQ(error_of(files_->home_directory("no-such-user")), ENOENT);
  PosixFileSystemOptions options;
  options.force_walk = GetParam() == Way::Walk;
  const auto all = make_posix_file_system(options);
  EXPECT_EQ(*all->home_directory("root"), "/root");
}

INSTANTIATE_TEST_SUITE_P(Ways, FileSystemTest, testing::Values(Way::Openat2, Way::Walk), way_name);

}  // namespace
}  // namespace ssh2core::io
