// Status codes of SFTP, their texts, and which of them an errno becomes in which version.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libssh2core/sftp/codec.h"

namespace ssh2core::sftp {

/// draft-ietf-secsh-filexfer-02 section 7 and -13 section 9.1. The numbers are those on the wire.
enum class Status : std::uint32_t {
  Ok = 0,
  Eof = 1,
  NoSuchFile = 2,
  PermissionDenied = 3,
  Failure = 4,
  BadMessage = 5,
  NoConnection = 6,    // made by clients for themselves, never sent
  ConnectionLost = 7,  // likewise
  OpUnsupported = 8,
  InvalidHandle = 9,
  NoSuchPath = 10,
  FileAlreadyExists = 11,
  WriteProtect = 12,
  NoMedia = 13,
  NoSpaceOnFilesystem = 14,
  QuotaExceeded = 15,
  UnknownPrincipal = 16,
  LockConflict = 17,
  DirNotEmpty = 18,
  NotADirectory = 19,
  InvalidFilename = 20,
  LinkLoop = 21,
  CannotDelete = 22,
  InvalidParameter = 23,
  FileIsADirectory = 24,
  ByteRangeLockConflict = 25,
  ByteRangeLockRefused = 26,
  DeletePending = 27,
  FileCorrupt = 28,
  OwnerInvalid = 29,
  GroupInvalid = 30,
  NoMatchingByteRangeLock = 31,
};

struct StatusEntry {
  Status code;
  std::string_view name;  // as in the drafts, without SSH_FX_
  std::string_view text;  // for people
  ProtocolVersion since;
};
/// All codes, in the order of their numbers.
std::span<const StatusEntry> status_table();

/// `code`, or FAILURE where `version` does not have it.
Status status_in(Status code, ProtocolVersion version);
/// The status that stands for an errno in `version`; 0 is OK, an unknown one FAILURE.
Status status_of(int error, ProtocolVersion version);
/// A short English text without any name of a file.
std::string_view status_text(Status code);
/// The same for an errno; more exact than the text of its status.
std::string_view error_text(int error);

}  // namespace ssh2core::sftp
