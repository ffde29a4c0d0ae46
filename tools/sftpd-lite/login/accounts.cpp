#include "tools/sftpd-lite/login/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/common/files.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::string folder_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

/// As mod_auth_file looks at such a file: what everybody can write, or replace, or guess passwords
/// from, is not used. Empty, or what is wrong.
std::string mode_problem(const std::string& path, bool secret) {
  struct stat info{};
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr || stat(resolved, &info) != 0)
    return fmt::format("{}: {}", path, strerror(errno));
  if (!S_ISREG(info.st_mode)) return fmt::format("{}: is no regular file", path);
  if ((info.st_mode & S_IWOTH) != 0)
    return fmt::format("{}: everybody can write it; chmod o-w", path);
  if (secret && (info.st_mode & S_IROTH) != 0)
    return fmt::format("{}: everybody can read the hashes in it; chmod o-r", path);
  for (const std::string& folder : {folder_of(path), folder_of(resolved)})
    if (stat(folder.c_str(), &info) != 0 || (info.st_mode & S_IWOTH) != 0)
      return fmt::format("{}: everybody can write its directory; chmod o-w {}", path, folder);
  return {};
}

/// Reads and parses one of the files; empty when there is none, or why it cannot be used.
template <class Entry, class Parse>
std::string read_entries(const char* directive, const AccountFile& file, bool secret, bool any_mode,
                         Parse parse, std::vector<Entry>& entries) {
  if (file.path.empty()) return {};
  if (!any_mode)
    if (std::string problem = mode_problem(file.path, secret); !problem.empty())
      return fmt::format("{} {}", directive, problem);
  const auto read = read_file(file.path, kMostBytes);
  if (const auto* error = std::get_if<FileError>(&read))
    return fmt::format("{}: {}", directive, error->what);
  auto parsed = parse(std::get<FileContent>(read).text());
  if (const auto* error = std::get_if<keys::PasswordFileError>(&parsed))
    return fmt::format("{}:{}: {}", file.path, error->line, error->what);
  entries = std::get<std::vector<Entry>>(std::move(parsed));
  return {};
}

bool is_in(const AccountFile& file, std::uint32_t id, const std::string& name) {
  return id >= file.least_id && id <= file.most_id && file.name.fits(name);
}

/// The names of all groups of an account of the system.
std::vector<std::string> system_groups(const Account& account) {
  std::vector<std::string> names;
  for (const gid_t id : group_ids(account))
    if (const group* entry = getgrgid(id)) names.emplace_back(entry->gr_name);
  return names;
}

}  // namespace

Accounts::Stamp Accounts::stamp_of(const std::string& path) {
  struct stat info{};
  if (path.empty() || stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_ctim};
}

bool Accounts::same(const Stamp& a, const Stamp& b) {
  return a.device == b.device && a.inode == b.inode && a.size == b.size &&
         a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
}

std::vector<std::string> Accounts::load() {
  // Before the files are read: a change meanwhile is seen the next time.
  users_stamp_ = stamp_of(settings_.users.path);
  groups_stamp_ = stamp_of(settings_.groups.path);
  std::vector<keys::UserEntry> users;
  std::vector<keys::GroupEntry> groups;
  std::vector<std::string> problems;
  for (std::string problem :
       {read_entries("AuthUserFile", settings_.users, true, settings_.insecure_modes,
                     keys::parse_user_file, users),
        read_entries("AuthGroupFile", settings_.groups, false, settings_.insecure_modes,
                     keys::parse_group_file, groups)})
    if (!problem.empty()) problems.push_back(std::move(problem));
  if (!problems.empty()) return problems;
  users_.clear();
  for (keys::UserEntry& user : users)
    if (is_in(settings_.users, user.uid, user.name) && settings_.users.home.fits(user.home))
      users_.emplace(user.name, std::move(user));
  std::erase_if(groups,
                [this](const auto& one) { return !is_in(settings_.groups, one.gid, one.name); });
  groups_ = std::move(groups);
  return {};
}

bool Accounts::changed() const {
  return !same(stamp_of(settings_.users.path), users_stamp_) ||
         !same(stamp_of(settings_.groups.path), groups_stamp_);
}

bool Accounts::uses(AccountSource source) const {
  if (!settings_.order) return source != AccountSource::Pam;
  return std::ranges::find(*settings_.order, source) != settings_.order->end();
}

bool Accounts::file_first() const {
  const auto& order = settings_.order;
  return !order || std::ranges::find(*order, AccountSource::File) <
                       std::ranges::find(*order, AccountSource::System);
}

/// All sources are asked for every name: the work must not say which one knows it.
Accounts::Known Accounts::look_up(const std::string& user) const {
  Known known;
  if (uses(AccountSource::System)) known.system = find_account(user);
  const auto at = users_.find(user);
  if (!uses(AccountSource::File) || at == users_.end()) return known;
  if (file_first() || !known.system) known.listed = &at->second;
  return known;
}

std::optional<Account> Accounts::find(const std::string& user) const {
  Known known = look_up(user);
  if (known.listed == nullptr) return std::move(known.system);
  const keys::UserEntry& entry = *known.listed;
  Account account{entry.name, entry.home, entry.uid, entry.gid, entry.shell, {}};
  account.groups.emplace();
  for (const keys::GroupEntry& group : groups_)
    if (std::ranges::find(group.members, user) != group.members.end())
      account.groups->push_back(group.gid);
  return account;
}

bool Accounts::is_listed(const std::string& user) const { return look_up(user).listed != nullptr; }

bool Accounts::is_locked(const std::string& user) const {
  const Known known = look_up(user);
  return known.listed != nullptr && known.listed->locked;
}

std::vector<std::string> Accounts::groups_of(const std::string& user) const {
  const auto account = find(user);
  if (!account || account->name != user) return {};
  if (!account->groups) return system_groups(*account);
  std::vector<std::string> names;
  for (const keys::GroupEntry& group : groups_)
    if (group.gid == account->gid || std::ranges::find(group.members, user) != group.members.end())
      names.push_back(group.name);
  return names;
}

std::vector<keys::PasswordEntry> Accounts::passwords() const {
  std::vector<keys::PasswordEntry> entries;
  const bool all = uses(AccountSource::File) && file_first();
  for (const auto& [name, user] : users_)
    if (!user.hash.empty() && (all || is_listed(name)))
      entries.push_back({name, user.hash, user.line});
  return entries;
}

}  // namespace ssh2core::tools
