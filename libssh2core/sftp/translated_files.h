// A file system whose names are those of the client: UTF-8 from version 4 on, whatever the system
// below has. Without a charset, and in versions that do not care, names pass as they are.
#pragma once

#include "libssh2core/sftp/charset.h"
#include "libssh2core/sftp/codec.h"
#include "libssh2core/sftp/file_system.h"

namespace ssh2core::sftp {

/// How the names of files are written.
struct NameEncoding {
  bool bytes = false;                      // never looked at, in no version
  std::shared_ptr<const Charset> local;    // on this system; none: UTF-8
  std::shared_ptr<const Charset> clients;  // by clients of versions 1 to 3; none: as on this system
};

/// Turns names from the client's way of writing to the system's, and back.
class NameTranslator {
 public:
  explicit NameTranslator(const NameEncoding& encoding) : encoding_(encoding) {}
  void set_version(ProtocolVersion version) { version_ = version; }
  /// filename-translation-control: without, names are bytes.
  void translate(bool wanted) { encoding_.bytes = !wanted; }
  /// False: every name is itself.
  bool works() const;

  /// What the system below calls it; EILSEQ when the name is none. The view is of `path` or `room`.
  Result<std::string_view> to_local(std::string_view path, std::string& room) const;
  /// What the client calls it; false when something in it could not be said.
  bool to_client(std::string& name) const;

 private:
  NameEncoding encoding_;
  ProtocolVersion version_ = 3;
};

class TranslatedFiles final : public FileSystem {
 public:
  TranslatedFiles(FileSystem& files, const NameEncoding& encoding)
      : names(encoding), files_(files) {}
  NameTranslator names;

  Result<std::unique_ptr<OpenFile>> open(std::string_view path, const OpenMode& mode) override;
  Result<std::unique_ptr<OpenDirectory>> open_directory(std::string_view path) override;
  Result<Attributes> stat(std::string_view path) override;
  Result<Attributes> lstat(std::string_view path) override;
  Outcome set(std::string_view path, const Attributes& wanted, bool follow) override;
  Outcome remove(std::string_view path) override;
  Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  Outcome remove_directory(std::string_view path) override;
  Result<std::string> real_path(std::string_view path) override;
  Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  Result<std::string> read_link(std::string_view path) override;
  Outcome make_symlink(std::string_view target, std::string_view link) override;
  Outcome make_hard_link(std::string_view existing, std::string_view link) override;
  Result<Statvfs> statvfs(std::string_view path) override;
  const std::string& user_name(std::uint32_t uid) override { return files_.user_name(uid); }
  const std::string& group_name(std::uint32_t gid) override { return files_.group_name(gid); }
  std::optional<std::uint32_t> user_id(std::string_view name) override {
    return files_.user_id(name);
  }
  std::optional<std::uint32_t> group_id(std::string_view name) override {
    return files_.group_id(name);
  }
  Result<std::string> home_directory(std::string_view user) override;
  Result<Acl> acl(std::string_view path, bool follow) override;
  Result<std::string> xattr(std::string_view path, std::string_view name) override;
  Result<std::vector<std::string>> xattrs(std::string_view path) override;
  Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                    XattrMode mode) override;
  Outcome remove_xattr(std::string_view path, std::string_view name) override;

 private:
  template <class Answer, class Call>
  Answer with(std::string_view path, Call call);
  template <class Call>
  Outcome with_both(std::string_view first, std::string_view second, Call call);
  Result<std::string> told(Result<std::string> path) const;

  FileSystem& files_;
};

}  // namespace ssh2core::sftp
