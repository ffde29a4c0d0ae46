#include "libssh2core/io/posix_file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "libssh2core/io/confined_path.h"
#include "libssh2core/io/name_cache.h"
#include "libssh2core/io/path_target.h"
#include "libssh2core/io/path_walk.h"
#include "libssh2core/io/posix_acl.h"
#include "libssh2core/io/posix_attributes.h"
#include "libssh2core/io/posix_directory.h"
#include "libssh2core/io/posix_file.h"
#include "libssh2core/io/rename_no_replace.h"

namespace ssh2core::io {

namespace {

using sftp::Attributes;
using sftp::Errno;
using sftp::OpenDirectory;
using sftp::OpenFile;
using sftp::OpenMode;
using sftp::Outcome;
using sftp::Result;

Outcome outcome(int returned) { return {returned == 0 ? 0 : errno}; }

// O_NONBLOCK, so that a FIFO without a peer or a device does not hold up the session; it means
// nothing to a regular file.
int open_flags(const OpenMode& mode) {
  int flags = O_NONBLOCK | O_NOCTTY;
  flags |= mode.read && mode.write ? O_RDWR : mode.write ? O_WRONLY : O_RDONLY;
  if (mode.append) flags |= O_APPEND;
  if (mode.create) flags |= O_CREAT;
  if (mode.create && mode.exclusive) flags |= O_EXCL;
  if (mode.truncate) flags |= O_TRUNC;
  if (mode.no_follow) flags |= O_NOFOLLOW;
  return flags;
}

class PosixFileSystem final : public sftp::FileSystem {
 public:
  explicit PosixFileSystem(const PosixFileSystemOptions& options)
      : root_(options.root, options.home, options.force_walk, options.resolved_paths),
        root_text_(std::filesystem::canonical(options.root)),
        read_only_(options.read_only) {}

  Result<std::unique_ptr<OpenFile>> open(std::string_view path, const OpenMode& mode) override;
  Result<std::unique_ptr<OpenDirectory>> open_directory(std::string_view path) override;
  Result<Attributes> stat(std::string_view path) override;
  Result<Attributes> lstat(std::string_view path) override;
  Outcome set(std::string_view path, const Attributes& wanted, bool follow) override;
  Outcome remove(std::string_view path) override;
  Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  Outcome remove_directory(std::string_view path) override;
  Result<std::string> real_path(std::string_view path) override { return root_.real_path(path); }
  Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  Result<std::string> read_link(std::string_view path) override;
  Outcome make_symlink(std::string_view target, std::string_view link) override;
  Outcome make_hard_link(std::string_view existing, std::string_view link) override;
  Result<sftp::Statvfs> statvfs(std::string_view path) override;
  const std::string& user_name(std::uint32_t uid) override { return names_.user(uid); }
  const std::string& group_name(std::uint32_t gid) override { return names_.group(gid); }
  std::optional<std::uint32_t> user_id(std::string_view name) override {
    return names_.user_id(std::string(name));
  }
  std::optional<std::uint32_t> group_id(std::string_view name) override {
    return names_.group_id(std::string(name));
  }
  Result<std::string> home_directory(std::string_view user) override;
  Result<sftp::Acl> acl(std::string_view path, bool follow) override;
  Result<std::string> xattr(std::string_view path, std::string_view name) override;
  Result<std::vector<std::string>> xattrs(std::string_view path) override;
  Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                    sftp::XattrMode mode) override;
  Outcome remove_xattr(std::string_view path, std::string_view name) override;

 private:
  Result<NameToRemove> name_to_remove(std::string_view path);
  Result<Attributes> stat_name(std::string_view path, bool follow);
  Result<Place> place_to_change(std::string_view path, int refusal);

