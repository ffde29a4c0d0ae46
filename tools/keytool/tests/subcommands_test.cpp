#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "keys/authorized_keys.h"
#include "keys/password_file.h"
#include "keys/private_key_file.h"
#include "tools/common/exit_code.h"
#include "tools/common/files.h"
#include "tools/keytool/generate.h"
#include "tools/keytool/passwd.h"

namespace ssh2core::tools {
namespace {

class Keytool : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    setenv("SSH2CORE_TEST_SECRET", "opensesame", 1);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string content(const std::string& name) const {
    const auto read = read_file(path(name), 100000);
    const auto* file = std::get_if<FileContent>(&read);
    EXPECT_NE(file, nullptr) << name;
    return file == nullptr ? "" : std::string(file->text());
  }
  mode_t mode(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(stat(path(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  PasswdOptions passwd(const std::string& user, const std::string& file) const {
    PasswdOptions options;
    options.user = user;
    options.file = file.empty() ? "" : path(file);
    options.source.variable = "SSH2CORE_TEST_SECRET";
    return options;
  }
  std::string directory_ = std::filesystem::temp_directory_path() / "ssh2core.XXXXXX";
};

/// The exit code that a call ends with; kDone when it returns.
ExitCode code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const ExitError& error) {
    return error.code;
  }
  return kDone;
}

bool opens(const std::string& text, std::string_view user) {
  const auto file = keys::PasswordFile::parse(text);
  const auto* passwords = std::get_if<keys::PasswordFile>(&file);
  return passwords != nullptr && passwords->verify(user, Secret(as_bytes("opensesame")));
}

TEST_F(Keytool, PasswdPrintsALine) {
  const std::string line = run_passwd(passwd("ann", ""));
  EXPECT_EQ(line.rfind("ann:$argon2id$", 0), 0U);
  EXPECT_TRUE(opens(line, "ann"));
}

TEST_F(Keytool, PasswdKeepsTheRestOfAFile) {
  EXPECT_EQ(run_passwd(passwd("ann", "passwords")), "");
  EXPECT_EQ(mode("passwords"), 0600U);
  std::ofstream(path("passwords"), std::ios::app) << "# a comment\n";
  run_passwd(passwd("bob", "passwords"));
  const std::string before = content("passwords");
  run_passwd(passwd("ann", "passwords"));
  const std::string after = content("passwords");
  EXPECT_TRUE(opens(after, "ann"));
  EXPECT_TRUE(opens(after, "bob"));
  EXPECT_NE(before, after);  // another salt
  EXPECT_EQ(before.substr(before.find('\n')), after.substr(after.find('\n')));
}

TEST_F(Keytool, PasswdRefusesWhatItCannotWrite) {
  EXPECT_EQ(code_of([&] { run_passwd(passwd("a:b", "")); }), kUsage);
  std::ofstream(path("rubbish")) << "rubbish\n";
  EXPECT_EQ(code_of([&] { run_passwd(passwd("ann", "rubbish")); }), kUsage);
  EXPECT_EQ(content("rubbish"), "rubbish\n");
  EXPECT_EQ(code_of([&] { run_passwd(passwd("ann", "none/passwords")); }), kFailed);
  setenv("SSH2CORE_TEST_SECRET", "", 1);
  EXPECT_EQ(code_of([&] { run_passwd(passwd("ann", "")); }), kUsage);
}

TEST_F(Keytool, GenerateWritesAPair) {
  GenerateOptions options;
  options.output = path("key");
  options.comment = "me here";
  const std::string said = run_generate(options);
  EXPECT_NE(said.find("SHA256:"), std::string::npos);
  EXPECT_EQ(mode("key"), 0600U);
  const auto key = keys::parse_private_key(content("key"));
  ASSERT_TRUE(std::holds_alternative<PrivateKey>(key));
  const auto list = keys::parse_authorized_keys(content("key.pub"));
  ASSERT_EQ(list.keys.size(), 1U);
  EXPECT_EQ(list.keys[0].blob, std::get<PrivateKey>(key).public_blob());
  EXPECT_EQ(list.keys[0].comment, "me here");

  const std::string before = content("key");
  EXPECT_EQ(code_of([&] { run_generate(options); }), kRefused);
  std::filesystem::remove(path("key"));
  EXPECT_EQ(code_of([&] { run_generate(options); }), kRefused);  // key.pub is still there
  EXPECT_FALSE(std::filesystem::exists(path("key")));
  options.force = true;
  EXPECT_EQ(code_of([&] { run_generate(options); }), kDone);
  EXPECT_NE(content("key"), before);
  options.comment = "two\nlines";
  EXPECT_EQ(code_of([&] { run_generate(options); }), kUsage);
}

}  // namespace
}  // namespace ssh2core::tools
