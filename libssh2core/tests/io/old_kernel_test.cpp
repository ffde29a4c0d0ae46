// What happens where the kernel (or the filter of a container) lacks the newer calls: a child
// process forbids them to itself, and runs the same operations.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <functional>
#include <vector>

#include "libssh2core/tests/io/fixture.h"

namespace ssh2core::io {
namespace {

constexpr unsigned kFchmodat2 = 452;
constexpr int kNoFilter = 77;

// From now on these calls fail with `error` in this process.
bool forbid(const std::vector<unsigned>& calls, int error) {
  std::vector<sock_filter> filter{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offsetof(seccomp_data, nr)))};
  for (const unsigned call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Runs `body` in a child that lacks these calls. Its exit status says whether all went well.
int run_without(const std::vector<unsigned>& calls, int error, const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!forbid(calls, error)) ::_exit(kNoFilter);
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void rename_without_overwriting(const Sandbox& box, sftp::FileSystem& files) {
  box.put(box.root / "a", "1");
  box.put(box.root / "b", "2");
  box.put(box.root / "dir/file", "3");
  EXPECT_EQ(files.rename("a", "b", false).error, EEXIST);
  EXPECT_EQ(files.rename("a", "c", false).error, 0);
  EXPECT_EQ(box.content(box.root / "c"), "1");
  EXPECT_FALSE(std::filesystem::exists(box.root / "a"));
  EXPECT_EQ(files.rename("dir", "b", false).error, EEXIST);
  EXPECT_EQ(files.rename("dir", "moved", false).error, 0);
  EXPECT_EQ(box.content(box.root / "moved/file"), "3");
  EXPECT_EQ(files.rename("moved", "moved/inside", false).error, EINVAL);
  EXPECT_FALSE(std::filesystem::exists(box.root / "moved/inside"));
  EXPECT_EQ(files.rename("none", "x", false).error, ENOENT);
  box.link("b", "link");
  EXPECT_EQ(files.rename("link", "link2", false).error, 0);
  EXPECT_EQ(*files.read_link("link2"), "b");
}

void change_attributes(const Sandbox& box, sftp::FileSystem& files) {
  box.put(box.root / "file", "x");
  box.link("file", "follow");
  std::filesystem::create_directories(box.root / "folder");
  EXPECT_EQ(files.set("follow", with_mode(0604), true).error, 0);
  EXPECT_EQ(*files.stat("file")->mode & 07777, 0604U);
  EXPECT_EQ(files.set("folder", with_mode(0711), false).error, 0);
  EXPECT_EQ(*files.stat("folder")->mode & 07777, 0711U);
  EXPECT_EQ(files.set("follow", with_mode(0600), false).error, EOPNOTSUPP);
}

void copy(const Sandbox& box, sftp::FileSystem& files) {
  const std::string text(300'000, 'c');
  box.put(box.root / "from", text);
  const auto from = files.open("from", {.read = true});
  const auto to = files.open("to", {.write = true, .create = true});
  EXPECT_EQ((*from)->copy_to(**to, 0, 0, 0).error, 0);
  EXPECT_EQ(box.content(box.root / "to"), text);
}

class OldKernel : public testing::TestWithParam<int> {};

TEST_P(OldKernel, TheOlderCallsDoTheSame) {
  const std::vector<unsigned> calls{SYS_openat2, SYS_renameat2, SYS_copy_file_range, kFchmodat2};
  const int status = run_without(calls, GetParam(), [] {
    const Sandbox box;
    const auto files = box.file_system(Way::Openat2);
    box.link("..", "up");
    EXPECT_EQ(read_all(*files, "up/secret"), failure(ENOENT));
    change_attributes(box, *files);
    copy(box, *files);
    if (GetParam() == ENOSYS) rename_without_overwriting(box, *files);
  });
  if (status == kNoFilter) GTEST_SKIP() << "no seccomp";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Errors, OldKernel, testing::Values(ENOSYS, EPERM));

// A file system that does not know the flag of renameat2(2) says EINVAL.
TEST(RenameNoReplace, WorksOnFileSystemsThatLackIt) {
  const int status = run_without({SYS_renameat2}, EINVAL, [] {
    const Sandbox box;
    rename_without_overwriting(box, *box.file_system());
  });
  if (status == kNoFilter) GTEST_SKIP() << "no seccomp";
  EXPECT_EQ(status, 0);
}

// A filter that comes into force after the file system was made, as a sandboxed session has it.
TEST(OpenInRoot, WalksWhenTheCallGoesAway) {
  const Sandbox box;
  const auto files = box.file_system();
  box.put(box.root / "a/file", "x");
  const int status =
      run_without({SYS_openat2}, ENOSYS, [&] { EXPECT_EQ(read_all(*files, "a/../a/file"), "x"); });
  if (status == kNoFilter) GTEST_SKIP() << "no seccomp";
  EXPECT_EQ(status, 0);
}

// Kernels have said EAGAIN for as long as somebody renamed something.
TEST(OpenInRoot, WalksWhenTheCallNeverSucceeds) {
  const Sandbox box;
  const auto files = box.file_system();
  box.put(box.root / "a/file", "x");
  const int status =
      run_without({SYS_openat2}, EAGAIN, [&] { EXPECT_EQ(read_all(*files, "a/../a/file"), "x"); });
  if (status == kNoFilter) GTEST_SKIP() << "no seccomp";
  EXPECT_EQ(status, 0);
}

// A chroot without /proc, on a kernel that cannot change the mode of an O_PATH descriptor.
TEST(SetByPath, NeedsNoProc) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs chroot(2)";
  const Sandbox box;
  const auto files = box.file_system();
  const int status = run_without({kFchmodat2}, ENOSYS, [&] {
    box.put(box.root / "file", "x");
    box.link("file", "follow");
    ASSERT_EQ(::chroot(box.root.c_str()), 0);
    EXPECT_EQ(files->set("follow", with_mode(0604), true).error, 0);
    EXPECT_EQ(*files->stat("file")->mode & 07777, 0604U);
    EXPECT_EQ(files->set("file", with_mode(0640), false).error, 0);
    EXPECT_EQ(*files->stat("file")->mode & 07777, 0640U);
  });
  if (status == kNoFilter) GTEST_SKIP() << "no seccomp";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ssh2core::io
