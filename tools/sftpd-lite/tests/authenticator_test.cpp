#include "tools/sftpd-lite/login/authenticator.h"

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keys/private_key_file.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

PublicKey new_key() {
  return PublicKey::from_blob(PrivateKey::generate_ed25519().public_blob()).value();
}
std::string line_of(const PublicKey& key) {
  return keys::to_openssh_public_line(key.blob(), "test") + "\n";
}
AuthDecision ask(FileAuthenticator& authenticator, std::string_view user, const PublicKey& key) {
  AuthDecision answer{false, "not called"};
  authenticator.check_key(user, key, [&](AuthDecision decision) { answer = std::move(decision); });
  return answer;
}
AuthDecision ask(FileAuthenticator& authenticator, std::string_view user,
                 std::string_view password) {
  AuthDecision answer{false, "not called"};
  authenticator.check_password(user, Secret(as_bytes(password)),
                               [&](AuthDecision decision) { answer = std::move(decision); });
  return answer;
}
/// "opensesame" for ann, cheaply hashed.
keys::PasswordFile passwords() {
  return std::get<keys::PasswordFile>(keys::PasswordFile::parse(
      "ann:$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi"));
}

TEST(KeyPaths, AreExpanded) {
  EXPECT_EQ(expand_key_path("/keys/%u", "ann"), "/keys/ann");
  EXPECT_EQ(expand_key_path("/keys/%u/100%%/%x%", "ann"), "/keys/ann/100%/%x%");
  const std::string home = getpwnam("root")->pw_dir;
  EXPECT_EQ(expand_key_path("%h/.ssh/authorized_keys", "root"), home + "/.ssh/authorized_keys");
  EXPECT_EQ(expand_key_path("~/keys", "root"), home + "/keys");
  EXPECT_EQ(expand_key_path("/a~/%u", "ann"), "/a~/ann");
  EXPECT_EQ(expand_key_path("%h/keys", "no-such-user-here"), "");
  for (const std::string user : {"", ".", "..", "a/b", "../root"})
    EXPECT_EQ(expand_key_path("/keys/%u", user), "") << user;
  EXPECT_EQ(expand_key_path("/keys/%u", std::string("a\0b", 3)), "");
  EXPECT_FALSE(depends_on_user("/keys/list"));
  EXPECT_FALSE(depends_on_user("/keys/~"));
  EXPECT_TRUE(depends_on_user("~/keys"));
}

TEST(FileAuthenticator, AcceptsTheKeysOfASharedList) {
  const TemporaryDirectory directory;
  const PublicKey good = new_key(), restricted = new_key(), bad = new_key();
  AuthenticatorSettings settings;
  settings.key_files = {
      directory.write("keys", line_of(good) + "from=\"::1\" " + line_of(restricted), 0640)};
  settings.users = {"ann"};
  FileAuthenticator authenticator(std::move(settings));
  EXPECT_TRUE(authenticator.failures().empty());
  EXPECT_TRUE(authenticator.warnings().empty());
  EXPECT_EQ(authenticator.methods("ann"), NameList{"publickey"});

  EXPECT_TRUE(ask(authenticator, "ann", good).accepted);
  EXPECT_FALSE(ask(authenticator, "ann", bad).accepted);
  EXPECT_FALSE(ask(authenticator, "ann", restricted).accepted);
  authenticator.begin("::1");
  EXPECT_TRUE(ask(authenticator, "ann", restricted).accepted);
  authenticator.begin("::2");
  EXPECT_FALSE(ask(authenticator, "ann", restricted).accepted);
  EXPECT_FALSE(ask(authenticator, "bob", good).accepted);
  EXPECT_EQ(ask(authenticator, "bob", good).reason, "the user is not permitted");
  EXPECT_FALSE(ask(authenticator, "ann", "password").accepted);
}

