#include "tools/sftpd-lite/files/file_rules.h"

#include <unistd.h>

#include <algorithm>

#include "tools/sftpd-lite/files/drop_box.h"
#include "tools/sftpd-lite/files/quota_file_system.h"
#include "tools/sftpd-lite/files/ruled_file_system.h"

namespace ssh2core::tools {

SessionUser session_user(Visitor visitor, const Account& account) {
  SessionUser made{std::move(visitor), account.home, account.uid, account.gid};
  if (account.groups) {
    made.groups = *account.groups;
  } else if (geteuid() != 0) {
    made.groups.resize(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
    const int count = getgroups(static_cast<int>(made.groups.size()), made.groups.data());
    made.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  } else {
    made.groups = group_ids(account);
  }
  return made;
}

FileRules::FileRules(const FileSettings& settings, SessionUser user) : any_(settings.any()) {
  if (!any_) return;
  const QuotaSettings& quota = settings.quota;
  if (quota.bytes != 0 || quota.files != 0) {
    if (quota.directory.empty()) {
      fault_ = kNoQuotaDirectory;
      return;
    }
    auto tally = Tally::open(quota.directory, user.visitor.user.value_or(""), fault_);
    if (tally)
      quota_ = std::make_unique<Quota>(std::move(tally), QuotaLimits{quota.bytes, quota.files});
  }
  rules_ = std::make_unique<PathRules>(settings, std::move(user));
}

FileRules::~FileRules() = default;

bool FileRules::need_resolved_paths() const { return any_ && rules_->ask_for_paths(); }

std::unique_ptr<sftp::FileSystem> FileRules::around(
    std::unique_ptr<sftp::FileSystem> files, const std::string& root,
    const std::function<void(const std::string&)>& told) {
  if (!any_ || files == nullptr) return files;
  const bool drop_box = rules_->settings().drop_box;
  if (quota_) {
    const auto home = files->real_path("");
    files =
        std::make_unique<QuotaFileSystem>(std::move(files), std::move(quota_), home ? *home : "/");
  }
  files = std::make_unique<RuledFileSystem>(std::move(files),
                                            RuleContext(std::move(rules_), root, told));
  if (drop_box) files = std::make_unique<DropBox>(std::move(files), told);
  any_ = false;
  return files;
}

}  // namespace ssh2core::tools
