#include "tools/sftpd-lite/files/path_rules.h"

#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "tools/sftpd-lite/directives/words.h"

namespace ssh2core::tools {

namespace {

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.starts_with(directory) && path.size() > directory.size() &&
         path[directory.size()] == '/';
}

/// The path with the symlinks of its beginning resolved, as far as there is no wildcard.
std::string without_links(const std::string& path) {
  const std::size_t wild = std::min(path.find_first_of("*?["), path.size());
  std::size_t end = wild == path.size() ? wild : path.rfind('/', wild);
  char resolved[PATH_MAX];
  while (end != 0 && end != std::string::npos) {
    if (realpath(path.substr(0, end).c_str(), resolved) != nullptr)
      return (std::string_view(resolved) == "/" ? "" : resolved) + path.substr(end);
    end = path.rfind('/', end - 1);
  }
  return path;
}

}  // namespace

std::optional<std::string> expand_directory(const std::string& path, const SessionUser& user) {
  std::string made = path;
  if (path.starts_with('~')) {
    const std::size_t end = std::min(path.find('/'), path.size());
    std::string home = user.home;
    if (end > 1) {
      const passwd* entry = getpwnam(path.substr(1, end - 1).c_str());
      if (entry == nullptr) return std::nullopt;
      home = entry->pw_dir;
    }
    if (!home.starts_with('/')) return std::nullopt;
    made = home + path.substr(end);
  }
  const std::string& name = *user.visitor.user;
  // A name with a slash in it would make another directory of the path.
  for (std::size_t at = made.find("%u"); at != std::string::npos; at = made.find("%u", at)) {
    if (name.find('/') != std::string::npos || name == "." || name == "..") return std::nullopt;
    made.replace(at, 2, name);
    at += name.size();
  }
  return made;
}

PathRules::PathRules(FileSettings settings, SessionUser user)
    : settings_(std::move(settings)), user_(std::move(user)) {
  if (!user_.visitor.user) user_.visitor.user.emplace();
  if (const group* entry = getgrgid(user_.gid)) group_name_ = entry->gr_name;
  uids_["~"] = user_.uid;
  gids_["~"] = user_.gid;
  everywhere_ = said(settings_.limits);
  look_up(settings_.policy);
  for (const DirectoryRules& one : settings_.directories) add_place(one);
  std::ranges::sort(places_, {}, [](const Place& one) { return one.forms[0].size(); });
  const FilePolicy& p = settings_.policy;
  const bool ignore_hidden = std::ranges::any_of(
      everywhere_.all, [](const PlaceLimits::One& one) { return one.limit->ignore_hidden; });
  ask_for_paths_ = !places_.empty() || ignore_hidden || p.path_allow || p.path_deny ||
                   (p.hidden_stores && p.hidden_stores->on) || !p.show_symlinks.value_or(true) ||
                   settings_.quota.bytes != 0 || settings_.quota.files != 0;
}

PlaceLimits PathRules::said(const std::vector<std::shared_ptr<const CommandLimit>>& limits) {
  PlaceLimits made;
  for (const auto& one : limits) made.all.push_back({one.get(), one->rules.say(user_.visitor)});
  has_limits_ = has_limits_ || !made.all.empty();
  return made;
}

void PathRules::add_place(const DirectoryRules& rules) {
  auto path = expand_directory(rules.path, user_);
  if (!path) return;  // of a home that there is none of
  Place place{{}, false, &rules, said(rules.limits)};
  if (path->ends_with("/*")) {
    place.contents_only = true;
    path->resize(path->size() - 2);
  }
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  if (path->empty()) *path = "/";
  place.forms.push_back(*path);
  if (std::string real = without_links(*path); real != *path)
    place.forms.push_back(std::move(real));
  look_up(rules.policy);
  places_.push_back(std::move(place));
}

