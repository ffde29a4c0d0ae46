#include "tools/sftpd-lite/login/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "tools/common/files.h"
#include "tools/sftpd-lite/login/trusted_file.h"

namespace ssh2core::tools {

namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

/// As key lists are looked at: what others can write or replace, or guess passwords from, is not
/// used. InsecurePerms takes any file.
std::variant<FileContent, FileError> read_accounts(const char* directive, const AccountFile& file,
                                                   bool secret, bool any_mode) {
  if (any_mode) return read_file(file.path, kMostBytes);
  const auto nobody_else = [](uid_t) { return false; };
  auto read = read_trusted_file(file.path, kMostBytes, nobody_else, directive);
  const auto* content = std::get_if<FileContent>(&read);
  if (secret && content != nullptr && (content->mode & S_IROTH) != 0)
    return FileError{
        0, fmt::format("{} {}: everybody can read the hashes in it; run `chmod o-r {}`", directive,
                       file.path, file.path)};
  return read;
}

/// Reads and parses one of the files; empty when there is none, or why it cannot be used.
template <class Entry, class Parse>
std::string read_entries(const char* directive, const AccountFile& file, bool secret, bool any_mode,
                         Parse parse, std::vector<Entry>& entries) {
  if (file.path.empty()) return {};
  const auto read = read_accounts(directive, file, secret, any_mode);
  if (const auto* error = std::get_if<FileError>(&read)) {
    const bool named = error->what.starts_with(directive);
    return named ? error->what : fmt::format("{}: {}", directive, error->what);
  }
  auto parsed = parse(std::get<FileContent>(read).text());
  if (const auto* error = std::get_if<keys::PasswordFileError>(&parsed))
    return fmt::format("{}:{}: {}", file.path, error->line, error->what);
  entries = std::get<std::vector<Entry>>(std::move(parsed));
  return {};
}

bool is_in(const AccountFile& file, std::uint32_t id, const std::string& name) {
  return id >= file.least_id && id <= file.most_id && file.name.fits(name);
}

/// The names of all groups of an account of the system. Few groups cost as much as several.
std::vector<std::string> system_groups(const Account& account) {
  constexpr std::size_t kUsualGroups = 8;
  const std::vector<gid_t> ids = group_ids(account);
  std::vector<std::string> names;
  for (const gid_t id : ids)
    if (const group* entry = getgrgid(id)) names.emplace_back(entry->gr_name);
  for (std::size_t i = ids.size(); i < kUsualGroups; ++i) getgrgid(getegid());
  return names;
}

/// An account of people on this machine itself; nullopt when there is none.
std::optional<Account> local_account() {
  constexpr uid_t kFirst = 1000, kNobody = 65534;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/etc/passwd", "re"), fclose);
  if (!file) return std::nullopt;
  while (const passwd* entry = fgetpwent(file.get()))
    if (entry->pw_uid >= kFirst && entry->pw_uid != kNobody)
      return Account{entry->pw_name, entry->pw_dir,   entry->pw_uid,
                     entry->pw_gid,  entry->pw_shell, {}};
  return std::nullopt;
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
  begin_attempt();
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
Accounts::Answer& Accounts::look_up(const std::string& user) const {
  if (answer_ && answer_->user == user) return *answer_;
  Answer& answer = answer_.emplace(Answer{user, nullptr, {}, {}});
  if (uses(AccountSource::System)) answer.system = system_(user);
  const auto at = users_.find(user);
  if (!uses(AccountSource::File) || at == users_.end()) return answer;
  if (file_first() || !answer.system) answer.listed = &at->second;
  return answer;
}

std::optional<Account> Accounts::find(const std::string& user) const {
  const Answer& answer = look_up(user);
  if (answer.listed == nullptr) return answer.system;
  const keys::UserEntry& entry = *answer.listed;
  Account account{entry.name, entry.home, entry.uid, entry.gid, entry.shell, {}};
  account.groups.emplace();
  for (const keys::GroupEntry& group : groups_)
    if (std::ranges::find(group.members, user) != group.members.end())
      account.groups->push_back(group.gid);
  return account;
}

bool Accounts::is_listed(const std::string& user) const { return look_up(user).listed != nullptr; }

bool Accounts::is_locked(const std::string& user) const {
  const Answer& answer = look_up(user);
  return answer.listed != nullptr && answer.listed->locked;
}

/// The system is asked about somebody in any case.
std::vector<std::string> Accounts::look_up_groups(const Answer& answer) const {
  std::vector<std::string> names;
  if (uses(AccountSource::System)) names = system_groups(answer.system ? *answer.system : local_);
  if (answer.listed == nullptr) {
    if (!answer.system || answer.system->name != answer.user) names.clear();
    return names;
  }
  names.clear();
  for (const keys::GroupEntry& group : groups_)
    if (group.gid == answer.listed->gid ||
        std::ranges::find(group.members, answer.user) != group.members.end())
      names.push_back(group.name);
  return names;
}

std::vector<std::string> Accounts::groups_of(const std::string& user) const {
  Answer& answer = look_up(user);
  if (!answer.groups) answer.groups = look_up_groups(answer);
  return *answer.groups;
}

void Accounts::choose_decoy(const std::string& user) {
  const auto local = geteuid() == 0 ? local_account() : std::nullopt;
  local_ = local ? *local : own_account();
  decoy_name_ = user;
  if (user.empty() && uses(AccountSource::File) && !users_.empty())
    decoy_name_ = users_.begin()->first;
  if (decoy_name_.empty()) {
    decoy_ = local_;
    decoy_name_ = decoy_->name;
    return;
  }
  decoy_ = find(decoy_name_);
  begin_attempt();
}

std::optional<Account> Accounts::find_searched(const std::string& user) const {
  const bool asked = answer_ && answer_->user == user;
  return !asked && user == decoy_name_ ? decoy_ : find(user);
}

void Accounts::forget() {
  begin_attempt();
  users_.clear();
  groups_.clear();
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
