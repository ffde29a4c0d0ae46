#include "libssh2core/io/posix_acl.h"

#include <algorithm>

namespace ssh2core::io {

using sftp::Acl;
using sftp::AclEntry;
using sftp::Errno;
using sftp::Result;

namespace {

// <linux/posix_acl_xattr.h>: a version, then entries of tag, permissions and id, little-endian.
constexpr char kAccess[] = "system.posix_acl_access";
constexpr std::uint32_t kVersion = 2, kNobody = ~std::uint32_t{0};
constexpr std::size_t kHeadBytes = 4, kEntryBytes = 8;
enum Tag : std::uint16_t {
  kUserObject = 0x01,
  kUser = 0x02,
  kGroupObject = 0x04,
  kGroup = 0x08,
  kMask = 0x10,
  kOther = 0x20,
};
constexpr std::uint16_t kRead = 4, kWrite = 2, kExecute = 1, kAll = 7;

struct Entry {
  std::uint16_t tag, permissions;
  std::uint32_t id = kNobody;
};

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

void add_little(std::string& out, std::uint32_t value, std::size_t size) {
  for (; size-- > 0; value >>= 8) out.push_back(static_cast<char>(value & 0xff));
}

Result<std::vector<Entry>> parse(std::string_view value) {
  if (value.size() < kHeadBytes || (value.size() - kHeadBytes) % kEntryBytes != 0 ||
      little(value, 0, 4) != kVersion)
    return Errno{EINVAL};
  std::vector<Entry> entries;
  for (std::size_t at = kHeadBytes; at < value.size(); at += kEntryBytes)
    entries.push_back({static_cast<std::uint16_t>(little(value, at, 2)),
                       static_cast<std::uint16_t>(little(value, at + 2, 2) & kAll),
                       little(value, at + 4, 4)});
  return entries;
}

std::vector<Entry> from_mode(mode_t mode) {
  return {{kUserObject, static_cast<std::uint16_t>(mode >> 6 & kAll)},
          {kGroupObject, static_cast<std::uint16_t>(mode >> 3 & kAll)},
          {kOther, static_cast<std::uint16_t>(mode & kAll)}};
}

// What a permission is in a mask. Whoever may use a file at all may see its attributes; the owner
// may set them, whatever a list says.
constexpr std::uint32_t kReadMask = sftp::kAceReadData | sftp::kAceReadNamedAttributes,
                        kWriteMask = sftp::kAceWriteData | sftp::kAceAppendData |
                                     sftp::kAceWriteNamedAttributes,
                        kAlways =
                            sftp::kAceReadAttributes | sftp::kAceReadAcl | sftp::kAceSynchronize,
                        kOwners = sftp::kAceWriteAttributes | sftp::kAceWriteAcl;

std::uint32_t mask_of(std::uint16_t permissions, bool directory) {
  std::uint32_t mask = 0;
  if ((permissions & kRead) != 0) mask |= kReadMask;
  if ((permissions & kWrite) != 0) mask |= kWriteMask;
  if ((permissions & kWrite) != 0 && directory) mask |= sftp::kAceDeleteChild;
  if ((permissions & kExecute) != 0) mask |= sftp::kAceExecute;
  return mask;
}

AclEntry entry_of(const Entry& entry, std::uint32_t type, std::uint32_t mask) {
  AclEntry out;
  out.type = type;
  out.mask = mask;
  if (entry.tag == kUserObject) out.who = "OWNER@";
  if (entry.tag == kGroupObject) out.who = "GROUP@";
  if (entry.tag == kOther) out.who = "EVERYONE@";
  if (out.who.empty()) out.id = entry.id;
  if (entry.tag == kGroup || entry.tag == kGroupObject) out.flags = sftp::kAceIdentifierGroup;
  return out;
}

bool is_of_groups(const Entry& entry) { return entry.tag == kGroupObject || entry.tag == kGroup; }

void sort(std::vector<Entry>& entries) {
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.tag != b.tag ? a.tag < b.tag : a.id < b.id;
  });
}

// The entries in the order in which they are looked at; the mask is taken off the others.
std::vector<Entry> in_order(std::vector<Entry> entries) {
  const auto mask = std::ranges::find(entries, kMask, &Entry::tag);
  if (mask != entries.end()) {
    const std::uint16_t permissions = mask->permissions;
    entries.erase(mask);
    for (Entry& entry : entries)
      if (entry.tag != kUserObject && entry.tag != kOther) entry.permissions &= permissions;
  }
  sort(entries);
  return entries;
}

/// Permissions that some entry behind `at` gives, and that `at` therefore denies.
std::uint16_t given_later(const std::vector<Entry>& entries, std::size_t at) {
  std::uint16_t given = 0;
  for (std::size_t i = at + 1; i < entries.size(); ++i)
    // The groups somebody is in count together; only what is behind them is withheld.
    if (!is_of_groups(entries[at]) || !is_of_groups(entries[i])) given |= entries[i].permissions;
  return given;
}

