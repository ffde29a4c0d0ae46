#include "tools/sftpd-lite/login/identity.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace ssh2core::tools {

namespace {

template <class Lookup>
std::optional<Account> look_up(Lookup lookup) {
  std::vector<char> memory(16384);
  passwd entry{};
  passwd* found = nullptr;
  while (lookup(&entry, memory.data(), memory.size(), &found) == ERANGE &&
         memory.size() < (1U << 24))
    memory.resize(memory.size() * 2);
  if (found == nullptr) return std::nullopt;
  return Account{found->pw_name, found->pw_dir, found->pw_uid, found->pw_gid, found->pw_shell, {}};
}

std::string failed(const char* what, const Account& account) {
  return fmt::format("cannot become {}: {}: {}", account.name, what, strerror(errno));
}

}  // namespace

std::optional<Account> find_account(const std::string& name) {
  return look_up([&](passwd* entry, char* memory, std::size_t size, passwd** found) {
    return getpwnam_r(name.c_str(), entry, memory, size, found);
  });
}

Account own_account() {
  const uid_t uid = geteuid();
  const auto account = look_up([&](passwd* entry, char* memory, std::size_t size, passwd** found) {
    return getpwuid_r(uid, entry, memory, size, found);
  });
  return account.value_or(Account{fmt::format("{}", uid), "/", uid, getegid()});
}

std::vector<gid_t> group_ids(const Account& account) {
  int count = 64;
  std::vector<gid_t> ids(static_cast<std::size_t>(count));
  while (getgrouplist(account.name.c_str(), account.gid, ids.data(), &count) < 0 &&
         count > static_cast<int>(ids.size()))
    ids.resize(static_cast<std::size_t>(count));
  ids.resize(static_cast<std::size_t>(std::max(count, 0)));
  return ids;
}

std::optional<std::string> become(const Account& account) {
  const int groups = account.groups ? setgroups(account.groups->size(), account.groups->data())
                                    : initgroups(account.name.c_str(), account.gid);
  if (groups != 0) return failed("groups", account);
  if (setresgid(account.gid, account.gid, account.gid) != 0) return failed("setresgid", account);
  if (setresuid(account.uid, account.uid, account.uid) != 0) return failed("setresuid", account);
  // Nothing that this process starts or opens gives the rights back.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs", account);
  if (account.uid != 0 && (setuid(0) == 0 || geteuid() != account.uid))
    return fmt::format("cannot become {}: root's rights would come back", account.name);
  return std::nullopt;
}

}  // namespace ssh2core::tools
