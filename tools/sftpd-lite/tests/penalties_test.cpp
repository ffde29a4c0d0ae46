#include "tools/sftpd-lite/access/penalties.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tools/sftpd-lite/access/login_outcome.h"

namespace ssh2core::tools {
namespace {

using namespace std::chrono_literals;

class PenaltiesTest : public testing::Test {
 protected:
  /// "in", "out" with a sentence, or "silent".
  std::string comes(const std::string& address) {
    const auto why = penalties_.refusal(address, now_, [this](const auto& source, auto count) {
      over_.push_back(source + " " + std::to_string(count));
    });
    if (!why) return "in";
    said_ = *why;
    return why->empty() ? "silent" : "out";
  }
  void set(const PenaltySettings& settings) { penalties_.set(settings); }
  static PenaltySettings on() {
    PenaltySettings settings;
    settings.on = true;
    return settings;
  }

  Penalties penalties_;
  Clock::Steady now_{1000s};
  std::string said_;
  std::vector<std::string> over_;
};

TEST_F(PenaltiesTest, AreOffUnlessWanted) {
  for (int i = 0; i < 100; ++i) penalties_.note("192.0.2.1", Offence::Crash, now_);
  EXPECT_EQ(comes("192.0.2.1"), "in");
  EXPECT_EQ(penalties_.sources(), 0U);
}

TEST_F(PenaltiesTest, ComeTogetherAndDecay) {
  set(on());
  for (int i = 0; i < 2; ++i) penalties_.note("192.0.2.1", Offence::AuthFailed, now_);
  EXPECT_EQ(comes("192.0.2.1"), "in") << "10 s are less than 15";
  penalties_.note("192.0.2.1", Offence::AuthFailed, now_);
  EXPECT_EQ(comes("192.0.2.1"), "out");
  EXPECT_EQ(
      said_,
      "penalty of 15 s for 192.0.2.1: failed attempts to log in; further connections are only "
      "counted");
  EXPECT_EQ(comes("192.0.2.1"), "silent");
  EXPECT_EQ(comes("192.0.2.2"), "in");
  EXPECT_EQ(penalties_.blocked(now_), 1U);
  now_ += 15s;
  EXPECT_EQ(comes("192.0.2.1"), "in");
  EXPECT_EQ(over_, std::vector<std::string>{"192.0.2.1 2"});
  EXPECT_EQ(penalties_.sources(), 0U);
  for (int i = 0; i < 10; ++i, now_ += 6s) {
    penalties_.note("192.0.2.1", Offence::AuthFailed, now_);
    EXPECT_EQ(comes("192.0.2.1"), "in") << "seldom enough";
  }
}

TEST_F(PenaltiesTest, HaveAnEnd) {
  set(on());
  for (int i = 0; i < 100; ++i) penalties_.note("2001:db8::1", Offence::Crash, now_);
  EXPECT_EQ(comes("2001:db8::1"), "out");
  now_ += 599s;
  EXPECT_EQ(comes("2001:db8::1"), "silent");
  now_ += 1s;
  EXPECT_EQ(comes("2001:db8::1"), "in");
}

TEST_F(PenaltiesTest, AreOfNetworksAndNotOfTheExempt) {
  PenaltySettings settings = on();
  settings.bits4 = 24;
  settings.bits6 = 64;
  settings.exempt = {*parse_network("10.0.0.0/8")};
  set(settings);
  for (const char* one : {"192.0.2.1", "2001:db8::1", "10.0.0.1"})
    penalties_.note(one, Offence::Crash, now_);
  EXPECT_EQ(comes("192.0.2.200"), "out");
  EXPECT_NE(said_.find("192.0.2.0/24"), std::string::npos);
  EXPECT_EQ(comes("2001:db8::ffff"), "out");
  EXPECT_NE(said_.find("2001:db8::/64"), std::string::npos);
  EXPECT_EQ(comes("2001:db8:0:1::1"), "in");
  EXPECT_EQ(comes("10.0.0.1"), "in");
  EXPECT_EQ(comes("-"), "in");
  EXPECT_EQ(comes("::ffff:192.0.2.3"), "silent") << "the same as the IPv4 address";
}

TEST_F(PenaltiesTest, ManyConnectionsAreBlocked) {
  PenaltySettings settings;
  settings.connections = 5;
  settings.window = 30s;
  settings.block = 600s;
  set(settings);
  for (int i = 0; i < 20; ++i, now_ += 6s) EXPECT_EQ(comes("192.0.2.1"), "in") << "5 in 30 s";
  now_ += 60s;
  for (int i = 0; i < 5; ++i, now_ += 1s) EXPECT_EQ(comes("192.0.2.1"), "in");
  EXPECT_EQ(comes("192.0.2.1"), "out");
  EXPECT_NE(said_.find("more than 5 connections in 30 s"), std::string::npos);
  now_ += 599s;
  EXPECT_EQ(comes("192.0.2.1"), "silent");
  now_ += 1s;
  EXPECT_EQ(comes("192.0.2.1"), "in") << "coming meanwhile made it no longer";
}

TEST_F(PenaltiesTest, MemoryIsBounded) {
  PenaltySettings settings = on();
  settings.max_sources = 10;
  settings.connections = 5;
  settings.window = 30s;
  settings.block = 600s;
  set(settings);
  penalties_.note("198.51.100.1", Offence::Crash, now_);
  for (int i = 0; i < 250; ++i) {
    comes("192.0.2." + std::to_string(i));
    penalties_.note("203.0.113." + std::to_string(i), Offence::NoAttempt, now_);
    EXPECT_LE(penalties_.sources(), 10U);
  }
  EXPECT_EQ(comes("198.51.100.1"), "out") << "who waits longest is remembered";
  now_ += 700s;
  comes("192.0.2.1");
  EXPECT_EQ(penalties_.sources(), 1U);
}

/// The status of waitpid(2) of a process that does this.
template <class Work>
int status_of(Work work) {
  const pid_t pid = fork();
  if (pid == 0) work();
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

TEST(LoginOutcome, TravelsAsAnExitCode) {
  for (const Offence one :
       {Offence::None, Offence::NoAttempt, Offence::AuthFailed, Offence::GraceExceeded})
    EXPECT_EQ(offence_of_status(status_of([&] { _exit(exit_code_of(one)); })), one);
  EXPECT_EQ(offence_of_status(status_of([] { raise(SIGKILL); })), Offence::None);
  EXPECT_EQ(offence_of_status(status_of([] {
              std::signal(SIGSEGV, SIG_DFL);
              raise(SIGSEGV);
            })),
            Offence::Crash);
  for (const int code : {1, 2, 3})
    EXPECT_EQ(offence_of_status(status_of([&] { _exit(code); })), Offence::None);
}

}  // namespace
}  // namespace ssh2core::tools
