// Which keys are not used: fails closed.
#include "tools/sftpd-lite/login/key_policy.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <filesystem>

#include "keys/private_key_file.h"
#include "libssh2core/crypto/fingerprint.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

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

TEST(KeyPolicy, TheListIsAskedInFipsModeToo) {
  if (!std::filesystem::exists(kDefaultBlacklist)) GTEST_SKIP() << "no " << kDefaultBlacklist;
  KeyPolicy policy{KeySettings()};
  const PublicKey key = new_key();
  // Without a provider nothing can be computed any more, but for what needs no approval.
  ASSERT_EQ(EVP_default_properties_enable_fips(nullptr, 1), 1);
  std::string refusal, fingerprint_text;
  try {
    refusal = policy.refusal(key);
    fingerprint_text = fingerprint({"MD5", FingerprintFormat::Encoding::Hex}, key.blob());
  } catch (const CryptoError& e) {
    refusal = e.what();
  }
  EVP_default_properties_enable_fips(nullptr, 0);
  EXPECT_EQ(refusal, "");
  EXPECT_EQ(fingerprint_text, fingerprint({"MD5", FingerprintFormat::Encoding::Hex}, key.blob()));
}

TEST(KeyPolicy, AListThatOthersCanReplaceRefusesEveryKey) {
  const TemporaryDirectory directory;
  const std::string line = keys::to_openssh_public_line(new_key().blob(), "ca") + "\n";
  const auto problem = [&](const std::string& path) {
    KeySettings settings;
    settings.blacklist = "";
    settings.trusted_cas = settings.revoked = path;
    KeyPolicy policy(settings);
    EXPECT_EQ(policy.failures().size() == 2, !policy.refusal(new_key()).empty());
    return policy.failures().empty() ? std::string() : policy.failures()[0];
  };
  const std::string path = directory.write("list", line, 0644);
  EXPECT_EQ(problem(path), "");
  std::filesystem::permissions(path, std::filesystem::perms(0664));
  EXPECT_NE(problem(path).find("chmod go-w " + path), std::string::npos) << problem(path);
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  std::filesystem::permissions(directory / "", std::filesystem::perms(0757));
  EXPECT_NE(problem(path).find("can be written by others (mode 0757)"), std::string::npos);
  std::filesystem::permissions(directory / "", std::filesystem::perms(0755));
  if (geteuid() != 0) return;
  ASSERT_EQ(chown(path.c_str(), 1234, 0), 0);
  EXPECT_NE(problem(path).find("belongs to another user; run `chown root " + path),
            std::string::npos);
}

TEST(KeyPolicy, DebiansListIsTaken) {
  if (!std::filesystem::exists(kDefaultBlacklist)) GTEST_SKIP() << "no " << kDefaultBlacklist;
  KeyPolicy policy{KeySettings()};
  EXPECT_EQ(policy.refusal(new_key()), "");
  EXPECT_TRUE(policy.failures().empty() && policy.warnings().empty());
}

}  // namespace
}  // namespace ssh2core::tools
