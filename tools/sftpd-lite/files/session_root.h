// Which directory a user sees as `/`, and where the session starts: --root, --chroot, DefaultRoot
// and DefaultChdir.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/configuration/conditions.h"
#include "tools/sftpd-lite/login/identity.h"

namespace ssh2core::tools {

/// A directory, and whom it is for.
struct GroupPath {
  std::string path;  // %u, %h and a leading `~` stand for the user and its home;
                     // empty: as without a setting
  std::optional<Expression> groups = {};  // nullopt: everybody
  unsigned section = 0;                   // the narrowest stands first
};

/// What the options say about roots.
struct RootSettings {
  /// Of DefaultRoot and DefaultChdir; in the narrowest section that has any, the first that fits.
  std::vector<GroupPath> roots = {}, starts = {};
  std::string chroot = {};  // of --chroot; empty: none
  /// Whether the groups of a user decide.
  bool ask_for_groups() const;
};

/// For one session.
struct SessionRoot {
  std::string root;          // directory of this machine, resolved
  std::string start = {};    // client path; may not exist
  bool start_given = false;  // by DefaultChdir or a `/./`: else it is the home
  bool chroot = false;       // the process is to make `root` its own
};

/// Decides for an account. `base` is the root for those whom no setting is about. Else a sentence
/// that names the directory and what to do.
std::optional<SessionRoot> session_root(const RootSettings& settings, const std::string& base,
                                        const Account& account,
                                        const std::vector<std::string>& groups, std::string& why);

/// The pattern with %u, %h, %% and a leading `~` replaced; nullopt, with `why`, for anything else
/// behind a percent sign and for what would make another directory of it: a name with a slash, no
/// home.
std::optional<std::string> expand_root(const std::string& pattern, const Account& account,
                                       std::string& why);
/// What keeps a directory from being a root by chroot(2): it, or one above, belongs to or can be
/// written by others than root (as sshd has it, since a set-uid program could be fooled there).
/// Empty: nothing.
std::string chroot_fault(const std::string& path);

}  // namespace ssh2core::tools
