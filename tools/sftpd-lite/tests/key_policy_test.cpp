// Which keys are not used: fails closed.
#include "tools/sftpd-lite/login/key_policy.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace ssh2core::tools {
namespace {

PublicKey new_key() {
  return PublicKey::from_blob(PrivateKey::generate_ed25519().public_blob()).value();
}

TEST(KeyPolicy, AListThatCannotBeReadRefusesEveryKey) {
  KeySettings settings;
  settings.blacklist = "/nonexistent/list";
  KeyPolicy policy(settings);
  EXPECT_EQ(policy.failures().size(), 1U);
  EXPECT_NE(policy.refusal(new_key()), "");
  settings.blacklist = "";
  EXPECT_EQ(KeyPolicy(settings).refusal(new_key()), "");
}

TEST(KeyPolicy, DebiansListIsTaken) {
  if (!std::filesystem::exists(kDefaultBlacklist)) GTEST_SKIP() << "no " << kDefaultBlacklist;
  KeyPolicy policy{KeySettings()};
  EXPECT_EQ(policy.refusal(new_key()), "");
  EXPECT_TRUE(policy.failures().empty() && policy.warnings().empty());
}

}  // namespace
}  // namespace ssh2core::tools
