// What the settings say about files: for everywhere, for directories, for a session.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/configuration/conditions.h"

namespace ssh2core::tools {

/// Whom a setting is for.
struct Audience {
  enum class Of { Everybody, User, Group, Class };
  Of of = Of::Everybody;
  Expression expression = {};
  bool holds(const Visitor& visitor) const;
};

/// Permission bits of new files and of new directories.
struct ModePair {
  mode_t file = 0, directory = 0;
  bool operator==(const ModePair&) const = default;
};

/// HiddenStores: what is put around the name of a file while it is being uploaded.
struct HiddenStores {
  bool on = false;
  std::string prefix = ".in.", suffix = ".";
};

/// DirFakeUser and DirFakeGroup: whose files are shown to be; `~` is the user or its group.
struct FakeName {
  bool on = false;
  std::string name;
};

/// A regular expression; `inverted`: what does not fit is meant.
struct NameFilter {
  std::shared_ptr<const Pattern> pattern;
  bool inverted = false;
  std::string text;
  bool fits(std::string_view name) const { return pattern->fits(name) != inverted; }
};

/// HideFiles, for some; no pattern: nothing is hidden from them.
struct HideFiles {
  std::optional<NameFilter> filter;
  Audience audience;
};

/// HideUser and HideGroup: owners whose files are hidden, `!name`: those of all others.
struct OwnerName {
  std::string name;  // `~`: the user, or its group
  bool inverted = false;
};

/// A size, for some; nullopt: no limit.
struct SizeLimit {
  std::optional<std::uint64_t> bytes;
  Audience audience;
};

/// What a file is opened for, as TransferRate tells it apart.
enum class TransferUse : unsigned { Retrieve = 1, Store = 2, Append = 4 };

/// TransferRate, for some.
struct RateLimit {
  unsigned uses = 0;             // of TransferUse
  double bytes_per_second = 0;   // 0: no limit
  std::uint64_t free_bytes = 0;  // of each file
  Audience audience = {};
};

/// What holds in one place. What is absent is as it is in the place around it.
struct FilePolicy {
  std::optional<bool> allow_overwrite, allow_store_restart, allow_retrieve_restart;
  std::optional<bool> delete_aborted_stores, hide_no_access, show_symlinks;
  std::optional<ModePair> umask, force_mode;
  std::optional<HiddenStores> hidden_stores;
  std::optional<std::vector<HideFiles>> hide_files;
  std::optional<std::vector<OwnerName>> hide_users, hide_groups;
  std::optional<std::vector<NameFilter>> path_allow, path_deny;  // empty: none
  std::optional<mode_t> fake_mode;
  std::optional<FakeName> fake_user, fake_group;
  std::optional<std::string> user_owner, group_owner;
  std::optional<std::vector<SizeLimit>> max_store, max_retrieve;
  std::optional<std::vector<std::shared_ptr<const RateLimit>>> rates;  // the first that holds

  /// This policy, with `around` for what it does not say.
  FilePolicy within(const FilePolicy& around) const;
  bool any() const;
};

/// <Limit COMMAND...>.
struct CommandLimit {
  std::string place;                  // "file:line"
  std::vector<std::string> commands;  // of limit_commands.h
  AccessRules rules;
  bool ignore_hidden = false;
};

/// <Directory PATH>: several sections of one path are one.
struct DirectoryRules {
  std::string path;  // as written
  FilePolicy policy;
  std::vector<std::shared_ptr<const CommandLimit>> limits;
};

/// Quota: what one user may keep. 0: no limit.
struct QuotaSettings {
  std::uint64_t bytes = 0, files = 0;
  std::string directory = {};  // where the tallies lie
};

struct FileSettings {
  FilePolicy policy;
  std::vector<std::shared_ptr<const CommandLimit>> limits;
  std::vector<DirectoryRules> directories;
  bool drop_box = false;
  // The words of SFTPOptions.
  bool ignore_set_owners = false, ignore_set_perms = false, ignore_set_times = false;
  bool ignore_set_xattrs = false, ignore_upload_perms = false, ignore_upload_xattrs = false;
  std::vector<NameFilter> allow_filters, deny_filters;  // over paths as clients write them
  QuotaSettings quota;

  /// Whether anything is to be done but for what umask(2) and the file system do by themselves.
  bool any() const;
};

}  // namespace ssh2core::tools
