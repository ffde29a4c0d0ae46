// A file that is copied to a name, for copy-file (draft-ietf-secsh-filexfer-extensions-00 section
// 6).
#pragma once

#include <memory>
#include <string>

#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/long_work.h"
#include "libssh2core/wire/random.h"

namespace ssh2core::sftp {

class FileCopy final : public LongWork {
 public:
  explicit FileCopy(FileSystem& files) : files_(files) {}
  /// A copy that was not finished leaves nothing behind, and what was there as it was.
  ~FileCopy() override;

  /// Opens both. A file that is there is replaced only with `overwrite`, and only by the whole
  /// copy; then it lies under another name in the same directory until it is finished. Returns an
  /// errno.
  int begin(std::string_view source, std::string_view target, bool overwrite, Random& random);
  bool step() override;
  /// The errno that ended it; 0: none.
  int error() const { return error_; }
  /// Bytes copied.
  std::uint64_t copied() const { return at_; }

 private:
  int replace(OpenMode mode, Random& random);
  int keep_mode(std::uint32_t permissions);
  int finish();
  void give_up();
  bool is_ours();

  FileSystem& files_;
  std::string target_, written_;  // the name it is to have, and that it has
  std::unique_ptr<OpenFile> from_, to_;
  std::uint64_t size_ = 0, at_ = 0;
  int error_ = 0;
};

}  // namespace ssh2core::sftp
