// Accounts: asked for once in an attempt, and only under their own names.
#include "tools/sftpd-lite/login/accounts.h"

#include <unistd.h>

#include "keys/private_key_file.h"
#include "libssh2core/crypto/hash.h"
#include "tools/sftpd-lite/login/authenticator.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {
namespace {

constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi";

/// A name service that does not mind the case, and counts.
struct NameService {
  std::shared_ptr<int> asked = std::make_shared<int>(0);
  AccountLookup lookup() const {
    return [count = asked](const std::string& name) -> std::optional<Account> {
      ++*count;
      if (strcasecmp(name.c_str(), "ann") != 0) return std::nullopt;
      return Account{"ann", "/nonexistent/ann", geteuid(), getegid(), "/bin/sh", {}};
    };
  }
};

PublicKey new_key() {
  return PublicKey::from_blob(PrivateKey::generate_ed25519().public_blob()).value();
}

struct World {
  TemporaryDirectory directory;
  NameService names;
  PublicKey key = new_key();
  std::unique_ptr<FileAuthenticator> authenticator;

  /// `users`: the text of a file of passwords.
  explicit World(const std::string& users = std::string("ann:") + kHash + "\nANN:" + kHash) {
    auto accounts = std::make_shared<Accounts>(AccountSettings(), names.lookup());
    accounts->choose_decoy("");
    AuthenticatorSettings settings;
    const std::string line = keys::to_openssh_public_line(key.blob(), "test") + "\n";
    settings.key_files = {directory.write("keys", line), directory / "%u.keys", "~/keys"};
    settings.accounts = accounts;
    settings.passwords = std::get<keys::PasswordFile>(keys::PasswordFile::parse(users));
    settings.known_user = [accounts](const std::string& user) {
      return accounts->find(user).has_value();
    };
    settings.admission = [accounts](const std::string& user) {
      accounts->groups_of(user);
      return true;
    };
    authenticator = std::make_unique<FileAuthenticator>(std::move(settings));
    *names.asked = 0;
  }
  bool enters(const std::string& user) {
    bool entered = false;
    authenticator->check_key(user, key, [&](const AuthDecision& d) { entered = d.accepted; });
    return entered;
  }
  bool enters(const std::string& user, const std::string& password) {
    bool entered = false;
    authenticator->check_password(user, Secret(as_bytes(password)),
                                  [&](const AuthDecision& d) { entered = d.accepted; });
    return entered;
  }
};

TEST(Accounts, OtherSpellingsOfANameAreRefused) {
  World world;
  EXPECT_TRUE(world.enters("ann"));
  EXPECT_TRUE(world.enters("ann", "opensesame"));
  for (const char* spelling : {"Ann", "ANN", "aNN"}) {
    EXPECT_FALSE(world.enters(spelling)) << spelling;
    EXPECT_FALSE(world.enters(spelling, "opensesame")) << spelling;
  }
}

TEST(Accounts, AreAskedForOnceInAnAttempt) {
  for (const char* user : {"ann", "nobody-known", "ANN"}) {
    World world;
    world.enters(user);
    EXPECT_EQ(*world.names.asked, 1) << user << " by key";
    world.enters(user, "wrong");
    EXPECT_EQ(*world.names.asked, 2) << user << " by password";
  }
}

TEST(Accounts, TheListOfTheDecoyOpensNothing) {
  World world;
  const TemporaryDirectory directory;
  const Account own = own_account();
  const std::string line = keys::to_openssh_public_line(world.key.blob(), "test") + "\n";
  const auto accounts = std::make_shared<Accounts>(
      AccountSettings(), [](const std::string&) -> std::optional<Account> { return {}; });
  accounts->choose_decoy("ann");
  directory.write("ann", line);
  AuthenticatorSettings settings;
  settings.key_files = {directory / "%u"};
  settings.accounts = accounts;
  settings.known_user = [](const std::string& user) { return user == "ann"; };
  FileAuthenticator authenticator(std::move(settings));
  const auto enters = [&](const char* user) {
    bool entered = false;
    authenticator.check_key(user, world.key, [&](const AuthDecision& d) { entered = d.accepted; });
    return entered;
  };
  EXPECT_TRUE(enters("ann"));
  EXPECT_FALSE(enters("mallory")) << "her key is on the list that was searched";
}

TEST(Accounts, AreForgotten) {
  World world;
  EXPECT_TRUE(world.enters("ann", "opensesame"));
  world.authenticator->forget();
  EXPECT_FALSE(world.enters("ann", "opensesame"));
}

}  // namespace
}  // namespace ssh2core::tools
