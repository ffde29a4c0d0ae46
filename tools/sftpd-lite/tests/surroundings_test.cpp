// Names of clients, records of logins, variables, and transfers that are counted.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <thread>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/access/reverse_name.h"
#include "tools/sftpd-lite/access/transfer_limits.h"
#include "tools/sftpd-lite/directives/directives.h"
#include "tools/sftpd-lite/log/login_records.h"
#include "tools/sftpd-lite/session_environment.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Name = std::optional<std::string>;

TEST(ReverseName, ComesFromAProcessOfItsOwn) {
  const pid_t here = getpid();
  EXPECT_EQ(reverse_name("192.0.2.1", 10s,
                         [here](const std::string& address) -> Name {
                           return address + (getpid() == here ? ".here" : ".example");
                         }),
            "192.0.2.1.example");
  EXPECT_EQ(reverse_name("192.0.2.1", 10s, [](const std::string&) { return Name(); }), Name());
}

TEST(ReverseName, IsNotWaitedForWithoutEnd) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(reverse_name("192.0.2.1", 50ms,
                         [](const std::string&) -> Name {
                           std::this_thread::sleep_for(60s);
                           return "late.example";
                         }),
            Name());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "no process is left";
}

TEST(ReverseName, SurvivesAResolverThatCrashes) {
  EXPECT_EQ(reverse_name("192.0.2.1", 10s, [](const std::string&) -> Name { _exit(3); }), Name());
}

TEST(ReverseName, OfWhatIsNoAddressThereIsNone) {
  EXPECT_EQ(confirmed_name("localhost"), Name());
  EXPECT_EQ(confirmed_name(""), Name());
}

TEST(LoginRecords, AreThoseOfUtmp) {
  const TemporaryDirectory folder;
  const std::string path = folder.write("wtmp", "");
  const LoginRecords records(path);
  records.login(4711, std::string(40, 'u'), "client.example", "192.0.2.1");
  records.logout(4711, "client.example", "2001:db8::1");
  std::array<utmp, 3> read{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(read.data()), sizeof read);
  ASSERT_EQ(file.gcount(), static_cast<std::streamsize>(2 * sizeof(utmp)));
  EXPECT_EQ(read[0].ut_type, USER_PROCESS);
  EXPECT_EQ(read[0].ut_pid, 4711);
  EXPECT_STREQ(read[0].ut_line, "sftp4711");
  EXPECT_EQ(std::string(read[0].ut_user, sizeof read[0].ut_user), std::string(32, 'u'));
  EXPECT_STREQ(read[0].ut_host, "client.example");
  EXPECT_EQ(read[0].ut_addr_v6[0], static_cast<std::int32_t>(0x010200c0));
  EXPECT_EQ(read[0].ut_addr_v6[1], 0);
  EXPECT_EQ(read[1].ut_type, DEAD_PROCESS);
  EXPECT_STREQ(read[1].ut_line, "sftp4711");
  EXPECT_STREQ(read[1].ut_user, "");
  EXPECT_EQ(read[1].ut_addr_v6[3], 0x01000000);
  EXPECT_FALSE(LoginRecords(""));
  EXPECT_THROW(LoginRecords(folder / "none"), ExitError);
}

TEST(Variables, AreSetAndTakenAway) {
  setenv("SSH2CORE_TEST_A", "old", 1);
  Options o;
  EXPECT_FALSE(apply_directive("UnsetEnv SSH2CORE_TEST_A", o));
  EXPECT_FALSE(apply_directive("SetEnv SSH2CORE_TEST_B \"a b\"", o));
  apply_variables(o.variables);
  EXPECT_EQ(getenv("SSH2CORE_TEST_A"), nullptr);
  EXPECT_STREQ(getenv("SSH2CORE_TEST_B"), "a b");
  EXPECT_FALSE(apply_directive("SetEnv SSH2CORE_TEST_A new", o));
  EXPECT_EQ(o.variables.size(), 2U) << "the later one wins";
  for (const char* wrong : {"SetEnv A", "SetEnv A=B C", "SetEnv LD_PRELOAD /x", "SetEnv \"\" x",
                            "UnsetEnv", "UnsetEnv A B", "SetEnv A B C"})
    EXPECT_TRUE(apply_directive(wrong, o)) << wrong;
  unsetenv("SSH2CORE_TEST_B");
}

