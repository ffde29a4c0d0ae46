// Which account of this machine a session runs as.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ssh2core::tools {

struct Account {
  std::string name, home;
  uid_t uid;
  gid_t gid;
  std::string shell = {};
  /// The groups beside gid; nullopt: those that the system knows.
  std::optional<std::vector<gid_t>> groups = {};
};
/// Finds an account by its name.
using AccountLookup = std::function<std::optional<Account>(const std::string&)>;

/// The account with this name, or this number; nullopt when the system knows none.
std::optional<Account> find_account(const std::string& name);
/// The account that runs this program.
Account own_account();

/// The groups beside gid that the system knows for the account.
std::vector<gid_t> group_ids(const Account& account);

/// Gives up all rights of root for good and becomes the account: its groups, gid and uid. Returns
/// what went wrong as a sentence; then the process must not go on.
std::optional<std::string> become(const Account& account);

}  // namespace ssh2core::tools
