// One-time passwords count once, for all processes, and cannot be guessed at speed.
#include "tools/sftpd-lite/login/used_codes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

class Codes : public testing::Test {
 protected:
  std::string show(const char* user, std::optional<int> begin, int now, bool known = true) {
    const auto time = begin ? std::optional(seconds(*begin)) : std::nullopt;
    return UsedCodes(path_).judge(user, known, time, seconds(now));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "used";
};

TEST_F(Codes, CountOnce) {
  EXPECT_THAT(UsedCodes(path_).problem(), IsEmpty());
  EXPECT_THAT(show("ann", 3000, 3001), IsEmpty());
  EXPECT_THAT(show("ann", 3000, 3002), HasSubstr("used before"));
  EXPECT_THAT(show("ann", 2970, 3003), HasSubstr("used before"));
  EXPECT_THAT(show("bob", 2970, 3003), IsEmpty());
  EXPECT_THAT(show("ann", 3030, 3031), IsEmpty());
  EXPECT_THAT(show("ann", 3060, 3061), IsEmpty()) << "also after another period= in the file";
}

TEST_F(Codes, CountOnceForAllProcesses) {
  int wins = 0;
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(show("ann", 3000, 3001).empty() ? 1 : 0);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    wins += WEXITSTATUS(status);
  }
  EXPECT_EQ(wins, 1);
}

TEST_F(Codes, PauseAfterWrongOnes) {
  int now = 3000;
  for (unsigned i = 0; i < UsedCodes::kFree; ++i)
    EXPECT_EQ(show("ann", std::nullopt, now++), "wrong one-time password");
  EXPECT_THAT(show("ann", 3000, now), HasSubstr("none counts for")) << "the right one, too early";
  EXPECT_THAT(show("bob", 3000, now), IsEmpty()) << "another user";
  now += static_cast<int>(UsedCodes::pause_after(UsedCodes::kFree).count());
  EXPECT_EQ(show("ann", std::nullopt, now), "wrong one-time password");
  EXPECT_THAT(show("ann", 3030, now + 59), HasSubstr("none counts for")) << "twice as long now";
  EXPECT_THAT(show("ann", 3030, now + 60), IsEmpty());
  EXPECT_EQ(show("ann", std::nullopt, now + 61), "wrong one-time password") << "counted anew";
  EXPECT_THAT(show("ann", 3060, now + 62), IsEmpty());
  EXPECT_EQ(UsedCodes::pause_after(4), seconds(0));
  EXPECT_EQ(UsedCodes::pause_after(5), seconds(30));
  EXPECT_EQ(UsedCodes::pause_after(4'000'000'000U), seconds(3600));
}

TEST_F(Codes, OfStrangersAreOneRecord) {
  for (int i = 0; i < 20; ++i) EXPECT_NE(show(i % 2 == 0 ? "x" : "y", std::nullopt, 1, false), "");
  EXPECT_NE(show("x", 3000, 9000, false), "") << "a stranger's code is never right";
  struct stat info{};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_LT(info.st_size, 60);
}

TEST_F(Codes, AreRefusedWhenTheFileWillNotDo) {
  const auto refused = [&](const char* why) {
    EXPECT_THAT(UsedCodes(path_).problem(), HasSubstr(why));
    EXPECT_THAT(show("ann", 3000, 3001), HasSubstr(why));
  };
  directory_.write("used", "ann 100\n", 0600);
  refused("a line that is not ours");
  ASSERT_EQ(chmod(path_.c_str(), 0620), 0);
  refused("chmod 600");
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  ASSERT_EQ(truncate(path_.c_str(), (16 << 20) + 1), 0);
  refused("too long");
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_EQ(symlink((directory_ / "other").c_str(), path_.c_str()), 0);
  refused("symbolic links");
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  refused("directory");
}

TEST_F(Codes, OverwriteWhatACrashLeft) {
  EXPECT_THAT(show("ann", 3000, 3001), IsEmpty());
  const int file = open(path_.c_str(), O_WRONLY | O_APPEND);
  ASSERT_EQ(write(file, "bob 0000", 8), 8);
  close(file);
  EXPECT_THAT(show("bob", 3000, 3001), IsEmpty());
  EXPECT_THAT(show("ann", 3000, 3001), HasSubstr("used before"));
  EXPECT_THAT(show("bob", 3000, 3001), HasSubstr("used before"));
}

TEST_F(Codes, DoNotWaitForEver) {
  EXPECT_THAT(show("ann", 3000, 3001), IsEmpty());
  const int file = open(path_.c_str(), O_RDONLY);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  EXPECT_THAT(show("ann", 3030, 3031), HasSubstr("cannot be locked"));
  close(file);
}

}  // namespace
}  // namespace ssh2core::tools
