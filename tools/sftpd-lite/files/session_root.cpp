#include "tools/sftpd-lite/files/session_root.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

// In a directory's name: what lies before it is the root, what follows is where sessions start.
constexpr std::string_view kMarker = "/./";

/// The client path of a directory below the root; `/` when it lies elsewhere.
std::string path_in_root(const std::string& root, const std::string& path) {
  if (root == "/") return path.empty() ? "/" : path;
  if (path != root && path.starts_with(root + "/")) return path.substr(root.size());
  return "/";
}

const GroupPath* first_for(const std::vector<GroupPath>& paths,
                           const std::vector<std::string>& groups) {
  const GroupPath* found = nullptr;
  for (const GroupPath& one : paths)
    if ((!one.groups || one.groups->holds(groups)) &&
        (found == nullptr || one.section > found->section))
      found = &one;
  return found != nullptr && found->path.empty() ? nullptr : found;
}

/// The directory without symlinks, or a sentence.
std::optional<std::string> resolved(const std::string& path, const char* name, std::string& why) {
  char real[PATH_MAX];
  struct stat info{};
  if (realpath(path.c_str(), real) == nullptr || stat(real, &info) != 0)
    why = fmt::format("{} {}: {}; create the directory or name another", name, printable(path),
                      strerror(errno));
  else if (!S_ISDIR(info.st_mode))
    why = fmt::format("{} {}: is not a directory", name, printable(path));
  else
    return real;
  return std::nullopt;
}

/// `root` is the pattern of a setting called `name`; splits it at the marker.
std::optional<SessionRoot> made_of(const std::string& pattern, const char* name,
                                   const Account& account, std::string& why) {
  auto path = expand_root(pattern, account, why);
  if (!path) {
    why = fmt::format("{} {}: {}", name, pattern, why);
    return std::nullopt;
  }
  SessionRoot made;
  if (const std::size_t at = path->find(kMarker); at != std::string::npos) {
    made.start = path->substr(at + kMarker.size() - 1);
    made.start_given = true;
    path->resize(std::max<std::size_t>(at, 1));
  }
  const auto real = resolved(*path, name, why);
  if (!real) return std::nullopt;
  made.root = *real;
  return made;
}

}  // namespace

bool RootSettings::ask_for_groups() const {
  const auto asks = [](const GroupPath& one) { return one.groups.has_value(); };
  return std::ranges::any_of(roots, asks) || std::ranges::any_of(starts, asks);
}

std::optional<std::string> expand_root(const std::string& pattern, const Account& account,
                                       std::string& why) {
  std::string path;
  const auto put_home = [&] {
    if (!account.home.starts_with('/')) return why = "the account has no home directory", false;
    path += account.home;
    return true;
  };
  std::size_t i = 0;
  if (pattern == "~" || pattern.starts_with("~/")) {
    if (!put_home()) return std::nullopt;
    i = 1;
  }
  for (; i < pattern.size(); ++i) {
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (pattern[i] != '%') {
      path += pattern[i];
      continue;
    }
    ++i;
    if (next == '%') {
      path += '%';
    } else if (next == 'h') {
      if (!put_home()) return std::nullopt;
    } else if (next == 'u') {
      if (account.name.find('/') != std::string::npos || account.name.starts_with('.'))
        return why = "the user's name is no name of a directory", std::nullopt;
      path += account.name;
    } else {
      return why = "only %u, %h and %% are expanded", std::nullopt;
    }
  }
  if (!path.starts_with('/')) return why = "an absolute path is wanted", std::nullopt;
  return path;
}

std::string chroot_fault(const std::string& path) {
  for (std::size_t end = 1;;) {
    const std::string part = end == 1 ? "/" : path.substr(0, end);
    struct stat info{};
    if (lstat(part.c_str(), &info) != 0) return fmt::format("{}: {}", part, strerror(errno));
    if (info.st_uid != 0)
      return fmt::format("{} belongs to uid {}; it must belong to root: chown root {}", part,
                         info.st_uid, part);
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
      return fmt::format("{} can be written by others than root: chmod go-w {}", part, part);
    if (end >= path.size()) return {};
    end = std::min(path.find('/', end + (end == 1 ? 0 : 1)), path.size());
  }
}

std::optional<SessionRoot> session_root(const RootSettings& settings, const std::string& base,
                                        const Account& account,
                                        const std::vector<std::string>& groups, std::string& why) {
  SessionRoot made{.root = base};
  const GroupPath* const one = first_for(settings.roots, groups);
  if (!settings.chroot.empty()) {
    auto chroot = made_of(settings.chroot, "--chroot", account, why);
    if (!chroot) return std::nullopt;
    made = *std::move(chroot);
    made.chroot = true;
    if (const std::string fault = chroot_fault(made.root); !fault.empty())
      return why = "--chroot: " + fault, std::nullopt;
  } else if (one != nullptr) {
    auto of_setting = made_of(one->path, "DefaultRoot", account, why);
    if (!of_setting) return std::nullopt;
    made = *std::move(of_setting);
  }
  if (const GroupPath* start = first_for(settings.starts, groups)) {
    const bool absolute = start->path.starts_with('/') || start->path.starts_with('~');
    const auto path = expand_root(absolute ? start->path : "/" + start->path, account, why);
    if (!path) {
      why = fmt::format("DefaultChdir {}: {}", start->path, why);
      return std::nullopt;
    }
    // `~` names a place of this machine, other paths are those that clients see.
    made.start = start->path.starts_with('~') ? path_in_root(made.root, *path) : *path;
    made.start_given = true;
  }
  if (!made.start_given) made.start = path_in_root(made.root, account.home);
  return made;
}

}  // namespace ssh2core::tools
