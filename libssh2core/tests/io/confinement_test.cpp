// Nothing outside of the root can be reached, by whatever path and way of resolving it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

using std::chrono::steady_clock;

std::string chain_link(int number) { return std::string(1, 'l').append(std::to_string(number)); }

class Confinement : public testing::TestWithParam<Way> {
 protected:
  Sandbox box_;
  std::unique_ptr<sftp::FileSystem> files_ = box_.file_system(GetParam());
};

TEST_P(Confinement, DotDotStopsAtTheRoot) {
  box_.put(box_.root / "secret", "inside");
  box_.put(box_.root / "a/b/file", "deep");
  for (const char* path : {"../secret", "/../secret", "/../../../../secret", "a/../../secret",
                           "a/b/../../../../../secret", "./.././secret", "//..//secret"})
    EXPECT_EQ(read_all(*files_, path), "inside") << path;
  EXPECT_EQ(read_all(*files_, "a/b/../b/file"), "deep");
}

TEST_P(Confinement, SymlinksAreResolvedInsideTheRoot) {
  box_.link(box_.directory.path() / "secret", "absolute");
  box_.link("../secret", "relative");
  box_.link("../../../../../../../../../../etc/passwd", "far");
  box_.link("relative", "chain1");
  box_.link("/chain1", "chain2");
  box_.link(box_.directory.path(), "directory");
  box_.link("..", "up");
  for (const char* path : {"absolute", "relative", "far", "chain1", "chain2", "directory/secret",
                           "up/secret", "up/up/secret", "up/../up/../secret"})
    EXPECT_EQ(read_all(*files_, path), failure(ENOENT)) << path;
  box_.put(box_.root / "secret", "inside");
  for (const char* path : {"relative", "chain1", "chain2", "up/secret", "up/up/up/../secret"})
    EXPECT_EQ(read_all(*files_, path), "inside") << path;
}

TEST_P(Confinement, ChangesBehindSymlinksStayInside) {
  box_.link("../victim", "link");
  box_.link("..", "up");
  auto file = files_->open("link", {.write = true, .create = true});
  ASSERT_EQ(error_of(file), 0);
  EXPECT_TRUE(std::filesystem::exists(box_.root / "victim"));
  EXPECT_FALSE(std::filesystem::exists(box_.directory.path() / "victim"));
  EXPECT_EQ(files_->remove("up/secret").error, ENOENT);
  EXPECT_EQ(files_->rename("up/secret", "stolen", true).error, ENOENT);
  EXPECT_EQ(files_->make_hard_link("up/secret", "stolen").error, ENOENT);
  EXPECT_EQ(files_->make_directory("up/made", 0755).error, 0);
  EXPECT_TRUE(std::filesystem::exists(box_.root / "made"));
  EXPECT_EQ(files_->set("up/secret", with_mode(0777), true).error, ENOENT);
  EXPECT_EQ(box_.content(box_.directory.path() / "secret"), kSecret);
}

// A trailing slash makes the system follow a symlink even where it was told not to.
TEST_P(Confinement, TrailingSlashesDoNotFollowOutside) {
  box_.link("..", "up");
  box_.link(box_.directory.path(), "out");
  struct stat root;
  ASSERT_EQ(::stat(box_.root.c_str(), &root), 0);
  const auto up = files_->lstat("up/");
  ASSERT_EQ(error_of(up), 0);
  EXPECT_EQ(up->links, root.st_nlink);
  EXPECT_EQ(error_of(files_->lstat("out/")), ENOENT);
  EXPECT_EQ(files_->remove_directory("up/").error, ENOTDIR);
  EXPECT_EQ(files_->remove("up/").error, ENOTDIR);
  EXPECT_EQ(files_->rename("up/", "moved", true).error, ENOTDIR);
  EXPECT_EQ(error_of(files_->open_directory("out/")), ENOENT);
}

TEST_P(Confinement, RealPathNeverShowsTheOutside) {
  box_.link(box_.directory.path(), "out");
  box_.link("..", "up");
  EXPECT_EQ(*files_->real_path("up/up/.."), "/");
  EXPECT_EQ(error_of(files_->real_path("out/secret")), ENOENT);
  EXPECT_EQ(*files_->real_path("/../../.."), "/");
}

