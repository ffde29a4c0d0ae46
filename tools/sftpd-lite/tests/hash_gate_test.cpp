#include "tools/sftpd-lite/login/hash_gate.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace ssh2core::tools {
namespace {

using std::chrono::milliseconds;

/// A child that takes a pass, says so on a pipe, and keeps it until it is killed.
class Holder {
 public:
  explicit Holder(const HashGate& gate) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe(ends), 0);
    child_ = fork();
    if (child_ == 0) {
      const auto pass = gate.enter(milliseconds(5000));
      const char answer = pass ? 'y' : 'n';
      if (write(ends[1], &answer, 1) != 1) _exit(1);
      for (int i = 0; i < 60; ++i) sleep(1);
      _exit(0);
    }
    close(ends[1]);
    answer_ = ends[0];
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    end();
    close(answer_);
  }
  /// True when the pass was given within the time.
  bool has_pass(milliseconds wait) const {
    pollfd waiting{answer_, POLLIN, 0};
    char answer = 'n';
    return poll(&waiting, 1, static_cast<int>(wait.count())) == 1 &&
           read(answer_, &answer, 1) == 1 && answer == 'y';
  }
  void end() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
      child_ = -1;
    }
  }

 private:
  pid_t child_ = -1;
  int answer_ = -1;
};

TEST(HashGate, LetsInAsManyAsItHasPasses) {
  const HashGate gate(2);
  const Holder first(gate), second(gate);
  EXPECT_TRUE(first.has_pass(milliseconds(4000)));
  EXPECT_TRUE(second.has_pass(milliseconds(4000)));
  EXPECT_FALSE(gate.enter(milliseconds(0)));
  EXPECT_FALSE(gate.enter(milliseconds(60)));
}

TEST(HashGate, APassEndsWithItsProcess) {
  const HashGate gate(1);
  Holder first(gate);
  ASSERT_TRUE(first.has_pass(milliseconds(4000)));
  const Holder second(gate);
  EXPECT_FALSE(second.has_pass(milliseconds(100)));
  first.end();
  EXPECT_TRUE(second.has_pass(milliseconds(4000)));
}

TEST(HashGate, APassIsGivenBack) {
  const HashGate gate(0);  // at least one
  for (int i = 0; i < 3; ++i) {
    const Holder waiting(gate);
    EXPECT_TRUE(waiting.has_pass(milliseconds(4000)));
  }
  {
    EXPECT_TRUE(gate.enter(milliseconds(0)));
  }
  const Holder after(gate);
  EXPECT_TRUE(after.has_pass(milliseconds(4000)));
}

}  // namespace
}  // namespace ssh2core::tools
