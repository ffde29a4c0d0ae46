// Quota: counts what a user keeps, and refuses what would be more. Below the rules, so that it sees
// paths without symlinks, and new files as such.
#pragma once

#include "tools/sftpd-lite/files/forwarding.h"
#include "tools/sftpd-lite/files/tally.h"

namespace ssh2core::tools {

/// What a user may keep; 0: no limit.
struct QuotaLimits {
  std::uint64_t bytes = 0, files = 0;
};

/// A tally with its limits.
class Quota {
 public:
  Quota(std::unique_ptr<Tally> tally, QuotaLimits limits)
      : tally_(std::move(tally)), limits_(limits) {}
  Tally& tally() { return *tally_; }
  /// Adds to the count; EDQUOT when that would be too much.
  int take(Tally::Lock& lock, std::uint64_t bytes, std::uint64_t files) const;
  /// Takes off the count; never below nothing.
  static void give_back(Tally::Lock& lock, std::uint64_t bytes, std::uint64_t files);

 private:
  std::unique_ptr<Tally> tally_;
  QuotaLimits limits_;
};

class QuotaFileSystem final : public ForwardingFileSystem {
 public:
  /// When nobody has counted yet, what lies in `home` is.
  QuotaFileSystem(std::unique_ptr<sftp::FileSystem> inner, std::unique_ptr<Quota> quota,
                  const std::string& home);
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open(std::string_view path,
                                                     const sftp::OpenMode& mode) override;
  sftp::Outcome set(std::string_view path, const sftp::Attributes& wanted, bool follow) override;
  sftp::Outcome remove(std::string_view path) override;
  sftp::Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  sftp::Outcome remove_directory(std::string_view path) override;
  sftp::Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  sftp::Outcome make_symlink(std::string_view target, std::string_view link) override;

 private:
  void count_tree(const std::string& path, TallyCount& count, unsigned depth);
  template <class Make>
  sftp::Outcome make_entry(Make&& make);

  std::unique_ptr<Quota> quota_;
};

}  // namespace ssh2core::tools
