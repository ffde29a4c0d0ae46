#include "tools/common/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ssh2core::tools {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(directory_.data()), nullptr); }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string content(const std::string& name) const {
    const auto read = read_file(path(name), 1000);
    const auto* file = std::get_if<FileContent>(&read);
    return file == nullptr ? "unreadable" : std::string(file->text());
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_),
                                                  std::filesystem::directory_iterator()));
  }
  mode_t mode(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(stat(path(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  std::string directory_ = std::filesystem::temp_directory_path() / "ssh2core.XXXXXX";
};

TEST_F(Files, WritesAndReads) {
  EXPECT_FALSE(write_atomically(path("a"), as_bytes("one"), 0600, false));
  EXPECT_EQ(content("a"), "one");
  EXPECT_EQ(mode("a"), 0600U);
  EXPECT_FALSE(write_atomically(path("a"), as_bytes(""), 0644, true));
  EXPECT_EQ(content("a"), "");
  EXPECT_EQ(mode("a"), 0644U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, KeepsAnExistingTargetUnlessForced) {
  ASSERT_FALSE(write_atomically(path("a"), as_bytes("one"), 0600, false));
  const auto error = write_atomically(path("a"), as_bytes("two"), 0600, false);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->error, EEXIST);
  EXPECT_EQ(content("a"), "one");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, FollowsASymlinkThatIsReplaced) {
  ASSERT_FALSE(write_atomically(path("a"), as_bytes("one"), 0600, false));
  ASSERT_EQ(symlink("a", path("link").c_str()), 0);
  EXPECT_TRUE(write_atomically(path("link"), as_bytes("two"), 0600, false));
  EXPECT_FALSE(write_atomically(path("link"), as_bytes("two"), 0600, true));
  EXPECT_EQ(content("a"), "two");
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
}

TEST_F(Files, NamesThePathOfAFailure) {
  for (const std::string& name : {path("none/a"), directory_}) {
    const auto error = write_atomically(name, as_bytes("x"), 0600, true);
    ASSERT_TRUE(error);
    EXPECT_NE(error->what.find(name), std::string::npos);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(Files, ReadsOnlyRegularFilesUpToTheBound) {
  std::ofstream(path("a")) << "12345";
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_TRUE(std::holds_alternative<FileContent>(read_file(path("a"), 5)));
  for (const std::string& name : {path("fifo"), directory_, path("none"), std::string("/dev/zero")})
    EXPECT_TRUE(std::holds_alternative<FileError>(read_file(name, 100))) << name;
  EXPECT_TRUE(std::holds_alternative<FileError>(read_file(path("a"), 4)));
  EXPECT_EQ(std::get<FileError>(read_file(path("none"), 4)).error, ENOENT);
  EXPECT_EQ(std::get<FileContent>(read_file(path("a"), 5)).owner, geteuid());
}

}  // namespace
}  // namespace ssh2core::tools
