#include "tools/sftpd-lite/files/rule_context.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

using sftp::Attributes;

namespace {
// Whose a name is that the system does not know; shown_name() gives it back.
constexpr std::uint32_t kNobody = 65534;
}  // namespace

RuleContext::RuleContext(std::unique_ptr<PathRules> rules, std::string root,
                         std::function<void(const std::string&)> told)
    : rules_(std::move(rules)), prefix_(std::move(root)), told_(std::move(told)) {
  while (prefix_.ends_with('/')) prefix_.pop_back();
}

std::string RuleContext::on_machine(const std::string& path) const {
  return path == "/" && !prefix_.empty() ? prefix_ : prefix_ + path;
}

const Here& RuleContext::at(const std::string& path) {
  return rules_->at(rules_->has_directories() ? on_machine(path) : std::string());
}

bool RuleContext::has_rules_below(const std::string& path) const {
  return rules_->has_directories() && rules_->begin_below(on_machine(path));
}

int RuleContext::judge(Act act, const Subject& subject) {
  const LimitAnswer answer = rules_->judge(act, *subject.here, subject.hidden);
  if (answer.error == 0) return 0;
  const LimitRow& row = limit_row(act);
  const std::string_view name = row.names[0].empty() ? row.group : row.names[0];
  told_(fmt::format("{} of {} refused by <Limit {}> at {}{}", name, printable(subject.path),
                    answer.word, answer.limit->place,
                    answer.error == ENOENT ? ": it is hidden (IgnoreHidden)" : ""));
  return answer.error;
}

int RuleContext::refuse(std::string_view path, std::string_view why, int error) {
  told_(fmt::format("{} refused: {}", printable(path), why));
  return error;
}

int RuleContext::filter(const Subject& subject) {
  const FilePolicy& policy = subject.here->policy;
  if (policy.path_allow)
    for (const NameFilter& one : *policy.path_allow)
      if (!one.fits(subject.path))
        return refuse(subject.path, fmt::format("PathAllowFilter {}", printable(one.text)));
  if (policy.path_deny)
    for (const NameFilter& one : *policy.path_deny)
      if (one.fits(subject.path))
        return refuse(subject.path, fmt::format("PathDenyFilter {}", printable(one.text)));
  return 0;
}

int RuleContext::filter_text(std::string_view path) {
  for (const NameFilter& one : settings().allow_filters)
    if (!one.fits(path)) return refuse(path, fmt::format("AllowFilter {}", printable(one.text)));
  for (const NameFilter& one : settings().deny_filters)
    if (one.fits(path)) return refuse(path, fmt::format("DenyFilter {}", printable(one.text)));
  return 0;
}

/// By the permissions: a file that cannot be read, a directory that cannot be entered.
bool RuleContext::has_no_access(const Attributes& a) const {
  const SessionUser& user = rules_->user();
  if (!a.mode || !a.uid || !a.gid || user.uid == 0) return false;
  const bool in_group = *a.gid == user.gid || std::ranges::count(user.groups, *a.gid) != 0;
  const int shift = *a.uid == user.uid ? 6 : in_group ? 3 : 0;
  const std::uint32_t needed = S_ISDIR(*a.mode) ? 1 : 4;
  return ((*a.mode >> shift) & needed) == 0 && !S_ISLNK(*a.mode);
}

bool RuleContext::is_owned_by(const std::optional<std::vector<OwnerName>>& names,
                              std::optional<std::uint32_t> id, bool group) const {
  if (!names || !id) return false;
  return std::ranges::any_of(*names, [&](const OwnerName& one) {
    const auto meant = group ? rules_->gid_of(one.name) : rules_->uid_of(one.name);
    return (meant == id) != one.inverted;
  });
}

bool RuleContext::is_hidden(const FilePolicy& policy, std::string_view name,
                            const Attributes* attributes) const {
  if (name == "." || name == "..") return false;
  if (policy.hide_files)
    for (const HideFiles& one : *policy.hide_files) {
      if (!one.audience.holds(rules_->user().visitor)) continue;
      if (one.filter && one.filter->fits(name)) return true;
      break;
    }
  if (attributes == nullptr) return false;
  return (policy.hide_no_access.value_or(false) && has_no_access(*attributes)) ||
         is_owned_by(policy.hide_users, attributes->uid, false) ||
         is_owned_by(policy.hide_groups, attributes->gid, true);
}

void RuleContext::disguise(const FilePolicy& policy, Attributes& a) const {
  if (policy.fake_mode && a.mode) {
    std::uint32_t mode = (*a.mode & S_IFMT) | *policy.fake_mode;
    // Who may read a directory is shown to be able to enter it, else clients would not try.
    if (S_ISDIR(mode)) mode |= (mode & 0444) >> 2;
    a.mode = mode;
  }
  if (policy.fake_user && policy.fake_user->on && a.uid)
    a.uid = rules_->uid_of(policy.fake_user->name).value_or(kNobody);
  if (policy.fake_group && policy.fake_group->on && a.gid)
    a.gid = rules_->gid_of(policy.fake_group->name).value_or(kNobody);
}

const std::string& RuleContext::shown_name(std::uint32_t id, bool group,
                                           const std::string& real) const {
  const auto& fakes = settings().policy;
  const std::optional<FakeName>& fake = group ? fakes.fake_group : fakes.fake_user;
  if (id != kNobody || !fake || !fake->on || fake->name == "~") return real;
  return (group ? rules_->gid_of(fake->name) : rules_->uid_of(fake->name)) ? real : fake->name;
}

std::unique_ptr<sftp::Throttle> RuleContext::throttle(const FilePolicy& policy, TransferUse use) {
  const RateLimit* limit = rules_->rate_of(policy, use);
  if (limit == nullptr) return nullptr;
  auto& pace = paces_[{limit, use == TransferUse::Retrieve}];
  if (!pace) pace = std::make_shared<sftp::Pace>(limit->bytes_per_second);
  return std::make_unique<sftp::Throttle>(pace, limit->free_bytes);
}

int RuleContext::permit_xattr(const Subject& subject) {
  const int error = judge(Act::WriteXattr, subject);
  return error != 0 ? error : filter(subject);
}

int RuleContext::permit_set(Act act, const Subject& subject, Attributes& wanted) {
  const FileSettings& s = settings();
  if (s.ignore_set_xattrs) wanted.extended.clear();
  if (s.ignore_set_perms) {
    wanted.mode.reset();
    wanted.acl.reset();
  }
  if (s.ignore_set_times) {
    wanted.atime.reset();
    wanted.mtime.reset();
    wanted.createtime.reset();
  }
  if (s.ignore_set_owners) {
    wanted.uid.reset();
    wanted.gid.reset();
    wanted.owner.reset();
    wanted.group.reset();
  }
  if (const int error = judge(act, subject)) return error;
  if (const int error = filter(subject)) return error;
  if (wanted.mode || wanted.acl)
    if (const int error = judge(Act::ChangeMode, subject)) return error;
  if (wanted.uid || wanted.gid || wanted.owner || wanted.group)
    if (const int error = judge(Act::ChangeOwner, subject)) return error;
  if (!wanted.size) return 0;
  const auto most = rules_->limit_of(subject.here->policy.max_store);
  if (most && *wanted.size > *most) return refuse(subject.path, "MaxStoreFileSize", EFBIG);
  if (act == Act::SetByPath && !subject.here->policy.allow_overwrite.value_or(true))
    return refuse(subject.path, "AllowOverwrite is off");
  return 0;
}

}  // namespace ssh2core::tools
