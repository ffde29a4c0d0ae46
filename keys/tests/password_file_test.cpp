#include "keys/password_file.h"

#include <gtest/gtest.h>

#include "keys/password_hash.h"
#include "keys/tests/key_files.h"

namespace ssh2core::keys {
namespace {

Secret secret(std::string_view text) { return Secret(as_bytes(text)); }

/// Hashes of "opensesame", cheap ones, made by this system's crypt(3) and by libsodium's smallest
/// limits.
const char* const kHashes[] = {
    "abnSn8x7blSdk",
    "$1$saltsalt$DoPDqEvtl7sTRDfUfLChZ1",
    "$5$rounds=1000$saltsalt$T4jqsJFgRDht3WIN/hYm5Lfe23jNwzWkvinfOzwAU3D",
    ("$6$rounds=1000$saltsalt$TPu4UqmyL5OVZGYM2Kk9GTRVrXLPxIJOBXlPlWA3JDTo9p7SPTrJE2SDVNbogN/"
     "WdkPbIQriAQFeTSYtjphWJ/"),
    "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi",
    "$y$j75$saltsaltsalt$SYgWXqqW6uZxlSffSexf2CqPMuZtM4Mwb7pPAbYkNZ6",
    "$7$AU..../....saltsalt$kMkg0EcXYkxbEj/8DaxlpbrUb99y018xJc1ZUi65.//",
    "ARGON2",
};

PasswordFile parsed(std::string_view text) {
  auto file = PasswordFile::parse(text);
  const auto* error = std::get_if<PasswordFileError>(&file);
  EXPECT_EQ(error, nullptr) << (error == nullptr ? "" : error->what);
  return error == nullptr ? std::get<PasswordFile>(std::move(file)) : PasswordFile();
}
std::optional<PasswordFileError> error_of(std::string_view text) {
  auto file = PasswordFile::parse(text);
  if (auto* error = std::get_if<PasswordFileError>(&file)) return std::move(*error);
  return std::nullopt;
}

TEST(PasswordFile, KnowsTheRightPasswordForEveryKindOfHash) {
  for (std::string hash : kHashes) {
    if (hash == "ARGON2") hash = hash_password(secret(kTestPassphrase));
    const PasswordFile file = parsed("ann:" + hash + "\n");
    EXPECT_TRUE(file.verify("ann", secret(kTestPassphrase))) << hash;
    EXPECT_FALSE(file.verify("ann", secret("Opensesame"))) << hash;
    EXPECT_FALSE(file.verify("ann", secret(""))) << hash;
    EXPECT_FALSE(file.verify("ann", secret({"opensesame\0x", 12}))) << hash;
    EXPECT_FALSE(file.verify("bob", secret(kTestPassphrase))) << hash;
    EXPECT_FALSE(file.verify("", secret(kTestPassphrase))) << hash;
    EXPECT_FALSE(file.verify("ann", Secret(as_bytes(std::string(2000, 'x'))))) << hash;
  }
}

TEST(PasswordFile, DecoyIsOfTheSameKindAndNobodys) {
  for (std::string hash : kHashes) {
    if (hash == "ARGON2") hash = hash_password(secret(kTestPassphrase));
    const std::string decoy = decoy_of(hash);
    EXPECT_EQ(decoy.size(), hash.size());
    EXPECT_NE(decoy, hash);
    EXPECT_EQ(hash_kind(decoy), hash_kind(hash));
    EXPECT_EQ(hash_problem(decoy), "") << decoy;
    EXPECT_FALSE(check_password_hash(decoy, secret(kTestPassphrase)));
  }
  EXPECT_EQ(hash_kind(kHashes[3]), "$6$rounds=1000");
  EXPECT_EQ(hash_kind(kHashes[4]), "$2b$04$");
  EXPECT_EQ(hash_kind(kHashes[5]), "$y$j75");
}

TEST(PasswordFile, SkipsCommentsAndEmptyLines) {
  const std::string hash = kHashes[4];
  const PasswordFile file =
      parsed("\xef\xbb\xbf# users\r\n\r\n  \nann:" + hash + "\r\nbob:" + hash);
  ASSERT_EQ(file.entries().size(), 2U);
  EXPECT_EQ(file.entries()[0].line, 4U);
  EXPECT_TRUE(file.has_user("bob"));
  EXPECT_FALSE(file.has_user("carl"));
  EXPECT_TRUE(file.verify("bob", secret(kTestPassphrase)));
  EXPECT_FALSE(parsed("").verify("ann", secret("x")));
}

TEST(PasswordFile, NamesTheLineThatIsWrong) {
  const std::string good = std::string("ann:") + kHashes[4] + "\n";
  struct Case {
    const char *user, *hash, *behind, *what;
  };
  const Case cases[] = {
      {"bob", "", "", "colon"},
      {":", kHashes[4], "", "empty"},
      {"bob:", "", "", "empty"},
      {"bob:", "!", "", "locked"},
      {"bob:", "*", "", "locked"},
      {"bob:", "secret", "", "clear"},
      {"bob:", "abnSn8x7bl-dk", "", "clear"},
      {"bob:", "$apr1$saltsalt$DoPDqEvtl7sTRDfUfLChZ1", "", "knows"},
      {"bob:", "$6$", "", "knows"},
      {"bob:", "$argon2id$v=19$m=65536,t=2,p=1$abc", "", "damaged"},
      {"bob:", "$argon2x$v=19$m=65536,t=2,p=1$abc$def", "", "damaged"},
      {"bob :", kHashes[4], "", "blanks"},
      {"bob:", kHashes[4], " ", "blank"},
      {"bob:", kHashes[3], ":19000:0:99999:7:::", "shadow"},
      {"ann:", kHashes[5], "", "line 1 already"},
  };
  for (const Case& c : cases) {
    const std::string line = std::string(c.user).append(c.hash).append(c.behind);
    const auto error = error_of(good + line + "\n");
    ASSERT_TRUE(error) << line;
    EXPECT_EQ(error->line, 2U) << line;
    EXPECT_NE(error->what.find(c.what), std::string::npos) << line << ": " << error->what;
  }
  const auto too_long = error_of("bob:$argon2id$" + std::string(200, 'a'));
  ASSERT_TRUE(too_long);
  EXPECT_NE(too_long->what.find("too long"), std::string::npos);
}

TEST(PasswordFile, SettingAPasswordKeepsTheRest) {
  const std::string a = kHashes[4], b = kHashes[5];
  const auto set = [](std::string_view text, std::string_view user, std::string_view hash) {
    auto result = set_password(text, user, hash);
    const auto* error = std::get_if<PasswordFileError>(&result);
    return error == nullptr ? std::get<std::string>(result)
                            : std::string("error: ").append(error->what);
  };
  EXPECT_EQ(set("", "ann", a), "ann:" + a + "\n");
  EXPECT_EQ(set("# x\nann:" + a, "bob", b), "# x\nann:" + a + "\nbob:" + b + "\n");
  EXPECT_EQ(set("# x\n\nann:" + a + "\r\nbob:" + b + "\n#ann:y\n", "ann", b),
            "# x\n\nann:" + b + "\r\nbob:" + b + "\n#ann:y\n");
  EXPECT_EQ(set("anna:" + a + "\n", "ann", b), "anna:" + a + "\nann:" + b + "\n");
  const std::string mark = "\xef\xbb\xbf";  // stays, and belongs to no name
  EXPECT_EQ(set(mark + "ann:" + a + "\n", "ann", b), mark + "ann:" + b + "\n");
  EXPECT_EQ(set("rubbish\n", "ann", a).substr(0, 5), "error");
  EXPECT_EQ(set("", "a:b", a).substr(0, 5), "error");
  EXPECT_EQ(set("", "#a", a).substr(0, 5), "error");
  EXPECT_EQ(set("", "", a).substr(0, 5), "error");
}

TEST(PasswordFile, SurvivesEveryTruncationAndRandomDamage) {
  std::string text = "# users\n";
  for (const char* hash : kHashes)
    text.append("u").append(std::to_string(text.size())).append(":").append(hash).append("\n");
  text += "me:$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + std::string(43, 'A') + "\n";
  const auto read = [](const std::string& damaged) { (void)PasswordFile::parse(damaged); };
  for_every_truncation(text, read);
  for_random_mutations(text, 5000, read);
}

TEST(PasswordHash, NeverThrowsForABrokenHash) {
  for (const char* hash : {"", "x", "$", "$$", "$6$", "$argon2id$",
                           "$argon2id$v=19$m=1,t=1,p=1$a$b", "$2b$99$abc", "*0", "!!"})
    EXPECT_FALSE(check_password_hash(hash, secret(kTestPassphrase))) << hash;
}

}  // namespace
}  // namespace ssh2core::keys