TEST_P(Confinement, LoopsAndLongChainsEnd) {
  box_.link("loop", "loop");
  box_.link("pong", "ping");
  box_.link("ping", "pong");
  for (int i = 0; i < 60; ++i) box_.link(chain_link(i + 1), chain_link(i));
  box_.put(box_.root / "l60", "end");
  for (const char* path : {"loop", "ping", "loop/x", "l0"})
    EXPECT_EQ(read_all(*files_, path), failure(ELOOP)) << path;
  EXPECT_EQ(read_all(*files_, "l25"), "end");
  EXPECT_EQ(error_of(files_->real_path("loop")), ELOOP);
}

// The links of /proc/PID lead to where their text does not.
TEST_P(Confinement, MagicLinksAreNotFollowed) {
  if (!std::filesystem::exists("/proc/self/root")) GTEST_SKIP() << "no /proc";
  PosixFileSystemOptions options;
  options.root = "/proc/self";
  options.force_walk = GetParam() == Way::Walk;
  const auto files = make_posix_file_system(options);
  EXPECT_THAT(read_all(*files, "root/etc/passwd"), testing::StartsWith("errno "));
  EXPECT_THAT(read_all(*files, "cwd/../etc/passwd"), testing::StartsWith("errno "));
  const int fd = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  EXPECT_THAT(read_all(*files, std::string("fd/").append(std::to_string(fd))),
              testing::StartsWith("errno "));
  ::close(fd);
}

TEST_P(Confinement, TheListingOfTheRootTellsNothingOfItsParent) {
  ASSERT_EQ(::chmod(box_.directory.path().c_str(), 0711), 0);
  ASSERT_EQ(::chmod(box_.root.c_str(), 0750), 0);
  auto directory = files_->open_directory("/");
  ASSERT_EQ(error_of(directory), 0);
  sftp::DirectoryEntry entry;
  int seen = 0;
  while (*(*directory)->next(entry)) {
    EXPECT_EQ(entry.attributes.mode.value_or(0) & 07777, 0750U) << entry.name;
    ++seen;
  }
  EXPECT_EQ(seen, 2);  // . and ..
}

// A directory changes places with a symlink to the outside all the time.
TEST_P(Confinement, RacesDoNotLeadOutside) {
  box_.put(box_.root / "door/secret", "inside");
  std::filesystem::create_directories(box_.root / "way");
  std::filesystem::create_symlink(box_.directory.path(), box_.root / "trap");
  std::filesystem::create_symlink("..", box_.root / "up");
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    const std::string door = box_.root / "door", trap = box_.root / "trap", up = box_.root / "up";
    while (!stop) {
      ::renameat2(AT_FDCWD, door.c_str(), AT_FDCWD, trap.c_str(), RENAME_EXCHANGE);
      ::renameat2(AT_FDCWD, door.c_str(), AT_FDCWD, up.c_str(), RENAME_EXCHANGE);
    }
  });
  const auto until = steady_clock::now() + std::chrono::milliseconds(1000);
  int opened = 0, failed = 0, escaped = 0;
  while (steady_clock::now() < until) {
    for (const char* path : {"door/secret", "way/../door/secret", "door/../../secret"}) {
      const std::string text = read_all(*files_, path);
      escaped += text == kSecret;
      opened += text == "inside";
      failed += text.starts_with("errno ");
    }
    escaped += files_->remove("door/../secret").ok();
    if (const auto real = files_->real_path("door/secret"); real)
      escaped += real->find(box_.directory.path().filename()) != std::string::npos;
  }
  stop = true;
  swapper.join();
  EXPECT_EQ(escaped, 0);
  EXPECT_GT(opened, 0);
  EXPECT_GT(failed, 0);
  EXPECT_EQ(box_.content(box_.directory.path() / "secret"), kSecret);
}

INSTANTIATE_TEST_SUITE_P(Ways, Confinement, testing::Values(Way::Openat2, Way::Walk), way_name);

}  // namespace
}  // namespace ssh2core::io
