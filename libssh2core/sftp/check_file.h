// Digests of a file's content, for check-file (draft-ietf-secsh-filexfer-extensions-00 section 3)
// and md5-hash (draft-ietf-secsh-filexfer-05 section 9.1).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/long_work.h"

namespace ssh2core::sftp {

/// 0 for a regular file, else the errno that opening it to be read should have had.
int refusal_of_type(const Attributes& attributes);

/// A running digest, one of sha512, sha384, sha256, sha224, sha1, md5 and crc32 (that of zlib, in
/// network order). In FIPS mode there are only those that are approved.
class FileDigest {
 public:
  /// The first of a list with commas that there is here; nullopt: none.
  static std::optional<FileDigest> first_of(std::string_view names);

  std::string_view name() const { return name_; }
  /// Bytes of the digest.
  std::size_t size() const;
  void update(ByteView data);
  /// Appends the digest to `out`; afterwards a new one begins.
  void finish(Bytes& out);

 private:
  FileDigest(std::string_view name, std::optional<Hash> hash)
      : name_(name), hash_(std::move(hash)) {}

  std::string_view name_;     // of a table
  std::optional<Hash> hash_;  // none: crc32
  std::uint32_t crc_ = 0;
};

/// The digests of a range of a file: one of all of it, or one of each block.
class FileHash final : public LongWork {
 public:
  /// The range begins at `start` and ends in front of `end`, or where the file ends by then.
  /// `block` bytes make a block; 0: there is one digest, even of nothing. The file is `file`, or
  /// what `owned` keeps.
  FileHash(OpenFile& file, std::unique_ptr<OpenFile> owned, FileDigest digest, std::uint64_t start,
           std::uint64_t end, std::uint64_t block);

  bool step() override;
  /// The errno that ended it; 0: none.
  int error() const { return error_; }
  std::string_view digest_name() const { return digest_.name(); }
  /// All digests, one behind the other.
  ByteView digests() const { return digests_; }

 private:
  void add(ByteView data);
  void finish();

  OpenFile& file_;
  std::unique_ptr<OpenFile> owned_;
  FileDigest digest_;
  std::uint64_t at_, end_;
  const std::uint64_t block_;
  std::uint64_t in_block_ = 0;  // bytes of the current one that are done
  std::unique_ptr<std::uint8_t[]> room_;
  std::size_t room_bytes_;
  Bytes digests_;
  int error_ = 0;
};

}  // namespace ssh2core::sftp
