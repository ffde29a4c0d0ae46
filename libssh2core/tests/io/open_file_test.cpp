// Reading, writing, changing and copying an open file.
#include <sys/resource.h>
#include <sys/stat.h>

#include <numeric>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

constexpr std::uint64_t kFarAway = ~std::uint64_t{0};

class OpenFileTest : public testing::Test {
 protected:
  std::unique_ptr<sftp::OpenFile> open(std::string_view path, sftp::OpenMode mode) {
    auto file = files_->open(path, mode);
    return file ? std::move(*file) : nullptr;
  }
  static std::string read(sftp::OpenFile& file, std::uint64_t offset,
                          const std::vector<std::size_t>& sizes) {
    const std::size_t total = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
    Bytes room(total);
    std::vector<MutableView> pieces;
    std::size_t at = 0;
    for (const std::size_t size : sizes) {
      pieces.push_back(MutableView(room).subspan(at, size));
      at += size;
    }
    const auto count = file.read(offset, pieces);
    if (!count) return failure(count.error().value);
    return std::string(as_text(ByteView(room).first(*count)));
  }
  static int write(sftp::OpenFile& file, std::uint64_t offset,
                   const std::vector<std::string>& texts) {
    std::vector<ByteView> pieces;
    for (const std::string& text : texts) pieces.push_back(as_bytes(text));
    return file.write(offset, pieces).error;
  }
  std::string content(const char* name) const { return box_.content(box_.root / name); }

  Sandbox box_;
  std::unique_ptr<sftp::FileSystem> files_ = box_.file_system();
};

TEST_F(OpenFileTest, ReadsIntoPiecesUntilTheEnd) {
  box_.put(box_.root / "file", "0123456789");
  const auto file = open("file", {.read = true});
  EXPECT_EQ(read(*file, 0, {10}), "0123456789");
  EXPECT_EQ(read(*file, 2, {1, 0, 2, 3}), "234567");
  EXPECT_EQ(read(*file, 8, {1, 100}), "89");
  EXPECT_EQ(read(*file, 10, {5}), "");
  EXPECT_EQ(read(*file, 1000, {5}), "");
  EXPECT_EQ(read(*file, kFarAway, {5}), "");
  EXPECT_EQ(read(*file, std::numeric_limits<std::int64_t>::max(), {5}), "");
  EXPECT_EQ(read(*file, 0, {}), "");
  EXPECT_EQ(read(*file, 0, {0, 0}), "");
  EXPECT_EQ(write(*file, 0, {"x"}), EBADF);
}

TEST_F(OpenFileTest, MorePiecesThanOneCallTakes) {
  std::string text(5000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
  const auto file = open("file", {.read = true, .write = true, .create = true});
  std::vector<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  EXPECT_EQ(write(*file, 3, pieces), 0);
  EXPECT_EQ(content("file"), std::string(3, '\0') + text);
  EXPECT_EQ(read(*file, 3, std::vector<std::size_t>(5000, 1)), text);
}

TEST_F(OpenFileTest, SeesWhatIsWrittenAfterItWasOpened) {
  box_.put(box_.root / "file", "01234");
  const auto file = open("file", {.read = true});
  box_.put(box_.root / "file", "0123456789");
  EXPECT_EQ(read(*file, 0, {20}), "0123456789");
}

TEST_F(OpenFileTest, ReadsFilesWithoutASize) {
  if (!std::filesystem::exists("/proc/self/status")) GTEST_SKIP() << "no /proc";
  const auto files = make_posix_file_system({.root = "/proc"});
  auto file = files->open("/filesystems", {.read = true});
  ASSERT_EQ(error_of(file), 0);
  EXPECT_EQ(read(**file, 0, {65536}), box_.content("/proc/filesystems"));
}

TEST_F(OpenFileTest, WritesWhereItIsTold) {
  const auto file = open("file", {.write = true, .create = true});
  EXPECT_EQ(write(*file, 4, {"tail"}), 0);
  EXPECT_EQ(write(*file, 0, {"he", "", "ad"}), 0);
  EXPECT_EQ(content("file"), "headtail");
  EXPECT_EQ(write(*file, 0, {}), 0);
  EXPECT_EQ(write(*file, kFarAway, {"x"}), EFBIG);
  EXPECT_EQ(read(*file, 0, {1}), failure(EBADF));
}

TEST_F(OpenFileTest, AppendsWhereverItIsTold) {
  box_.put(box_.root / "file", "start");
  const auto file = open("file", {.write = true, .append = true});
  EXPECT_EQ(write(*file, 0, {"1", "2"}), 0);
  EXPECT_EQ(write(*file, 2, {"3"}), 0);
  EXPECT_EQ(content("file"), "start123");
}

// The bytes before a limit stay, the error comes out.
TEST_F(OpenFileTest, KeepsWhatWasWrittenBeforeAnError) {
  const auto file = open("file", {.write = true, .create = true});
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const int error = write(*file, 0, {std::string(600, 'a'), std::string(600, 'b')});
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, EFBIG);
  EXPECT_EQ(content("file"), std::string(600, 'a') + std::string(400, 'b'));
}

