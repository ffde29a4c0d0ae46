#include "tools/sftpd-lite/access/doorbell.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace ssh2core::tools {
namespace {

/// Starts a child that asks and exits with 1 for yes.
pid_t ask_in_child(Doorbell& bell, const std::string& client, int patience = 10) {
  const pid_t child = fork();
  if (child == 0) _exit(bell.ask(client, std::chrono::seconds(patience)) ? 1 : 0);
  return child;
}

int answer_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool rings(const Doorbell& bell) {
  pollfd wait{bell.descriptor(), POLLIN, 0};
  return poll(&wait, 1, 10'000) == 1;
}

TEST(Doorbell, AnswersEachChild) {
  Doorbell bell;
  const pid_t good = ask_in_child(bell, "192.0.2.1:22"), bad = ask_in_child(bell, "192.0.2.2:22");
  std::size_t questions = 0;
  while (questions < 2 && rings(bell))
    bell.answer([&](pid_t pid, const std::string& client) {
      ++questions;
      EXPECT_EQ(client, pid == good ? "192.0.2.1:22" : "192.0.2.2:22");
      return pid == good;
    });
  EXPECT_EQ(answer_of(good), 1);
  EXPECT_EQ(answer_of(bad), 0);
}

TEST(Doorbell, NoAnswerIsNo) {
  Doorbell bell;
  EXPECT_EQ(answer_of(ask_in_child(bell, "x", 0)), 0);
}

TEST(Doorbell, RowsOfTheDeadAreCleared) {
  Doorbell bell;
  for (std::size_t i = 0; i < Doorbell::kRows + 2; ++i) {
    const pid_t child = ask_in_child(bell, std::string(500, 'x'));
    ASSERT_TRUE(rings(bell));
    kill(child, SIGKILL);
    EXPECT_EQ(answer_of(child), -1);
    if (i % 2 == 0)
      bell.answer([](pid_t, const std::string& client) {
        EXPECT_EQ(client.size(), Doorbell::kLongestText);
        return true;
      });
    bell.clear(child);
  }
  const pid_t last = ask_in_child(bell, "y");
  for (bool asked = false; !asked && rings(bell);)
    bell.answer([&](pid_t pid, const std::string&) {
      asked = pid == last;
      return true;
    });
  EXPECT_EQ(answer_of(last), 1) << "an old answer is not taken for the new one";
}

}  // namespace
}  // namespace ssh2core::tools
