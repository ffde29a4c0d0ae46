// A listing without what is hidden.
#pragma once

#include "tools/sftpd-lite/files/rule_context.h"

namespace ssh2core::tools {

class RuledDirectory final : public sftp::OpenDirectory {
 public:
  /// `context` and `files` must outlive it. `empty`: nothing is listed at all.
  RuledDirectory(std::unique_ptr<sftp::OpenDirectory> inner, RuleContext& context,
                 sftp::FileSystem& files, Subject subject, bool empty)
      : inner_(std::move(inner)),
        context_(context),
        files_(files),
        subject_(std::move(subject)),
        empty_(empty) {}
  sftp::Result<bool> next(sftp::DirectoryEntry& entry) override;
  sftp::Result<sftp::Attributes> stat() override;
  sftp::Outcome set(const sftp::Attributes& wanted) override;

 private:
  const FilePolicy& policy_of(const sftp::DirectoryEntry& entry);

  std::unique_ptr<sftp::OpenDirectory> inner_;
  RuleContext& context_;
  sftp::FileSystem& files_;
  Subject subject_;
  bool empty_;
  std::string path_;  // of an entry; its memory is used again
};

}  // namespace ssh2core::tools
