// What the parts of RuledFileSystem share: the rules of the session, and the log.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libssh2core/sftp/file_system.h"
#include "tools/sftpd-lite/files/path_rules.h"

namespace ssh2core::tools {

/// A path of the client, and what holds there.
struct Subject {
  std::string path;            // absolute, symlinks resolved; as it came when nobody asks for paths
  const Here* here = nullptr;  //
  bool hidden = false;         // listings leave it out, or something around it
  bool directory_only = false;  // it had a slash at its end
  /// As the inner file system is asked.
  std::string text() const { return directory_only && path != "/" ? path + '/' : path; }
};

class RuleContext {
 public:
  /// `root` is the directory of this machine that the client sees as `/`; `told` hears of each
  /// refusal.
  RuleContext(std::unique_ptr<PathRules> rules, std::string root,
              std::function<void(const std::string&)> told);

  PathRules& rules() { return *rules_; }
  const PathRules& rules() const { return *rules_; }
  const FileSettings& settings() const { return rules_->settings(); }
  /// What holds at an absolute path of the client without symlinks.
  const Here& at(const std::string& path);
  /// The errno that the <Limit> sections want, which is told; 0: none.
  int judge(Act act, const Subject& subject);
  /// The same, untold.
  bool may(Act act, const Subject& subject) const {
    return rules_->judge(act, *subject.here, subject.hidden).error == 0;
  }
  /// PathAllowFilter and PathDenyFilter, for what is changed. EACCES, told, or 0.
  int filter(const Subject& subject);
  /// AllowFilter and DenyFilter. EACCES, told, or 0.
  int filter_text(std::string_view path);
  /// Tells why something is refused and returns the error.
  int refuse(std::string_view path, std::string_view why, int error = EACCES);
  void tell(const std::string& text) { told_(text); }

  /// Whether listings leave a file out. Without attributes by its name alone.
  bool is_hidden(const FilePolicy& policy, std::string_view name,
                 const sftp::Attributes* attributes) const;
  /// Whether attributes are needed to know that.
  static bool hides_by_attributes(const FilePolicy& policy) {
    return policy.hide_users || policy.hide_groups || policy.hide_no_access.value_or(false);
  }
  /// DirFakeMode, DirFakeUser, DirFakeGroup.
  void disguise(const FilePolicy& policy, sftp::Attributes& attributes) const;
  /// The name of an id, `real` or the one that it is disguised by.
  const std::string& shown_name(std::uint32_t id, bool group, const std::string& real) const;
  /// Whether a <Directory> is about what an absolute path names, or something below it.
  bool has_rules_below(const std::string& path) const;
  /// Decides about `wanted`, leaves out of it what is to be ignored, and returns an errno or 0.
  int permit_set(Act act, const Subject& subject, sftp::Attributes& wanted);
  /// What holds a file back that is opened so; nullptr: nothing. All files of the session that one
  /// limit is for share its rate, those that are read and those that are written each for
  /// themselves.
  std::unique_ptr<sftp::Throttle> throttle(const FilePolicy& policy, TransferUse use);
  /// Likewise about a change of extended attributes.
  int permit_xattr(const Subject& subject);

 private:
  std::string on_machine(const std::string& path) const;
  bool has_no_access(const sftp::Attributes& attributes) const;
  bool is_owned_by(const std::optional<std::vector<OwnerName>>& names,
                   std::optional<std::uint32_t> id, bool group) const;

  std::unique_ptr<PathRules> rules_;
  std::string prefix_;  // in front of a client's path
  std::function<void(const std::string&)> told_;
  std::map<std::pair<const RateLimit*, bool>, std::shared_ptr<sftp::Pace>> paces_;
};

}  // namespace ssh2core::tools
