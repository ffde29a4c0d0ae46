// A FileSystem and an OpenFile that hand everything to another one: what stands in between
// overrides what it is about.
#pragma once

#include "libssh2core/sftp/file_system.h"

namespace ssh2core::tools {

class ForwardingFile : public sftp::OpenFile {
 public:
  explicit ForwardingFile(std::unique_ptr<sftp::OpenFile> inner) : inner_(std::move(inner)) {}
  sftp::Result<std::size_t> read(std::uint64_t offset,
                                 std::span<const MutableView> pieces) override {
    return inner_->read(offset, pieces);
  }
  sftp::Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override {
    return inner_->write(offset, pieces);
  }
  sftp::Result<sftp::Attributes> stat() override { return inner_->stat(); }
  sftp::Outcome set(const sftp::Attributes& wanted) override { return inner_->set(wanted); }
  sftp::Outcome sync() override { return inner_->sync(); }
  sftp::Result<sftp::Statvfs> statvfs() override { return inner_->statvfs(); }
  /// The target must be a file of the same layer.
  sftp::Outcome copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                        std::uint64_t to) override;
  sftp::Outcome close() override { return inner_->close(); }
  sftp::Outcome abandon() override { return inner_->abandon(); }
  sftp::Outcome lock(const sftp::LockRange& range) override { return inner_->lock(range); }
  sftp::Outcome unlock(std::uint64_t offset, std::uint64_t length) override {
    return inner_->unlock(offset, length);
  }
  sftp::Outcome reserve(std::uint64_t size) override { return inner_->reserve(size); }
  sftp::Throttle* throttle(bool writing) override { return inner_->throttle(writing); }
  sftp::Result<sftp::Acl> acl() override { return inner_->acl(); }
  sftp::Result<std::string> xattr(std::string_view name) override { return inner_->xattr(name); }
  sftp::Result<std::vector<std::string>> xattrs() override { return inner_->xattrs(); }
  sftp::Outcome set_xattr(std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override {
    return inner_->set_xattr(name, value, mode);
  }
  sftp::Outcome remove_xattr(std::string_view name) override { return inner_->remove_xattr(name); }

 protected:
  sftp::OpenFile& inner() { return *inner_; }

 private:
  std::unique_ptr<sftp::OpenFile> inner_;
};

class ForwardingFileSystem : public sftp::FileSystem {
 public:
  explicit ForwardingFileSystem(std::unique_ptr<sftp::FileSystem> inner)
      : inner_(std::move(inner)) {}
  sftp::Result<std::unique_ptr<sftp::OpenFile>> open(std::string_view path,
                                                     const sftp::OpenMode& mode) override {
    return inner_->open(path, mode);
  }
  sftp::Result<std::unique_ptr<sftp::OpenDirectory>> open_directory(
      std::string_view path) override {
    return inner_->open_directory(path);
  }
  sftp::Result<sftp::Attributes> stat(std::string_view path) override { return inner_->stat(path); }
  sftp::Result<sftp::Attributes> lstat(std::string_view path) override {
    return inner_->lstat(path);
  }
  sftp::Outcome set(std::string_view path, const sftp::Attributes& wanted, bool follow) override {
    return inner_->set(path, wanted, follow);
  }
  sftp::Outcome remove(std::string_view path) override { return inner_->remove(path); }
  sftp::Outcome make_directory(std::string_view path, std::uint32_t permissions) override {
    return inner_->make_directory(path, permissions);
  }
  sftp::Outcome remove_directory(std::string_view path) override {
    return inner_->remove_directory(path);
  }
  sftp::Result<std::string> real_path(std::string_view path) override {
    return inner_->real_path(path);
  }
  sftp::Outcome rename(std::string_view from, std::string_view to, bool overwrite) override {
    return inner_->rename(from, to, overwrite);
  }
  sftp::Result<std::string> read_link(std::string_view path) override {
    return inner_->read_link(path);
  }
  sftp::Outcome make_symlink(std::string_view target, std::string_view link) override {
    return inner_->make_symlink(target, link);
  }
  sftp::Outcome make_hard_link(std::string_view existing, std::string_view link) override {
    return inner_->make_hard_link(existing, link);
  }
  sftp::Result<sftp::Statvfs> statvfs(std::string_view path) override {
    return inner_->statvfs(path);
  }
  const std::string& user_name(std::uint32_t uid) override { return inner_->user_name(uid); }
  const std::string& group_name(std::uint32_t gid) override { return inner_->group_name(gid); }
  std::optional<std::uint32_t> user_id(std::string_view name) override {
    return inner_->user_id(name);
  }
  std::optional<std::uint32_t> group_id(std::string_view name) override {
    return inner_->group_id(name);
  }
  sftp::Result<std::string> home_directory(std::string_view user) override {
    return inner_->home_directory(user);
  }
  sftp::Result<sftp::Acl> acl(std::string_view path, bool follow) override {
    return inner_->acl(path, follow);
  }
  sftp::Result<std::string> xattr(std::string_view path, std::string_view name) override {
    return inner_->xattr(path, name);
  }
  sftp::Result<std::vector<std::string>> xattrs(std::string_view path) override {
    return inner_->xattrs(path);
  }
  sftp::Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                          sftp::XattrMode mode) override {
    return inner_->set_xattr(path, name, value, mode);
  }
  sftp::Outcome remove_xattr(std::string_view path, std::string_view name) override {
    return inner_->remove_xattr(path, name);
  }

 protected:
  sftp::FileSystem& inner() { return *inner_; }

 private:
  std::unique_ptr<sftp::FileSystem> inner_;
};

}  // namespace ssh2core::tools
