// Attributes of a file, neutral to the protocol version. The layouts of the versions are in
// attributes_codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ssh2core::sftp {

/// A point in time: seconds since 1970 (negative before) and 0..999,999,999 nanoseconds after it.
struct FileTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  bool operator==(const FileTime&) const = default;
};

/// An extended attribute pair of ATTRS; carried, never interpreted here.
struct ExtendedAttribute {
  std::string name, value;
};

/// Bits of an entry's mask (draft -13 section 7.8.3), which OPEN's desired-access uses, too.
enum AceMask : std::uint32_t {
  kAceReadData = 0x1,    // of a directory: list it
  kAceWriteData = 0x2,   // of a directory: add a file
  kAceAppendData = 0x4,  // of a directory: add a directory
  kAceReadNamedAttributes = 0x8,
  kAceWriteNamedAttributes = 0x10,
  kAceExecute = 0x20,
  kAceDeleteChild = 0x40,
  kAceReadAttributes = 0x80,
  kAceWriteAttributes = 0x100,
  kAceDelete = 0x10000,
  kAceReadAcl = 0x20000,
  kAceWriteAcl = 0x40000,
  kAceWriteOwner = 0x80000,
  kAceSynchronize = 0x100000,
};
enum AceType : std::uint32_t { kAceAllow = 0, kAceDeny = 1, kAceAudit = 2, kAceAlarm = 3 };
inline constexpr std::uint32_t kAceIdentifierGroup = 0x40;  // flag: `who` is a group

/// An entry of an access control list as NFSv4 has them (draft -13 section 7.8).
struct AclEntry {
  std::uint32_t type = kAceAllow, flags = 0, mask = 0;
  std::string who;  // OWNER@, GROUP@, EVERYONE@ or a name
  /// The user or group. A FileSystem sets and reads this for all but the three names with an `@`;
  /// names of users and groups are the session's affair.
  std::optional<std::uint32_t> id = {};
  bool operator==(const AclEntry&) const = default;
};
struct Acl {
  std::uint32_t flags = 0;  // acl-flags of version 6
  std::vector<AclEntry> entries;
};

/// attrib-bits (draft -13 section 7.9).
enum AttributeBit : std::uint32_t {
  kBitReadOnly = 0x1,
  kBitSystem = 0x2,
  kBitHidden = 0x4,
  kBitCaseInsensitive = 0x8,
  kBitArchive = 0x10,
  kBitEncrypted = 0x20,
  kBitCompressed = 0x40,
  kBitSparse = 0x80,
  kBitAppendOnly = 0x100,
  kBitImmutable = 0x200,
  kBitSync = 0x400,
  kBitTranslationError = 0x800,
};

/// What is known of a file, or what is to be set: an absent field is unknown or stays as it is.
struct Attributes {
  std::optional<std::uint64_t> size;        // bytes
  std::optional<std::uint64_t> allocation;  // bytes on disk
  std::optional<std::uint32_t> uid, gid;    // to be set: one alone leaves the other as it is
  std::optional<std::string> owner, group;  // names, v4 and later; a FileSystem sees ids only
  std::optional<std::uint32_t> mode;        // st_mode: file type bits included when known
  std::optional<std::uint8_t> type;         // of v4 and later, where mode has no type bits
  std::optional<FileTime> atime, mtime, ctime, createtime;
  bool subseconds = false;  // v4 and later: the times are sent with their nanoseconds
  std::optional<std::uint32_t> links;
  std::optional<std::uint32_t> bits, bits_valid;  // AttributeBit; always both or none
  std::optional<Acl> acl;                         // never told by stat(): see FileSystem::acl()
  std::optional<std::uint8_t> text_hint;
  std::optional<std::string> mime_type, untranslated_name;
  std::vector<ExtendedAttribute> extended;
};

}  // namespace ssh2core::sftp
