// The rules about files between a protocol and the files: whatever speaks to the files of a
// session, SFTP or SCP, is held to them. A path is resolved once, the rules are looked up for what
// it really means, and that is what the inner file system is asked for; so the inner one must
// refuse symlinks (PosixFileSystemOptions::resolved_paths), else one could be put there in between.
#pragma once

#include "tools/sftpd-lite/files/forwarding.h"
#include "tools/sftpd-lite/files/rule_context.h"
#include "tools/sftpd-lite/files/ruled_file.h"

namespace ssh2core::tools {

class RuledFileSystem final : public ForwardingFileSystem {
 public:
  RuledFileSystem(std::unique_ptr<sftp::FileSystem> inner, RuleContext context)
      : ForwardingFileSystem(std::move(inner)), context_(std::move(context)) {}

  sftp::Result<std::unique_ptr<sftp::OpenFile>> open(std::string_view path,
                                                     const sftp::OpenMode& mode) override;
  sftp::Result<std::unique_ptr<sftp::OpenDirectory>> open_directory(std::string_view path) override;
  sftp::Result<sftp::Attributes> stat(std::string_view path) override;
  sftp::Result<sftp::Attributes> lstat(std::string_view path) override;
  sftp::Outcome set(std::string_view path, const sftp::Attributes& wanted, bool follow) override;
  sftp::Outcome remove(std::string_view path) override;
  sftp::Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  sftp::Outcome remove_directory(std::string_view path) override;
  sftp::Result<std::string> real_path(std::string_view path) override;
  sftp::Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  sftp::Result<std::string> read_link(std::string_view path) override;
  sftp::Outcome make_symlink(std::string_view target, std::string_view link) override;
  sftp::Outcome make_hard_link(std::string_view existing, std::string_view link) override;
  sftp::Result<sftp::Statvfs> statvfs(std::string_view path) override;
  sftp::Result<sftp::Acl> acl(std::string_view path, bool follow) override;
  sftp::Result<std::string> xattr(std::string_view path, std::string_view name) override;
  sftp::Result<std::vector<std::string>> xattrs(std::string_view path) override;
  sftp::Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override;
  sftp::Outcome remove_xattr(std::string_view path, std::string_view name) override;
  const std::string& user_name(std::uint32_t uid) override;
  const std::string& group_name(std::uint32_t gid) override;

 private:
  enum class Last { Followed, Itself };  // what a symlink at the end of a path means
  sftp::Result<Subject> find(std::string_view path, Last last);
  sftp::Result<std::string> resolve(std::string_view path, Last last, bool& directory_only);
  bool has_hidden_part(const Subject& subject);
  /// Finds, judges and, for a change, filters.
  sftp::Result<Subject> permitted(std::string_view path, Last last, Act act);
  sftp::Result<Subject> permitted_change(std::string_view path, Act act);

  // ruled_open.cpp
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open_to_read(Subject subject,
                                                             const sftp::OpenMode& mode);
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open_to_write(Subject subject, sftp::OpenMode mode);
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open_hidden(RuledFileFacts facts,
                                                            sftp::OpenMode mode,
                                                            const sftp::Attributes* before);
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open_or_make(RuledFileFacts& facts,
                                                             const sftp::OpenMode& mode,
                                                             bool exists);
  int refuse_existing(const Subject& subject, const sftp::OpenMode& mode,
                      const sftp::Attributes& before);
  std::uint32_t permissions_of(const Subject& subject, std::uint32_t wanted, bool directory) const;
  sftp::Attributes owners_of(const FilePolicy& policy, const sftp::Attributes& now) const;
  void give_away(const Subject& subject, sftp::OpenFile& file);
  void give_away(const Subject& subject);

  RuleContext context_;
};

/// Sets the umask as long as it lives, if there is one to set.
class UmaskFor {
 public:
  UmaskFor(const FilePolicy& policy, bool directory);
  UmaskFor(const UmaskFor&) = delete;
  UmaskFor& operator=(const UmaskFor&) = delete;
  ~UmaskFor();

 private:
  std::optional<mode_t> before_;
};

}  // namespace ssh2core::tools