// Who an entry is about, in the order of Tag; 0 for nobody that there is.
std::uint16_t tag_of(const AclEntry& entry) {
  if (entry.who == "OWNER@") return kUserObject;
  if (entry.who == "GROUP@") return kGroupObject;
  if (entry.who == "EVERYONE@") return kOther;
  if (!entry.id) return 0;
  return (entry.flags & sftp::kAceIdentifierGroup) != 0 ? kGroup : kUser;
}

/// What the list gives to somebody, by the entries about them and about everyone. Writing is both
/// changing and appending: less is none.
std::uint16_t permissions_for(const Acl& acl, std::uint16_t tag, std::uint32_t id) {
  std::uint32_t allowed = 0, decided = 0;
  for (const AclEntry& entry : acl.entries) {
    const std::uint16_t about = tag_of(entry);
    if (about != kOther && (about != tag || entry.id.value_or(kNobody) != id)) continue;
    if (entry.type == sftp::kAceAllow) allowed |= entry.mask & ~decided;
    decided |= entry.mask;
  }
  constexpr std::uint32_t kWriting = sftp::kAceWriteData | sftp::kAceAppendData;
  std::uint16_t permissions = 0;
  if ((allowed & sftp::kAceReadData) != 0) permissions |= kRead;
  if ((allowed & kWriting) == kWriting) permissions |= kWrite;
  if ((allowed & sftp::kAceExecute) != 0) permissions |= kExecute;
  return permissions;
}

}  // namespace

Result<Acl> to_nfs4(std::string_view posix, mode_t mode) {
  Result<std::vector<Entry>> found = posix.empty() ? from_mode(mode) : parse(posix);
  if (!found) return found.error();
  const std::vector<Entry> entries = in_order(std::move(*found));
  const bool directory = S_ISDIR(mode);
  Acl acl;
  std::vector<AclEntry> denials;  // of the groups, behind all that they give
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (!is_of_groups(entry)) acl.entries.insert(acl.entries.end(), denials.begin(), denials.end());
    if (!is_of_groups(entry)) denials.clear();
    const std::uint32_t more = kAlways | (entry.tag == kUserObject ? kOwners : 0);
    acl.entries.push_back(
        entry_of(entry, sftp::kAceAllow, mask_of(entry.permissions, directory) | more));
    const auto denied = static_cast<std::uint16_t>(given_later(entries, i) & ~entry.permissions);
    if (denied == 0) continue;
    (is_of_groups(entry) ? denials : acl.entries)
        .push_back(entry_of(entry, sftp::kAceDeny, mask_of(denied, directory)));
  }
  return acl;
}

Result<PosixAcl> to_posix(const Acl& acl) {
  std::vector<Entry> entries = {{kUserObject, 0}, {kGroupObject, 0}, {kOther, 0}};
  for (const AclEntry& entry : acl.entries) {
    if (entry.type > sftp::kAceDeny) return Errno{EOPNOTSUPP};
    if ((entry.flags & ~sftp::kAceIdentifierGroup) != 0) return Errno{EOPNOTSUPP};
    const std::uint16_t tag = tag_of(entry);
    if (tag == 0) return Errno{EINVAL};
    if (tag != kUser && tag != kGroup) continue;
    const bool known = std::ranges::any_of(
        entries, [&](const Entry& e) { return e.tag == tag && e.id == *entry.id; });
    if (!known) entries.push_back({tag, 0, *entry.id});
  }
  for (Entry& entry : entries) entry.permissions = permissions_for(acl, entry.tag, entry.id);
  PosixAcl posix;
  std::uint16_t mask = 0;
  for (const Entry& entry : entries)
    if (entry.tag != kUserObject && entry.tag != kOther) mask |= entry.permissions;
  posix.mode =
      static_cast<mode_t>(entries[0].permissions << 6 | mask << 3 | entries[2].permissions);
  if (entries.size() == 3) return posix;
  entries.push_back({kMask, mask});
  sort(entries);
  add_little(posix.value, kVersion, 4);
  for (const Entry& entry : entries) {
    add_little(posix.value, entry.tag, 2);
    add_little(posix.value, entry.permissions, 2);
    add_little(posix.value, entry.id, 4);
  }
  return posix;
}

Result<Acl> get_acl(const XattrFile& file) {
  struct stat status;
  if (::fstat(file.fd(), &status) != 0) return Errno{errno};
  const Result<std::string> value = file.get(kAccess);
  if (value) return to_nfs4(*value, status.st_mode);
  if (value.error().value != ENODATA && value.error().value != EOPNOTSUPP) return value.error();
  return to_nfs4({}, status.st_mode);
}

int set_acl(const XattrFile& file, const Acl& acl, AttributeTarget& target) {
  const Result<PosixAcl> posix = to_posix(acl);
  if (!posix) return posix.error().value;
  if (!posix->value.empty()) return file.set(kAccess, posix->value, sftp::XattrMode::Any).error;
  // A list that was there would turn the group's bits into its mask.
  const int removed = file.remove(kAccess).error;
  if (removed != 0 && removed != ENODATA && removed != EOPNOTSUPP) return removed;
  struct stat status;
  if (::fstat(file.fd(), &status) != 0) return errno;
  return target.change_mode((status.st_mode & 07000) | posix->mode);
}

}  // namespace ssh2core::io
