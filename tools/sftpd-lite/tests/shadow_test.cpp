#include "tools/sftpd-lite/login/shadow.h"

#include <gtest/gtest.h>

#include "keys/password_hash.h"

namespace ssh2core::tools {
namespace {

constexpr long kToday = 20000;

/// What an entry whose password was last changed on `changed` comes to.
std::string judged(long changed, long most, long inactive, long expires) {
  spwd entry{};
  entry.sp_lstchg = changed;
  entry.sp_max = most;
  entry.sp_inact = inactive;
  entry.sp_expire = expires;
  return shadow_problem(entry, kToday);
}

TEST(Shadow, AccountsExpire) {
  EXPECT_EQ(judged(19990, 99999, -1, -1), "");
  EXPECT_EQ(judged(19990, 99999, -1, kToday + 1), "");
  EXPECT_EQ(judged(19990, 99999, -1, kToday), "the account has expired");
  EXPECT_EQ(judged(-1, -1, -1, 0), "") << "0 is no date";
}

TEST(Shadow, PasswordsGrowOld) {
  EXPECT_EQ(judged(0, 99999, -1, -1), "the password must be changed first");
  EXPECT_EQ(judged(kToday - 10, 10, -1, -1), "");
  EXPECT_EQ(judged(kToday - 11, 10, -1, -1), "the password has expired");
  EXPECT_EQ(judged(kToday - 15, 10, 5, -1), "the password has expired");
  EXPECT_NE(judged(kToday - 16, 10, 5, -1).find("disabled"), std::string::npos);
  EXPECT_EQ(judged(-1, 10, 5, -1), "");
}

TEST(Shadow, WhoIsNotThereHasNothing) {
  EXPECT_EQ(shadow_problem(std::string("no-such-user-here")), "");
  EXPECT_FALSE(shadow_hash("no-such-user-here"));
  const std::string decoy = shadow_decoy();
  EXPECT_EQ(keys::hash_problem(decoy), "");
}

}  // namespace
}  // namespace ssh2core::tools
