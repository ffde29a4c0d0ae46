// A drop box: files and directories can be put there, and nothing can be seen, changed or taken.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "tools/sftpd-lite/files/forwarding.h"

namespace ssh2core::tools {

/// New files and directories can be made, and nothing else: no listing, no reading, no overwriting,
/// renaming, linking or removing. Attributes can be asked for, so that clients find their way and
/// can see that all of a file has arrived; set they can be for what this session has made.
class DropBox final : public ForwardingFileSystem {
 public:
  DropBox(std::unique_ptr<sftp::FileSystem> inner, std::function<void(const std::string&)> told)
      : ForwardingFileSystem(std::move(inner)), told_(std::move(told)) {}
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open(std::string_view path,
                                                     const sftp::OpenMode& mode) override;
  sftp::Result<std::unique_ptr<sftp::OpenDirectory>> open_directory(std::string_view path) override;
  sftp::Outcome set(std::string_view path, const sftp::Attributes& wanted, bool follow) override;
  sftp::Outcome remove(std::string_view path) override;
  sftp::Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  sftp::Outcome remove_directory(std::string_view path) override;
  sftp::Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  sftp::Result<std::string> read_link(std::string_view path) override;
  sftp::Outcome make_symlink(std::string_view target, std::string_view link) override;
  sftp::Outcome make_hard_link(std::string_view existing, std::string_view link) override;
  sftp::Result<std::string> xattr(std::string_view path, std::string_view name) override;
  sftp::Result<std::vector<std::string>> xattrs(std::string_view path) override;
  sftp::Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override;
  sftp::Outcome remove_xattr(std::string_view path, std::string_view name) override;

 private:
  int refuse(std::string_view what, std::string_view path);
  void remember(std::string_view path);

  std::function<void(const std::string&)> told_;
  std::set<std::string, std::less<>> made_;  // by this session, without symlinks
};

}  // namespace ssh2core::tools
