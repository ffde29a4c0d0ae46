// The accounts that there are: those of AuthUserFile and those of the system, in the order of
// AuthOrder. Who stands in the first source that knows the name is meant, everywhere. The sources
// are asked once for each attempt to log in, with the same work whether they know the name or not.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keys/account_files.h"
#include "tools/sftpd-lite/login/account_settings.h"
#include "tools/sftpd-lite/login/identity.h"

namespace ssh2core::tools {

class Accounts {
 public:
  /// `system` knows the accounts of the system.
  explicit Accounts(AccountSettings settings, AccountLookup system = find_account)
      : settings_(std::move(settings)), system_(std::move(system)) {}

  /// Reads the files. What is wrong, a sentence each: then nothing has changed.
  std::vector<std::string> load();
  /// Whether the files are not those that load() has read, or tried to.
  bool changed() const;

  /// An attempt to log in begins: what was looked up before is looked up again.
  void begin_attempt() const { answer_.reset(); }
  /// For names that may not log in the lists of this one are searched; empty: of some account that
  /// is there. Behind load().
  void choose_decoy(const std::string& user);
  /// The name that choose_decoy() has chosen.
  const std::string& decoy() const { return decoy_name_; }
  /// The account whose lists are searched: as find(), and without asking anybody for the decoy.
  std::optional<Account> find_searched(const std::string& user) const;
  /// Wipes all hashes, and forgets all accounts: nobody logs in here any more.
  void forget();

  /// Whether AuthOrder has this source; without it, files and the system.
  bool uses(AccountSource source) const;
  /// The account that a name means; nullopt when there is none.
  std::optional<Account> find(const std::string& user) const;
  /// Whether the name means an account of AuthUserFile.
  bool is_listed(const std::string& user) const;
  /// Whether it is one that nothing opens.
  bool is_locked(const std::string& user) const;
  /// The names of all groups of an account.
  std::vector<std::string> groups_of(const std::string& user) const;
  /// The hashes of AuthUserFile.
  std::vector<keys::PasswordEntry> passwords() const;

 private:
  /// What tells a file from the one that was read before.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec changed{};
  };
  static Stamp stamp_of(const std::string& path);
  static bool same(const Stamp& a, const Stamp& b);
  /// What the sources say of a name.
  struct Answer {
    std::string user;
    const keys::UserEntry* listed = nullptr;  // when that is the account that is meant
    std::optional<Account> system;
    std::optional<std::vector<std::string>> groups;  // when they were asked for
  };
  /// Asked for once in an attempt.
  Answer& look_up(const std::string& user) const;
  std::vector<std::string> look_up_groups(const Answer& answer) const;
  /// Whether an account of AuthUserFile stands above one of the system with its name.
  bool file_first() const;

  AccountSettings settings_;
  AccountLookup system_;
  std::string decoy_name_;
  std::optional<Account> decoy_;
  Account local_{{}, {}, 0, 0};           // of the system, for names that it does not know
  mutable std::optional<Answer> answer_;  // of the attempt under way
  std::map<std::string, keys::UserEntry, std::less<>> users_;
  std::vector<keys::GroupEntry> groups_;
  Stamp users_stamp_, groups_stamp_;  // of what was read last, usable or not
};

}  // namespace ssh2core::tools