TEST_F(OpenFileTest, StatAndSet) {
  box_.put(box_.root / "file", "0123456789");
  const auto file = open("file", {.read = true, .write = true});
  sftp::Attributes wanted = with_mode(0611);
  wanted.size = 3;
  wanted.mtime = sftp::FileTime{77, 88};
  wanted.uid = ::getuid();
  wanted.gid = ::getgid();
  EXPECT_EQ(file->set(wanted).error, 0);
  const auto found = file->stat();
  EXPECT_EQ(found->size, 3U);
  EXPECT_EQ(*found->mode & 07777, 0611U);
  EXPECT_EQ(found->mtime, (sftp::FileTime{77, 88}));
  EXPECT_EQ(content("file"), "012");
  const auto reader = open("file", {.read = true});
  EXPECT_EQ(reader->set(with_size(0)).error, EINVAL);
  EXPECT_EQ(file->sync().error, 0);
  EXPECT_GT(file->statvfs()->bsize, 0U);
}

TEST_F(OpenFileTest, WorksAfterItsNameIsGone) {
  box_.put(box_.root / "file", "content");
  const auto file = open("file", {.read = true});
  EXPECT_EQ(files_->remove("file").error, 0);
  EXPECT_EQ(read(*file, 0, {20}), "content");
  EXPECT_EQ(file->stat()->links, 0U);
}

TEST_F(OpenFileTest, CloseOnce) {
  const auto file = open("file", {.write = true, .create = true});
  EXPECT_EQ(file->close().error, 0);
  EXPECT_EQ(file->close().error, EBADF);
  EXPECT_EQ(write(*file, 0, {"x"}), EBADF);
}

TEST_F(OpenFileTest, Copies) {
  box_.put(box_.root / "from", "0123456789");
  const auto from = open("from", {.read = true});
  const auto to = open("to", {.write = true, .create = true});
  EXPECT_EQ(from->copy_to(*to, 2, 3, 1).error, 0);
  EXPECT_EQ(content("to"), std::string(1, '\0') + "234");
  EXPECT_EQ(from->copy_to(*to, 5, 0, 0).error, 0);
  EXPECT_EQ(content("to"), "56789");
  EXPECT_EQ(from->copy_to(*to, 8, 1000, 0).error, 0);  // ends with the file
  EXPECT_EQ(content("to"), "89789");
  EXPECT_EQ(from->copy_to(*to, 100, 0, 0).error, 0);
  EXPECT_EQ(from->copy_to(*to, 0, kFarAway, 0).error, 0);
  EXPECT_EQ(content("to"), "0123456789");
  EXPECT_EQ(from->copy_to(*to, kFarAway, 1, 0).error, EFBIG);
  EXPECT_EQ(from->copy_to(*from, 0, 1, 20).error, EBADF);
  EXPECT_EQ(to->copy_to(*to, 0, 1, 20).error, EBADF);
  const auto reader = open("to", {.read = true});
  EXPECT_EQ(from->copy_to(*reader, 0, 5, 0).error, EBADF);
  const auto append = open("to", {.write = true, .append = true});
  EXPECT_EQ(from->copy_to(*append, 0, 2, 0).error, 0);
  EXPECT_EQ(content("to"), "012345678901");
}

TEST_F(OpenFileTest, CopiesWithinAFileUnlessItOverlaps) {
  box_.put(box_.root / "file", "0123456789");
  const auto file = open("file", {.read = true, .write = true});
  const auto again = open("file", {.write = true});
  for (const auto& [from, length, to] :
       {std::array<std::uint64_t, 3>{0, 5, 4}, {4, 5, 0}, {0, 0, 5}, {3, 1, 3}})
    EXPECT_EQ(file->copy_to(*again, from, length, to).error, EINVAL) << from << " to " << to;
  EXPECT_EQ(file->copy_to(*again, 0, 5, 5).error, 0);
  EXPECT_EQ(content("file"), "0123401234");
  EXPECT_EQ(file->copy_to(*file, 8, 2, 0).error, 0);
  EXPECT_EQ(content("file"), "3423401234");
  EXPECT_EQ(file->copy_to(*again, 0, 0, 10).error, 0);
  EXPECT_EQ(content("file").size(), 20U);
  const auto append = open("file", {.write = true, .append = true});
  EXPECT_EQ(file->copy_to(*append, 0, 5, 100).error, EINVAL);
}

/// Room that is taken ahead: it does not change the file, and is free again when the upload is cut.
TEST_F(OpenFileTest, RoomIsTakenAndGivenBack) {
  const auto blocks = [this](const char* name) {
    struct stat info{};
    return ::stat((box_.root / name).c_str(), &info) == 0 ? info.st_blocks * 512 : -1;
  };
  constexpr std::uint64_t kRoom = 1 << 20;
  for (const bool written : {false, true}) {
    auto file = open("/room", {.write = true, .create = true, .truncate = true});
    ASSERT_NE(file, nullptr);
    const int error = file->reserve(kRoom).error;
    if (error == EOPNOTSUPP) GTEST_SKIP() << "skipped: the file system cannot take room";
    ASSERT_EQ(error, 0);
    EXPECT_EQ(file->stat()->size, 0U);
    EXPECT_GE(blocks("room"), static_cast<blkcnt_t>(kRoom));
    if (written) {
      EXPECT_EQ(write(*file, 0, {"hello"}), 0);
    }
    EXPECT_TRUE(file->abandon().ok());
    EXPECT_LT(blocks("room"), static_cast<blkcnt_t>(kRoom));
    EXPECT_EQ(content("room"), written ? "hello" : "");
  }
  auto file = open("/room", {.write = true});
  EXPECT_EQ(file->reserve(kFarAway).error, EFBIG);
  const int error = file->reserve(std::uint64_t{1} << 60).error;
  EXPECT_TRUE(error == EFBIG || error == ENOSPC) << error;
}

}  // namespace
}  // namespace ssh2core::io
