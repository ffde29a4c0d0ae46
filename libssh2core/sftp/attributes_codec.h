// ATTRS on the wire: draft-ietf-secsh-filexfer-02 section 5 (versions 1 to 3), -04, -05 and -13
// section 7 (versions 4, 5 and 6).
#pragma once

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/sftp/codec.h"

namespace ssh2core::sftp {

/// Flags of the fields, versions 4 to 6; STAT, LSTAT and FSTAT ask for attributes by them.
enum AttributeFlag : std::uint32_t {
  kAttrSize = 0x00000001,
  kAttrPermissions = 0x00000004,
  kAttrAccessTime = 0x00000008,
  kAttrCreateTime = 0x00000010,
  kAttrModifyTime = 0x00000020,
  kAttrAcl = 0x00000040,
  kAttrOwnerGroup = 0x00000080,
  kAttrSubsecondTimes = 0x00000100,
  kAttrBits = 0x00000200,
  kAttrAllocationSize = 0x00000400,
  kAttrTextHint = 0x00000800,
  kAttrMimeType = 0x00001000,
  kAttrLinkCount = 0x00002000,
  kAttrUntranslatedName = 0x00004000,
  kAttrChangeTime = 0x00008000,
  kAttrExtended = 0x80000000,
};

/// The flags that `version` (4 to 6) has.
std::uint32_t attribute_flags(ProtocolVersion version);

/// File types of version 4 and later.
enum class FileType : std::uint8_t {
  Regular = 1,
  Directory = 2,
  Symlink = 3,
  Special = 4,
  Unknown = 5,  // the last of version 4
  Socket = 6,
  CharacterDevice = 7,
  BlockDevice = 8,
  Fifo = 9,
};
/// The type that the type bits of st_mode say, as `version` has it.
FileType file_type(std::uint32_t mode, ProtocolVersion version);
/// The type bits of st_mode for a type of the wire; 0 for Special, Unknown and what there is not.
std::uint32_t mode_of(FileType type);

/// Appends `attributes` as `version` lays them out; what it cannot carry is left out. Times of
/// versions 1 to 3 beyond 32 bits are cut to the nearest that fits: -2^31 (as its low 32 bits) or
/// 2^32-1.
void put(Writer& w, const Attributes& attributes, ProtocolVersion version);
/// Takes an ATTRS structure. Times of versions 1 to 3 are unsigned, as the draft has them. From
/// version 4 on the type may be missing: Erlang and phpseclib leave it out. Throws ProtocolError
/// when it is cut short, claims more pairs or entries than can follow, has flags that the version
/// does not know, or nanoseconds that make a second.
void get(Reader& r, Attributes& attributes, ProtocolVersion version);

}  // namespace ssh2core::sftp
