// Confined file access as an interface. Paths are those of the client, bytes as they came, `/` for
// the root that the session may see; an implementation must not let any path leave that root. A
// relative path starts at the session's home directory. No call throws for what a client asked.
// What not every file system has (locks, extended attributes, access control lists) is EOPNOTSUPP
// unless an implementation overrides it, so that one which only passes calls on loses nothing
// silently but the feature.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/sftp/result.h"
#include "libssh2core/sftp/throttle.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::sftp {

/// How a file is to be opened; the meaning of each is that of open(2).
struct OpenMode {
  bool read = false, write = false, append = false;
  bool create = false, truncate = false, exclusive = false;
  std::uint32_t permissions = 0666;  // of a created file, before the umask
  bool no_follow = false;            // a symlink as last component: ELOOP
  bool delete_on_close = false;      // close() removes the name, if it still is that of this file
};

/// A range of a file to be locked.
struct LockRange {
  std::uint64_t offset = 0, length = 0;  // length 0: up to the end, however far that moves
  bool exclusive = false;                // else others may hold such a lock as well
};

/// Whether an extended attribute must be new or must be there.
enum class XattrMode { Any, Create, Replace };

/// Figures of a file system, as statvfs(3) names them.
struct Statvfs {
  std::uint64_t bsize, frsize, blocks, bfree, bavail, files, ffree, favail, fsid, flag, namemax;
};

class OpenFile {
 public:
  virtual ~OpenFile() = default;
  /// Reads from `offset` into the pieces in order, until they are full or the file ends. Returns
  /// the bytes read, 0 at or behind the end.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<const MutableView> pieces) = 0;
  /// Writes all pieces in order at `offset` (at the end when opened for appending). A partial write
  /// is continued; the bytes written before an error are kept in the file.
  virtual Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) = 0;
  virtual Result<Attributes> stat() = 0;
  /// Sets what is present in `wanted`, in the order size, mode, ACL, times, owner; the last error.
  virtual Outcome set(const Attributes& wanted) = 0;
  virtual Outcome sync() = 0;
  virtual Result<Statvfs> statvfs() = 0;
  /// Copies `length` bytes (0: up to the end) to another open file of the same FileSystem. EINVAL
  /// when both are one file and the ranges overlap.
  virtual Outcome copy_to(OpenFile& target, std::uint64_t from, std::uint64_t length,
                          std::uint64_t to) = 0;
  /// Closes now; an error that the system kept back until here (EDQUOT, EIO) is returned.
  virtual Outcome close() = 0;
  /// The client is gone without having closed the file. As close(), but what was written may be
  /// half of what was meant.
  virtual Outcome abandon() { return close(); }

  /// Locks a range, not waiting: EAGAIN when a lock of somebody else is in the way, EACCES when the
  /// file is not open for reading (a shared lock) or writing (an exclusive one). Binds those who
  /// lock, too, and nobody else. A range that this file has locked is replaced, not refused. Ends
  /// with close().
  virtual Outcome lock(const LockRange& /*range*/) { return {EOPNOTSUPP}; }
  virtual Outcome unlock(std::uint64_t /*offset*/, std::uint64_t /*length*/) {
    return {EOPNOTSUPP};
  }
  /// Takes the room for a file of `size` bytes, whose size stays as it is: what is written there
  /// will not meet a full disk. ENOSPC, EDQUOT, EFBIG; EOPNOTSUPP where it cannot be known. After
  /// abandon() the room is free again.
  virtual Outcome reserve(std::uint64_t /*size*/) { return {EOPNOTSUPP}; }
  /// What holds reading, or writing, back to a rate; nullptr: nothing. Lives as long as the file.
  /// Who reads and writes asks it: the file itself never waits.
  virtual Throttle* throttle(bool /*writing*/) { return nullptr; }
  // As those of FileSystem.
  virtual Result<Acl> acl() { return Errno{EOPNOTSUPP}; }
  virtual Result<std::string> xattr(std::string_view /*name*/) { return Errno{EOPNOTSUPP}; }
  virtual Result<std::vector<std::string>> xattrs() { return Errno{EOPNOTSUPP}; }
  virtual Outcome set_xattr(std::string_view /*name*/, std::string_view /*value*/,
                            XattrMode /*mode*/) {
    return {EOPNOTSUPP};
  }
  virtual Outcome remove_xattr(std::string_view /*name*/) { return {EOPNOTSUPP}; }
};

