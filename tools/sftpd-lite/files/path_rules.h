// The settings about files as they are for one session: what holds at a path, and what a <Limit>
// says about it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/files/file_settings.h"
#include "tools/sftpd-lite/files/limit_commands.h"

namespace ssh2core::tools {

/// Whose session it is.
struct SessionUser {
  Visitor visitor;
  std::string home;  // path of this machine
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};  // beside gid
};

/// The <Limit> sections of one place, with what they say to the user.
struct PlaceLimits {
  struct One {
    const CommandLimit* limit;
    AccessRules::Word word;
  };
  std::vector<One> all;
};

/// What holds at a path.
struct Here {
  FilePolicy policy;
  std::vector<const PlaceLimits*> limits;  // the innermost place first
};

/// The answer of the <Limit> sections; error 0: nothing is in the way.
struct LimitAnswer {
  int error = 0;
  const CommandLimit* limit = nullptr;  // that decided; null: none
  std::string_view word;                // of it, by which it decided
};

class PathRules {
 public:
  /// Looks up all names of users and groups, and symlinks in the paths of <Directory>: later the
  /// session may have neither the rights nor the files for it.
  PathRules(FileSettings settings, SessionUser user);
  PathRules(const PathRules&) = delete;
  PathRules& operator=(const PathRules&) = delete;

  const FileSettings& settings() const { return settings_; }
  const SessionUser& user() const { return user_; }
  /// Whether it matters which file a path means.
  bool ask_for_paths() const { return ask_for_paths_; }
  /// Whether a path alone makes a difference, of entries of one directory too.
  bool has_directories() const { return !places_.empty(); }
  /// `path` is one of this machine, without symlinks. Valid as long as this object.
  const Here& at(const std::string& path);
  /// Whether a <Directory> is about `path` or something below it.
  bool begin_below(const std::string& path) const;
  /// What the <Limit> sections say. `hidden`: the file is one that listings leave out.
  LimitAnswer judge(Act act, const Here& here, bool hidden) const;

  /// The id of a user or group that the settings name; `~` is the session's. nullopt: there is
  /// none.
  std::optional<std::uint32_t> uid_of(const std::string& name) const;
  std::optional<std::uint32_t> gid_of(const std::string& name) const;
  /// The name for `~`.
  const std::string& user_name() const { return *user_.visitor.user; }
  const std::string& group_name() const { return group_name_; }
  /// The first of the limits that is for the user; nullopt: none.
  std::optional<std::uint64_t> limit_of(const std::optional<std::vector<SizeLimit>>& limits) const;
  /// Likewise the rate for a file that is opened so; nullptr: no limit.
  const RateLimit* rate_of(const FilePolicy& policy, TransferUse use) const;

 private:
  struct Place {
    std::vector<std::string> forms;  // of the path: as written, and without symlinks
    bool contents_only = false;      // it ended in `/*`
    const DirectoryRules* rules;
    PlaceLimits limits;
    bool holds(const std::string& path) const;
  };
  void add_place(const DirectoryRules& rules);
  PlaceLimits said(const std::vector<std::shared_ptr<const CommandLimit>>& limits);
  void look_up(const FilePolicy& policy);

  FileSettings settings_;
  SessionUser user_;
  std::string group_name_;
  std::vector<Place> places_;  // the outermost first
  PlaceLimits everywhere_;
  bool has_limits_ = false, ask_for_paths_ = false;
  std::map<std::string, std::uint32_t> uids_, gids_;
  std::map<std::vector<bool>, std::unique_ptr<Here>> known_;  // by the places that hold
};

/// A path of <Directory> with `~`, `~user` and %u replaced; nullopt when there is no such home.
std::optional<std::string> expand_directory(const std::string& path, const SessionUser& user);

}  // namespace ssh2core::tools