TEST(FileAuthenticator, ReadsAUsersListAtEachAttempt) {
  const TemporaryDirectory directory;
  const PublicKey key = new_key();
  AuthenticatorSettings settings;
  settings.key_files = {directory / "%u.keys"};
  FileAuthenticator authenticator(std::move(settings));
  EXPECT_FALSE(ask(authenticator, "root", key).accepted);
  const std::string path = directory.write("root.keys", line_of(key));
  EXPECT_TRUE(ask(authenticator, "root", key).accepted);
  EXPECT_FALSE(ask(authenticator, "ann", key).accepted);
  EXPECT_FALSE(ask(authenticator, "../root", key).accepted);
  directory.write("root.keys", "from=\"::1\" " + line_of(key));
  EXPECT_NE(ask(authenticator, "root", key).reason.find("root.keys:1: the key may not come from"),
            std::string::npos);
  directory.write("root.keys", line_of(key), 0660);
  EXPECT_NE(ask(authenticator, "root", key).reason.find("chmod go-w"), std::string::npos);
}

TEST(FileAuthenticator, DoesNotTrustAListThatOthersCanWrite) {
  const TemporaryDirectory directory;
  const PublicKey key = new_key();
  AuthenticatorSettings settings;
  settings.key_files = {directory.write("keys", line_of(key), 0662), directory / "missing"};
  FileAuthenticator authenticator(std::move(settings));
  ASSERT_EQ(authenticator.failures().size(), 2U);
  EXPECT_NE(authenticator.failures()[0].find("chmod go-w"), std::string::npos);
  EXPECT_NE(authenticator.failures()[1].find("missing"), std::string::npos);
  EXPECT_FALSE(ask(authenticator, "ann", key).accepted);
}

TEST(FileAuthenticator, ChecksPasswordsOfAFile) {
  const auto gate = std::make_shared<HashGate>(1U);
  AuthenticatorSettings settings;
  settings.passwords = passwords();
  settings.gate = gate;
  FileAuthenticator authenticator(std::move(settings));
  EXPECT_EQ(authenticator.methods("ann"), NameList{"password"});
  EXPECT_TRUE(ask(authenticator, "ann", "opensesame").accepted);
  EXPECT_EQ(ask(authenticator, "ann", "wrong").reason, "wrong password");
  EXPECT_EQ(ask(authenticator, "bob", "opensesame").reason, "unknown user");
  EXPECT_FALSE(ask(authenticator, "ann", "").accepted);
}

TEST(FileAuthenticator, AllowedUsersBoundAllSources) {
  const TemporaryDirectory directory;
  const PublicKey key = new_key();
  AuthenticatorSettings settings;
  settings.passwords = passwords();
  settings.key_files = {directory.write("keys", line_of(key))};
  settings.known_user = [](const std::string& user) { return user != "ann"; };
  FileAuthenticator by_condition(std::move(settings));
  EXPECT_FALSE(ask(by_condition, "ann", "opensesame").accepted);
  EXPECT_FALSE(ask(by_condition, "ann", key).accepted);
  EXPECT_TRUE(ask(by_condition, "bob", key).accepted);
  EXPECT_EQ(by_condition.methods("x"), (NameList{"publickey", "password"}));

  settings = AuthenticatorSettings();
  settings.passwords = passwords();
  settings.users = {"bob"};
  FileAuthenticator by_list(std::move(settings));
  EXPECT_FALSE(ask(by_list, "ann", "opensesame").accepted);
}

TEST(FileAuthenticator, KnowsThePasswordOfOneRun) {
  AuthenticatorSettings settings;
  settings.one_off_user = "ann";
  settings.one_off_password = Secret(as_bytes("once"));
  FileAuthenticator authenticator(std::move(settings));
  EXPECT_EQ(authenticator.methods("x"), NameList{"password"});
  EXPECT_TRUE(ask(authenticator, "ann", "once").accepted);
  EXPECT_EQ(ask(authenticator, "ann", "twice").reason, "wrong password");
  EXPECT_EQ(ask(authenticator, "bob", "once").reason, "unknown user");
  EXPECT_FALSE(ask(authenticator, "ann", "").accepted);
}

TEST(FileAuthenticator, GivesUpAtTheGateInTime) {
  const auto gate = std::make_shared<HashGate>(1U);
  AuthenticatorSettings settings;
  settings.passwords = passwords();
  settings.gate = gate;
  settings.patience = std::chrono::milliseconds(30);
  FileAuthenticator authenticator(std::move(settings));
  const auto pass = gate->enter(std::chrono::milliseconds(0));
  ASSERT_TRUE(pass);
  const pid_t child = fork();  // another process, for which the pass is taken
  if (child == 0)
    _exit(ask(authenticator, "ann", "opensesame").reason.find("too many") == 0 ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ssh2core::tools