void PathRules::look_up(const FilePolicy& policy) {
  const auto user = [this](const std::string& name) {
    if (const passwd* entry = name.empty() ? nullptr : getpwnam(name.c_str()))
      uids_.try_emplace(name, entry->pw_uid);
  };
  const auto named_group = [this](const std::string& name) {
    if (const group* entry = name.empty() ? nullptr : getgrnam(name.c_str()))
      gids_.try_emplace(name, entry->gr_gid);
  };
  if (policy.fake_user) user(policy.fake_user->name);
  if (policy.user_owner) user(*policy.user_owner);
  if (policy.hide_users)
    for (const OwnerName& one : *policy.hide_users) user(one.name);
  if (policy.fake_group) named_group(policy.fake_group->name);
  if (policy.group_owner) named_group(*policy.group_owner);
  if (policy.hide_groups)
    for (const OwnerName& one : *policy.hide_groups) named_group(one.name);
}

/// As ProFTPD compares: a `*` goes over slashes, too.
bool PathRules::Place::holds(const std::string& path) const {
  return std::ranges::any_of(forms, [&](const std::string& form) {
    if (!is_glob(form)) return is_below(path, form) || (!contents_only && path == form);
    // The path, or a directory around it.
    for (std::size_t end = path.size(); end != std::string::npos && end != 0;
         end = path.rfind('/', end - 1)) {
      if (contents_only && end == path.size()) continue;
      if (fnmatch(form.c_str(), path.substr(0, end).c_str(), 0) == 0) return true;
    }
    return false;
  });
}

const Here& PathRules::at(const std::string& path) {
  std::vector<bool> hold(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) hold[i] = places_[i].holds(path);
  std::unique_ptr<Here>& here = known_[hold];
  if (here) return *here;
  here = std::make_unique<Here>();
  here->policy = settings_.policy;
  here->limits.push_back(&everywhere_);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!hold[i]) continue;
    here->policy = places_[i].rules->policy.within(here->policy);
    here->limits.insert(here->limits.begin(), &places_[i].limits);
  }
  return *here;
}

bool PathRules::begin_below(const std::string& path) const {
  return std::ranges::any_of(places_, [&](const Place& place) {
    return std::ranges::any_of(place.forms, [&](const std::string& form) {
      // Of a path with wildcards what stands before the first.
      const std::size_t wild = form.find_first_of("*?[");
      const std::string known =
          wild == std::string::npos ? form : form.substr(0, form.rfind('/', wild));
      return known == path || is_below(known, path);
    });
  });
}

LimitAnswer PathRules::judge(Act act, const Here& here, bool hidden) const {
  if (!has_limits_) return {};
  const LimitRow& row = limit_row(act);
  const auto names = std::span(row.names);
  // ProFTPD asks in this order: the command in all places, the group in all places, ALL.
  const std::array<std::span<const std::string_view>, 3> stages{
      names, std::span(&row.group, 1), {}};
  static constexpr std::string_view kAll = "ALL";
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const auto words = stage == 2 ? std::span(&kAll, 1) : stages[stage];
    for (const PlaceLimits* place : here.limits) {
      LimitAnswer allowed;
      for (const auto& [limit, says] : place->all)
        for (const std::string_view word : words) {
          if (word.empty() || std::ranges::find(limit->commands, word) == limit->commands.end())
            continue;
          if (hidden && limit->ignore_hidden) return {ENOENT, limit, word};
          if (says == AccessRules::Word::Denied) return {EACCES, limit, word};
          if (says == AccessRules::Word::Allowed) allowed = {0, limit, word};
        }
      if (allowed.limit != nullptr) return allowed;
    }
  }
  return {};
}

std::optional<std::uint32_t> PathRules::uid_of(const std::string& name) const {
  const auto at = uids_.find(name);
  return at == uids_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::uint32_t> PathRules::gid_of(const std::string& name) const {
  const auto at = gids_.find(name);
  return at == gids_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::uint64_t> PathRules::limit_of(
    const std::optional<std::vector<SizeLimit>>& limits) const {
  if (!limits) return std::nullopt;
  for (const SizeLimit& one : *limits)
    if (one.audience.holds(user_.visitor)) return one.bytes;
  return std::nullopt;
}

const RateLimit* PathRules::rate_of(const FilePolicy& policy, TransferUse use) const {
  if (!policy.rates) return nullptr;
  for (const auto& one : *policy.rates)
    if ((one->uses & static_cast<unsigned>(use)) != 0 && one->audience.holds(user_.visitor))
      return one->bytes_per_second == 0 ? nullptr : one.get();
  return nullptr;
}

}  // namespace ssh2core::tools
