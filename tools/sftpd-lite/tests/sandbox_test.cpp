#include "tools/sftpd-lite/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "tools/sftpd-lite/sandbox/landlock.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

/// What a process comes to that does this: its exit code, or minus the signal that ended it.
int outcome_of(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    _exit(work());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/// 0 when the call succeeds, else its errno.
int error_of(long result) { return result < 0 ? errno : 0; }

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    scope_.root = tree_ / "";
    const SandboxState state = Sandbox().available(scope_);
    if (!state.complete()) GTEST_SKIP() << "skipped: " << state.text();
  }
  /// The outcome of the work inside the sandbox; 99 when it cannot be entered.
  int inside(const std::function<int()>& work) {
    const Sandbox sandbox;
    return outcome_of([&] { return sandbox.enter(scope_).complete() ? work() : 99; });
  }

  TemporaryDirectory tree_, elsewhere_;
  SandboxScope scope_;
};

TEST_F(SandboxTest, LeavesTheTree) {
  const std::string file = tree_.write("file", "content");
  EXPECT_EQ(inside([&] {
              const int fd = open(file.c_str(), O_RDWR);
              const std::string to = tree_ / "to", folder = tree_ / "folder";
              if (fd < 0 || ftruncate(fd, 3) != 0 || pwrite(fd, "x", 1, 0) != 1) return 1;
              if (mkdir(folder.c_str(), 0700) != 0) return 2;
              if (rename(file.c_str(), (folder + "/file").c_str()) != 0) return 3;
              if (link((folder + "/file").c_str(), to.c_str()) != 0) return 4;
              if (symlink("/etc", (tree_ / "link").c_str()) != 0) return 5;
              if (chmod(to.c_str(), 0640) != 0 || unlink(to.c_str()) != 0) return 6;
              return fsync(fd) == 0 ? 0 : 7;
            }),
            0);
}

TEST_F(SandboxTest, ClosesTheRestOfTheMachine) {
  const std::string secret = elsewhere_.write("secret", "content");
  const auto opening = [](const std::string& path, int flags) {
    return [path, flags] { return error_of(open(path.c_str(), flags, 0600)); };
  };
  EXPECT_EQ(inside(opening(secret, O_RDONLY)), EACCES);
  EXPECT_EQ(inside(opening(secret, O_WRONLY | O_TRUNC)), EACCES);
  EXPECT_EQ(inside(opening(elsewhere_ / "new", O_WRONLY | O_CREAT)), EACCES);
  EXPECT_EQ(inside([&] { return error_of(unlink(secret.c_str())); }), EACCES);
  EXPECT_EQ(inside([&] { return error_of(mkdir((elsewhere_ / "d").c_str(), 0700)); }), EACCES);
  EXPECT_EQ(inside(opening("/etc/shadow", O_RDONLY)), EACCES);
  // Neither in nor out.
  const std::string mine = tree_.write("mine", "content");
  const auto moving = [](std::string from, std::string to) {
    return [from, to] { return error_of(rename(from.c_str(), to.c_str())); };
  };
  EXPECT_NE(inside(moving(secret, tree_ / "taken")), 0);
  EXPECT_NE(inside(moving(mine, elsewhere_ / "given")), 0);
  EXPECT_NE(inside([&] { return error_of(link(secret.c_str(), (tree_ / "l").c_str())); }), 0);
}

TEST_F(SandboxTest, NamesOfOwnersCanStillBeRead) {
  EXPECT_EQ(inside([] { return getpwuid(0) != nullptr ? 0 : 1; }), 0);
}

TEST_F(SandboxTest, ReadOnlyIsReadOnly) {
  const std::string file = tree_.write("file", "content");
  scope_.read_only = true;
  EXPECT_EQ(inside([&] { return error_of(open(file.c_str(), O_RDONLY)); }), 0);
  EXPECT_EQ(inside([&] { return error_of(open(file.c_str(), O_WRONLY)); }), EACCES);
  EXPECT_EQ(inside([&] { return error_of(unlink(file.c_str())); }), EACCES);
}

TEST_F(SandboxTest, NoNetwork) {
  EXPECT_EQ(inside([] { return error_of(socket(AF_INET, SOCK_STREAM, 0)); }), ENOSYS);
  EXPECT_EQ(inside([] { return error_of(socket(AF_INET6, SOCK_DGRAM, 0)); }), ENOSYS);
  EXPECT_EQ(inside([] { return error_of(socket(AF_UNIX, SOCK_DGRAM, 0)); }), 0);
  // By a socket that was there before: Landlock's part.
  if (landlock_abi() < kLandlockTcp) GTEST_SKIP() << "skipped: Landlock does not know TCP";
  const int before = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(9);
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(inside([&] {
              return error_of(connect(before, reinterpret_cast<sockaddr*>(&peer), sizeof peer));
            }),
            EACCES);
  close(before);
}

TEST_F(SandboxTest, NoProgramsNoRights) {
  const auto program = [] { return error_of(execl("/bin/true", "true", nullptr)); };
  EXPECT_EQ(inside(program), -SIGSYS);
  EXPECT_EQ(inside([] { return error_of(setuid(getuid())); }), -SIGSYS);
  EXPECT_EQ(inside([] { return error_of(chroot("/")); }), -SIGSYS);
  EXPECT_NE(inside([] { return error_of(fork()); }), 0);
  EXPECT_EQ(inside([] { return error_of(kill(getppid(), 0)); }), ENOSYS);
  EXPECT_EQ(inside([] { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 1 : 0; }), 0)
      << "prctl is not among the calls";
}

TEST_F(SandboxTest, MemoryIsWritableOrExecutable) {
  const auto map = [](int access) {
    void* at = mmap(nullptr, 4096, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? errno : 0;
  };
  EXPECT_EQ(inside([&] { return map(PROT_READ | PROT_WRITE); }), 0);
  EXPECT_EQ(inside([&] { return map(PROT_READ | PROT_EXEC); }), 0) << "libraries loaded late";
  EXPECT_EQ(inside([&] { return map(PROT_READ | PROT_WRITE | PROT_EXEC); }), ENOSYS);
  EXPECT_EQ(inside([&] {
              void* at =
                  mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return error_of(mprotect(at, 4096, PROT_READ | PROT_EXEC));
            }),
            ENOSYS);
}

TEST_F(SandboxTest, SaysWhatIsMissing) {
  const Sandbox sandbox;
  const SandboxState whole = sandbox.available({"/", false, false});
  EXPECT_FALSE(whole.file_tree);
  EXPECT_FALSE(whole.complete());
  EXPECT_NE(whole.text().find("the root is /"), std::string::npos) << whole.text();
  EXPECT_TRUE(sandbox.available({"/", false, true}).file_tree) << "of a chroot it is the tree";
  const auto missing = [&] {
    return sandbox.enter({elsewhere_ / "gone", false, false}).file_tree ? 1 : 0;
  };
  EXPECT_EQ(outcome_of(missing), 0);
}

TEST(SandboxMode, HasThreeWords) {
  for (const auto mode : {SandboxMode::Off, SandboxMode::Auto, SandboxMode::Require})
    EXPECT_EQ(parse_sandbox_mode(name_of(mode)), mode);
  EXPECT_EQ(parse_sandbox_mode("on"), std::nullopt);
}

}  // namespace
}  // namespace ssh2core::tools