class Transfers : public testing::Test {
 protected:
  Scoreboard board_;
  Options options_;
  void limit(std::string_view text) {
    EXPECT_EQ(apply_directive(text, options_).value_or(""), "") << text;
  }
  TransferCount enter(pid_t others = 0) {
    board_.enter({getpid(), 0, "ann", "192.0.2.1", ""});
    if (others != 0) board_.enter({others, 0, "ann", "192.0.2.2", ""});
    return {board_, options_.transfers, 0, "ann", "192.0.2.1"};
  }
  static std::string rule(
      const std::variant<std::unique_ptr<sftp::Transfer>, sftp::TransferRefusal>& begun) {
    const auto* refusal = std::get_if<sftp::TransferRefusal>(&begun);
    return refusal == nullptr ? "" : refusal->rule + ": " + refusal->message;
  }
};

TEST_F(Transfers, CountAsLongAsTheyLive) {
  limit("MaxTransfersPerHost RETR 2 \"no more than %m\"");
  TransferCount count = enter();
  auto one = count.begin(false, false), two = count.begin(false, false);
  EXPECT_EQ(rule(two), "");
  EXPECT_EQ(rule(count.begin(false, false)), "MaxTransfersPerHost 2 is reached: no more than 2");
  EXPECT_EQ(rule(count.begin(true, false)), "") << "another command";
  one = std::unique_ptr<sftp::Transfer>();
  EXPECT_EQ(rule(count.begin(false, false)), "");
  EXPECT_EQ(rule(count.begin(false, false)), "") << "the one before was let go";
}

TEST_F(Transfers, OfOtherSessionsCountToo) {
  limit("MaxTransfersPerUser STOR,APPE 1");
  constexpr pid_t kOther = 99999999;
  TransferCount count = enter(kOther);
  board_.count_transfer(*board_.row_of(kOther), TransferKind::Append, 1);
  EXPECT_THAT(rule(count.begin(true, false)), HasSubstr("(1) from this user"));
  EXPECT_EQ(rule(count.begin(false, false)), "");
  options_.transfers.per_user.clear();
  limit("MaxTransfersPerHost STOR,APPE 1");
  EXPECT_EQ(rule(count.begin(true, false)), "") << "from another address";
  options_.transfers.per_host.clear();
  limit("MaxTransfersPerUser appe 1");
  board_.leave(kOther);
  EXPECT_EQ(rule(count.begin(true, true)), "") << "what was killed is cleared";
}

TEST(TransferDirectives, AreChecked) {
  Options o;
  const auto said = [&o](std::string_view text) { return apply_directive(text, o).value_or(""); };
  EXPECT_EQ(said("MaxTransfersPerHost RETR,STOU none"), "");
  EXPECT_EQ(said("MaxTransfersPerHost none"), "");
  EXPECT_FALSE(o.transfers.any());
  EXPECT_THAT(said("MaxTransfersPerHost RET 1"), HasSubstr("the nearest is RETR"));
  for (const char* wrong : {"MaxTransfersPerUser", "MaxTransfersPerUser RETR",
                            "MaxTransfersPerUser RETR x", "MaxTransfersPerUser RETR 1 a b"})
    EXPECT_THAT(said(wrong), HasSubstr("wants")) << wrong;
}

TEST(OtherDirectives, OfSurroundings) {
  Options o;
  EXPECT_FALSE(apply_directive("UseReverseDNS on", o));
  EXPECT_TRUE(o.reverse_dns);
  EXPECT_FALSE(apply_directive("UseReverseDNS none", o));
  EXPECT_FALSE(o.reverse_dns);
  EXPECT_FALSE(apply_directive("WtmpLog on", o));
  EXPECT_EQ(o.wtmp, "/var/log/wtmp");
  EXPECT_FALSE(apply_directive("WtmpLog none", o));
  EXPECT_EQ(o.wtmp, "");
  EXPECT_TRUE(apply_directive("WtmpLog wtmp", o));
}

}  // namespace
}  // namespace ssh2core::tools