struct DirectoryEntry {
  std::string name;
  Attributes attributes;  // as lstat gives them; empty when the entry vanished meanwhile
};

class OpenDirectory {
 public:
  virtual ~OpenDirectory() = default;
  /// The next entry, `.` and `..` included; false at the end. Reuses the memory of `entry`.
  virtual Result<bool> next(DirectoryEntry& entry) = 0;
  /// Of the directory itself.
  virtual Result<Attributes> stat() { return Errno{EOPNOTSUPP}; }
  virtual Outcome set(const Attributes& /*wanted*/) { return {EOPNOTSUPP}; }
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<OpenFile>> open(std::string_view path, const OpenMode& mode) = 0;
  virtual Result<std::unique_ptr<OpenDirectory>> open_directory(std::string_view path) = 0;
  virtual Result<Attributes> stat(std::string_view path) = 0;   // follows a final symlink
  virtual Result<Attributes> lstat(std::string_view path) = 0;  // does not
  virtual Outcome set(std::string_view path, const Attributes& wanted, bool follow) = 0;
  virtual Outcome remove(std::string_view path) = 0;
  virtual Outcome make_directory(std::string_view path, std::uint32_t permissions) = 0;
  virtual Outcome remove_directory(std::string_view path) = 0;
  /// The absolute path, symlinks resolved, without trailing slash. Succeeds also when only the last
  /// component is missing. "" is the home directory.
  virtual Result<std::string> real_path(std::string_view path) = 0;
  /// `overwrite` false: EEXIST when `to` exists; never a moment in which neither or half exists.
  virtual Outcome rename(std::string_view from, std::string_view to, bool overwrite) = 0;
  virtual Result<std::string> read_link(std::string_view path) = 0;
  /// Makes the symlink `link`; its target text is stored verbatim.
  virtual Outcome make_symlink(std::string_view target, std::string_view link) = 0;
  virtual Outcome make_hard_link(std::string_view existing, std::string_view link) = 0;
  virtual Result<Statvfs> statvfs(std::string_view path) = 0;
  /// Names for ids, cached by the implementation; empty when unknown.
  virtual const std::string& user_name(std::uint32_t uid) = 0;
  virtual const std::string& group_name(std::uint32_t gid) = 0;
  /// The other way; cached likewise. A decimal number is no name here.
  virtual std::optional<std::uint32_t> user_id(std::string_view /*name*/) { return std::nullopt; }
  virtual std::optional<std::uint32_t> group_id(std::string_view /*name*/) { return std::nullopt; }
  /// The home directory of a user (empty: the session's), as a client path; ENOENT when unknown.
  virtual Result<std::string> home_directory(std::string_view user) = 0;

  /// The access control list of what `path` names, made from the permissions where there is no
  /// other. Set with set(), as Attributes::acl: EOPNOTSUPP when it cannot be kept exactly.
  virtual Result<Acl> acl(std::string_view /*path*/, bool /*follow*/) { return Errno{EOPNOTSUPP}; }
  /// Extended attributes, by the system's names ("user.x"); a final symlink is followed. ENODATA
  /// when there is none of the name (also XattrMode::Replace); EEXIST (XattrMode::Create).
  virtual Result<std::string> xattr(std::string_view /*path*/, std::string_view /*name*/) {
    return Errno{EOPNOTSUPP};
  }
  virtual Result<std::vector<std::string>> xattrs(std::string_view /*path*/) {
    return Errno{EOPNOTSUPP};
  }
  virtual Outcome set_xattr(std::string_view /*path*/, std::string_view /*name*/,
                            std::string_view /*value*/, XattrMode /*mode*/) {
    return {EOPNOTSUPP};
  }
  virtual Outcome remove_xattr(std::string_view /*path*/, std::string_view /*name*/) {
    return {EOPNOTSUPP};
  }
};

}  // namespace ssh2core::sftp
