// What a MemoryFileSystem consists of: a file, directory or symlink.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libssh2core/sftp/file_system.h"

namespace ssh2core::sftp {

inline constexpr std::uint32_t kTypeMask = 0170000, kRegular = 0100000, kDirectory = 0040000,
                               kSymlink = 0120000;
inline constexpr std::size_t kMostLinksFollowed = 20, kLongestName = 255;
inline constexpr std::size_t kMostXattrs = 20, kLongestXattr = 65536, kMostAces = 100;

/// A lock and who holds it.
struct MemoryLock {
  LockRange range;
  const OpenFile* holder;
};

struct MemoryNode {
  std::uint32_t mode = 0;
  Bytes data;
  std::string target;
  std::map<std::string, std::shared_ptr<MemoryNode>, std::less<>> children;
  std::uint32_t uid = 1000, gid = 1000, links = 1;
  FileTime atime{1700000000, 0}, mtime{1700000000, 0}, ctime{1700000001, 5};
  std::map<std::string, std::string, std::less<>> xattrs;
  std::optional<Acl> acl;
  std::vector<MemoryLock> locks;

  bool is(std::uint32_t type) const { return (mode & kTypeMask) == type; }
  Attributes attributes() const {
    Attributes a;
    a.size = is(kSymlink) ? target.size() : data.size();
    a.uid = uid;
    a.gid = gid;
    a.mode = mode;
    a.atime = atime;
    a.mtime = mtime;
    a.links = links;
    a.ctime = ctime;
    a.subseconds = true;
    a.allocation = (*a.size + 511) / 512 * 512;
    a.bits = 0;
    a.bits_valid = kBitImmutable | kBitAppendOnly;
    return a;
  }
  Acl access_list() const {
    if (acl) return *acl;
    Acl made;
    made.entries = {{kAceAllow, 0, kAceReadData, "OWNER@"},
                    {kAceAllow, 0, kAceReadData, "EVERYONE@"}};
    return made;
  }
  Result<std::string> xattr(std::string_view name) const {
    const auto at = xattrs.find(name);
    if (at == xattrs.end()) return Errno{ENODATA};
    return at->second;
  }
  std::vector<std::string> xattr_names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : xattrs) names.push_back(name);
    return names;
  }
  Outcome set_xattr(std::string_view name, std::string_view value, XattrMode how) {
    const bool there = xattrs.contains(name);
    if (how == XattrMode::Create && there) return {EEXIST};
    if (how == XattrMode::Replace && !there) return {ENODATA};
    if (!there && xattrs.size() >= kMostXattrs) return {ENOSPC};
    if (value.size() > kLongestXattr) return {E2BIG};
    xattrs[std::string(name)] = value;
    return {};
  }
  Outcome remove_xattr(std::string_view name) {
    const auto at = xattrs.find(name);
    if (at == xattrs.end()) return {ENODATA};
    xattrs.erase(at);
    return {};
  }
  Outcome set(const Attributes& wanted, std::size_t max_file) {
    if (wanted.size) {
      if (is(kDirectory)) return {EISDIR};
      if (*wanted.size > max_file) return {EFBIG};
      data.resize(static_cast<std::size_t>(*wanted.size));
    }
    if (wanted.mode) mode = (mode & kTypeMask) | *wanted.mode;  // the server masks type bits
    if (wanted.acl) {
      if (wanted.acl->entries.size() > kMostAces) return {ENOSPC};
      acl = wanted.acl;
    }
    if (wanted.atime) atime = *wanted.atime;
    if (wanted.mtime) mtime = *wanted.mtime;
    if (wanted.uid) uid = *wanted.uid;
    if (wanted.gid) gid = *wanted.gid;
    return {};
  }
};

}  // namespace ssh2core::sftp
