// A file that was opened under rules.
#pragma once

#include "libssh2core/sftp/disguised_file.h"
#include "tools/sftpd-lite/files/forwarding.h"
#include "tools/sftpd-lite/files/lost_ranges.h"
#include "tools/sftpd-lite/files/rule_context.h"

namespace ssh2core::tools {

inline constexpr std::string_view kNoRestart = "AllowStoreRestart is off";
inline constexpr std::string_view kNoHiddenRestart =
    "HiddenStores do not go with resuming and appending";

/// What has to be known of an open file.
struct RuledFileFacts {
  Subject subject;
  bool writable = false, append = false;
  bool continued = false;      // something is in it
  bool made = false;           // it was created or emptied by being opened
  std::string temporary = {};  // of HiddenStores: under which name it lies
  bool overwrite = true;       // whether the name of a temporary file may be taken by then
  std::optional<std::uint64_t> most_stored = {}, most_retrieved = {};  // bytes
};

class RuledFile final : public ForwardingFile, public sftp::DisguisedFile {
 public:
  /// `context` and `files`, where its names are, must outlive it.
  RuledFile(std::unique_ptr<sftp::OpenFile> inner, RuleContext& context, sftp::FileSystem& files,
            RuledFileFacts facts)
      : ForwardingFile(std::move(inner)),
        context_(context),
        files_(files),
        facts_(std::move(facts)) {}
  /// A file that nobody closed was abandoned.
  ~RuledFile() override;
  /// A temporary file replaces `old`, of `size` bytes, and has its content where nothing else is
  /// written: from now on with `at_once`, else when it is needed.
  sftp::Outcome take_over(std::unique_ptr<sftp::OpenFile> old, std::uint64_t size, bool at_once);

  sftp::Result<std::size_t> read(std::uint64_t offset,
                                 std::span<const MutableView> pieces) override;
  sftp::Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override;
  sftp::Result<sftp::Attributes> stat() override;
  sftp::Result<sftp::Attributes> own_attributes() override { return inner().stat(); }
  sftp::Outcome set(const sftp::Attributes& wanted) override;
  sftp::Outcome copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                        std::uint64_t to) override;
  sftp::Outcome lock(const sftp::LockRange& range) override;
  sftp::Outcome unlock(std::uint64_t offset, std::uint64_t length) override;
  sftp::Result<sftp::Acl> acl() override;
  sftp::Result<std::string> xattr(std::string_view name) override;
  sftp::Result<std::vector<std::string>> xattrs() override;
  sftp::Outcome set_xattr(std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override;
  sftp::Outcome remove_xattr(std::string_view name) override;
  sftp::Outcome reserve(std::uint64_t size) override;
  sftp::Throttle* throttle(bool writing) override;
  sftp::Outcome close() override;
  sftp::Outcome abandon() override;

 private:
  int refuse_growth(std::uint64_t offset, std::uint64_t length);
  sftp::Outcome note(std::uint64_t offset, std::uint64_t length, sftp::Outcome outcome);
  int refuse_restart(std::uint64_t offset);
  sftp::Outcome fill_up_to(std::uint64_t offset);
  bool is_still_there();

  RuleContext& context_;
  sftp::FileSystem& files_;
  RuledFileFacts facts_;
  LostRanges lost_;
  std::unique_ptr<sftp::Throttle> read_throttle_, write_throttle_;
  std::unique_ptr<sftp::OpenFile> old_;
  std::uint64_t old_size_ = 0, filled_ = 0;  // what is before is in the temporary file
  bool closed_ = false, read_before_ = false, written_before_ = false;
};

}  // namespace ssh2core::tools