  ConfinedRoot root_;
  std::filesystem::path root_text_;  // only to see whether a user's home is below it
  bool read_only_;
  NameCache names_;
};

Result<std::unique_ptr<OpenFile>> PosixFileSystem::open(std::string_view path,
                                                        const OpenMode& mode) {
  if (read_only_ &&
      (mode.write || mode.append || mode.create || mode.truncate || mode.delete_on_close))
    return Errno{EROFS};
  Result<Descriptor> fd = root_.open(path, open_flags(mode), mode.permissions & 07777);
  // ENXIO: a socket, a device without a driver, or a FIFO that nobody reads.
  if (!fd) return fd.error().value == ENXIO ? Errno{EPERM} : fd.error();
  struct stat status;
  if (::fstat(fd->get(), &status) != 0) return Errno{errno};
  if (S_ISDIR(status.st_mode)) return Errno{EISDIR};
  if (!S_ISREG(status.st_mode)) return Errno{EPERM};
  auto file = std::make_unique<PosixFile>(
      std::move(*fd), PosixFile::Mode{.append = mode.append, .read_only = read_only_},
      static_cast<std::uint64_t>(status.st_size));
  if (mode.delete_on_close) {
    Result<NameToRemove> name = name_to_remove(path);
    if (!name) return name.error();
    file->remove_on_close(std::move(*name));
  }
  return std::unique_ptr<OpenFile>(std::move(file));
}

// What the path names if it is no symlink; removing the name of one would not remove the file.
Result<NameToRemove> PosixFileSystem::name_to_remove(std::string_view path) {
  Result<Place> place = root_.place(path);
  if (!place) return place.error();
  if (place->name.empty()) return Errno{EISDIR};
  Descriptor directory(::fcntl(place->directory, F_DUPFD_CLOEXEC, 0));
  if (!directory) return Errno{errno};
  return NameToRemove{std::move(directory), std::move(place->name)};
}

Result<std::unique_ptr<OpenDirectory>> PosixFileSystem::open_directory(std::string_view path) {
  Result<Descriptor> fd = root_.open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  if (!fd) return fd.error();
  struct stat status;
  if (::fstat(fd->get(), &status) != 0) return Errno{errno};
  return PosixDirectory::open(std::move(*fd), root_.is_root(status.st_dev, status.st_ino),
                              read_only_);
}

// Most paths name no symlink: then one look at the name in its directory is enough, which for a
// name in the root is a single system call.
Result<Attributes> PosixFileSystem::stat_name(std::string_view path, bool follow) {
  const Result<Place> place = root_.place(path);
  if (!place) return place.error();
  if (!place->name.empty() && !place->directory_wanted) {
    Attributes found;
    if (const int error =
            read_attributes(place->directory, place->name.c_str(), AT_SYMLINK_NOFOLLOW, found))
      return Errno{error};
    if (!follow || !S_ISLNK(*found.mode)) return found;
  }
  const Result<Descriptor> fd = root_.open(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
  if (!fd) return fd.error();
  return attributes_of(fd->get());
}

Result<Attributes> PosixFileSystem::stat(std::string_view path) { return stat_name(path, true); }
Result<Attributes> PosixFileSystem::lstat(std::string_view path) { return stat_name(path, false); }

Outcome PosixFileSystem::set(std::string_view path, const Attributes& wanted, bool follow) {
  if (read_only_) return {EROFS};
  return set_by_path(root_, path, wanted, follow);
}

// Where a name is to be made, removed or moved; `refusal` where the path names no name but a
// directory as such (the root, `.` and `..`).
Result<Place> PosixFileSystem::place_to_change(std::string_view path, int refusal) {
  if (read_only_) return Errno{EROFS};
  Result<Place> place = root_.place(path);
  if (place && place->name.empty()) return Errno{refusal};
  return place;
}

// A name with a trailing slash must be a directory; it is never handed to the system with the
// slash, which would follow a symlink.
int check_slash(const Place& place) {
  if (!place.directory_wanted) return 0;
  struct stat status;
  if (::fstatat(place.directory, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return errno;
  return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

Outcome PosixFileSystem::remove(std::string_view path) {
  const Result<Place> place = place_to_change(path, EISDIR);
  if (!place) return {place.error().value};
  if (const int error = check_slash(*place)) return {error};
  return outcome(::unlinkat(place->directory, place->name.c_str(), 0));
}

Outcome PosixFileSystem::make_directory(std::string_view path, std::uint32_t permissions) {
  const Result<Place> place = place_to_change(path, EEXIST);
  if (!place) return {place.error().value};
  return outcome(::mkdirat(place->directory, place->name.c_str(), permissions & 07777));
}

Outcome PosixFileSystem::remove_directory(std::string_view path) {
  const Result<Place> place = place_to_change(path, EBUSY);
  if (!place) return {place.error().value};
  return outcome(::unlinkat(place->directory, place->name.c_str(), AT_REMOVEDIR));
}

Outcome PosixFileSystem::rename(std::string_view from, std::string_view to, bool overwrite) {
  const Result<Place> source = place_to_change(from, EBUSY);
  if (!source) return {source.error().value};
  const Result<Place> target = place_to_change(to, EBUSY);
  if (!target) return {target.error().value};
  if (const int error = check_slash(*source)) return {error};
  if (target->directory_wanted) {  // only a directory may get such a name
    struct stat status;
    if (::fstatat(source->directory, source->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return {errno};
    if (!S_ISDIR(status.st_mode)) return {ENOTDIR};
  }
  const NameAt old_name{source->directory, source->name.c_str()};
  const NameAt new_name{target->directory, target->name.c_str()};
  if (!overwrite) return {rename_no_replace(old_name, new_name)};
  return outcome(::renameat(old_name.directory, old_name.name, new_name.directory, new_name.name));
}

Result<std::string> PosixFileSystem::read_link(std::string_view path) {
  const Result<Descriptor> fd = root_.open(path, O_PATH | O_NOFOLLOW);
  if (!fd) return fd.error();
  return read_link_at(fd->get(), "");
}

Outcome PosixFileSystem::make_symlink(std::string_view target, std::string_view link) {
  if (target.find('\0') != std::string_view::npos) return {EINVAL};
  const Result<Place> place = place_to_change(link, EEXIST);
  if (!place) return {place.error().value};
  if (place->directory_wanted) return {ENOENT};  // as symlink(2) has it
  return outcome(::symlinkat(std::string(target).c_str(), place->directory, place->name.c_str()));
}

Outcome PosixFileSystem::make_hard_link(std::string_view existing, std::string_view link) {
  const Result<Place> source = place_to_change(existing, EPERM);
  if (!source) return {source.error().value};
  if (const int error = check_slash(*source)) return {error};
  const Result<Place> target = place_to_change(link, EEXIST);
  if (!target) return {target.error().value};
  if (target->directory_wanted) return {ENOENT};
  return outcome(::linkat(source->directory, source->name.c_str(), target->directory,
                          target->name.c_str(), 0));
}

Result<sftp::Statvfs> PosixFileSystem::statvfs(std::string_view path) {
  const Result<Descriptor> fd = root_.open(path, O_PATH);
  if (!fd) return fd.error();
  return statvfs_of(fd->get());
}

Result<std::string> PosixFileSystem::home_directory(std::string_view user) {
  if (user.empty()) return root_.home();
  if (user.find('\0') != std::string_view::npos) return Errno{ENOENT};
  const std::string home = system_home(std::string(user));
  if (!home.starts_with('/')) return Errno{ENOENT};
  const std::filesystem::path below =
      std::filesystem::path(home).lexically_normal().lexically_relative(root_text_);
  if (below.empty() || *below.begin() == "..") return Errno{ENOENT};
  return below == "." ? std::string("/") : std::string(1, '/').append(below.string());
}

Result<sftp::Acl> PosixFileSystem::acl(std::string_view path, bool follow) {
  const Result<XattrFile> file = XattrFile::find(root_, path, follow);
  if (!file) return file.error();
  return get_acl(*file);
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

Result<std::string> PosixFileSystem::xattr(std::string_view path, std::string_view name) {
  if (has_nul(name)) return Errno{ENODATA};
  const Result<XattrFile> file = XattrFile::find(root_, path, true);
  if (!file) return file.error();
  return file->get(std::string(name));
}

Result<std::vector<std::string>> PosixFileSystem::xattrs(std::string_view path) {
  const Result<XattrFile> file = XattrFile::find(root_, path, true);
  if (!file) return file.error();
  return file->list();
}

Outcome PosixFileSystem::set_xattr(std::string_view path, std::string_view name,
                                   std::string_view value, sftp::XattrMode mode) {
  if (read_only_) return {EROFS};
  if (has_nul(name)) return {EINVAL};
  const Result<XattrFile> file = XattrFile::find(root_, path, true);
  if (!file) return {file.error().value};
  return file->set(std::string(name), value, mode);
}

Outcome PosixFileSystem::remove_xattr(std::string_view path, std::string_view name) {
  if (read_only_) return {EROFS};
  if (has_nul(name)) return {ENODATA};
  const Result<XattrFile> file = XattrFile::find(root_, path, true);
  if (!file) return {file.error().value};
  return file->remove(std::string(name));
}

}  // namespace

std::unique_ptr<sftp::FileSystem> make_posix_file_system(const PosixFileSystemOptions& options) {
  return std::make_unique<PosixFileSystem>(options);
}

}  // namespace ssh2core::io
