#include "libssh2core/sftp/status.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace ssh2core::sftp {

namespace {

constexpr auto kStatuses = std::to_array<StatusEntry>({
    {Status::Ok, "OK", "Success", 1},
    {Status::Eof, "EOF", "End of file", 1},
    {Status::NoSuchFile, "NO_SUCH_FILE", "No such file", 1},
    {Status::PermissionDenied, "PERMISSION_DENIED", "Permission denied", 1},
    {Status::Failure, "FAILURE", "Failure", 1},
    {Status::BadMessage, "BAD_MESSAGE", "Malformed request", 1},
    {Status::NoConnection, "NO_CONNECTION", "No connection", 1},
    {Status::ConnectionLost, "CONNECTION_LOST", "Connection lost", 1},
    {Status::OpUnsupported, "OP_UNSUPPORTED", "Operation not supported", 1},
    {Status::InvalidHandle, "INVALID_HANDLE", "Invalid handle", 4},
    {Status::NoSuchPath, "NO_SUCH_PATH", "No such path", 4},
    {Status::FileAlreadyExists, "FILE_ALREADY_EXISTS", "File exists already", 4},
    {Status::WriteProtect, "WRITE_PROTECT", "Write protected", 4},
    {Status::NoMedia, "NO_MEDIA", "No medium", 4},
    {Status::NoSpaceOnFilesystem, "NO_SPACE_ON_FILESYSTEM", "No space left", 5},
    {Status::QuotaExceeded, "QUOTA_EXCEEDED", "Quota exceeded", 5},
    {Status::UnknownPrincipal, "UNKNOWN_PRINCIPAL", "Unknown user or group", 5},
    {Status::LockConflict, "LOCK_CONFLICT", "Locked by another", 5},
    {Status::DirNotEmpty, "DIR_NOT_EMPTY", "Directory not empty", 6},
    {Status::NotADirectory, "NOT_A_DIRECTORY", "Not a directory", 6},
    {Status::InvalidFilename, "INVALID_FILENAME", "Invalid file name", 6},
    {Status::LinkLoop, "LINK_LOOP", "Too many symbolic links", 6},
    {Status::CannotDelete, "CANNOT_DELETE", "Cannot be deleted", 6},
    {Status::InvalidParameter, "INVALID_PARAMETER", "Invalid parameter", 6},
    {Status::FileIsADirectory, "FILE_IS_A_DIRECTORY", "Is a directory", 6},
    {Status::ByteRangeLockConflict, "BYTE_RANGE_LOCK_CONFLICT", "Range locked by another", 6},
    {Status::ByteRangeLockRefused, "BYTE_RANGE_LOCK_REFUSED", "Lock refused", 6},
    {Status::DeletePending, "DELETE_PENDING", "About to be deleted", 6},
    {Status::FileCorrupt, "FILE_CORRUPT", "File corrupt", 6},
    {Status::OwnerInvalid, "OWNER_INVALID", "Unknown owner", 6},
    {Status::GroupInvalid, "GROUP_INVALID", "Unknown group", 6},
    {Status::NoMatchingByteRangeLock, "NO_MATCHING_BYTE_RANGE_LOCK", "No such lock", 6},
});

struct ErrorEntry {
  int error;
  Status v3, v4, v5, v6;
  std::string_view text;
};

using enum Status;
constexpr auto kErrors = std::to_array<ErrorEntry>({
    {0, Ok, Ok, Ok, Ok, "Success"},
    {ENOENT, NoSuchFile, NoSuchFile, NoSuchFile, NoSuchFile, "No such file or directory"},
    {ENOTDIR, NoSuchFile, Failure, Failure, NotADirectory, "Not a directory"},
    {ELOOP, Failure, Failure, Failure, LinkLoop, "Too many symbolic links"},
    {EBADF, Failure, InvalidHandle, InvalidHandle, InvalidHandle, "Invalid handle"},
    {EACCES, PermissionDenied, PermissionDenied, PermissionDenied, PermissionDenied,
     "Permission denied"},
    {EPERM, PermissionDenied, PermissionDenied, PermissionDenied, PermissionDenied,
     "Operation not permitted"},
    {EROFS, PermissionDenied, WriteProtect, WriteProtect, WriteProtect, "Read-only file system"},
    {EEXIST, Failure, FileAlreadyExists, FileAlreadyExists, FileAlreadyExists,
     "File exists already"},
    {ENOTEMPTY, Failure, Failure, Failure, DirNotEmpty, "Directory not empty"},
    {EISDIR, Failure, Failure, Failure, FileIsADirectory, "Is a directory"},
    {ENAMETOOLONG, Failure, Failure, Failure, InvalidFilename, "File name too long"},
    {EINVAL, Failure, Failure, Failure, InvalidParameter, "Invalid parameter"},
    {EFAULT, Failure, Failure, Failure, Failure, "Failure"},
    {ENOSPC, Failure, Failure, NoSpaceOnFilesystem, NoSpaceOnFilesystem, "No space left"},
    {EFBIG, Failure, Failure, NoSpaceOnFilesystem, NoSpaceOnFilesystem, "File too large"},
    {EDQUOT, Failure, Failure, QuotaExceeded, QuotaExceeded, "Quota exceeded"},
    {ENOSYS, OpUnsupported, OpUnsupported, OpUnsupported, OpUnsupported, "Operation not supported"},
    {EOPNOTSUPP, OpUnsupported, OpUnsupported, OpUnsupported, OpUnsupported,
     "Operation not supported"},
    {EILSEQ, Failure, Failure, Failure, InvalidFilename, "Not a name in the agreed encoding"},
    {ENODATA, NoSuchFile, NoSuchFile, NoSuchFile, NoSuchFile, "No such attribute"},
    {E2BIG, Failure, Failure, Failure, InvalidParameter, "Too long"},
    {ERANGE, Failure, Failure, Failure, InvalidParameter, "Out of range"},
    {EAGAIN, Failure, Failure, LockConflict, LockConflict, "Locked by another"},
    {ENOLCK, Failure, Failure, Failure, ByteRangeLockRefused, "Too many locks"},
    {EIO, Failure, Failure, Failure, Failure, "Input/output error"},
    {EXDEV, Failure, Failure, Failure, Failure, "Not on the same file system"},
    {EMFILE, Failure, Failure, Failure, Failure, "Too many open handles"},
    {ENFILE, Failure, Failure, Failure, Failure, "Too many open files"},
    {EBUSY, Failure, Failure, Failure, Failure, "Busy"},
    {ETXTBSY, Failure, Failure, Failure, Failure, "File is being executed"},
    {EMLINK, Failure, Failure, Failure, Failure, "Too many links"},
    {ENXIO, Failure, Failure, Failure, Failure, "No such device"},
});

const ErrorEntry* find_error(int error) {
  const auto at = std::ranges::find(kErrors, error, &ErrorEntry::error);
  return at == kErrors.end() ? nullptr : &*at;
}

}  // namespace

std::span<const StatusEntry> status_table() { return kStatuses; }

Status status_in(Status code, ProtocolVersion version) {
  const auto number = static_cast<std::size_t>(code);
  return number < kStatuses.size() && kStatuses[number].since <= version ? code : Failure;
}

Status status_of(int error, ProtocolVersion version) {
  const ErrorEntry* entry = find_error(error);
  if (entry == nullptr) return Failure;
  switch (version) {
    case 6:
      return entry->v6;
    case 5:
      return entry->v5;
    case 4:
      return entry->v4;
    default:
      return entry->v3;
  }
}

std::string_view status_text(Status code) {
  const auto number = static_cast<std::size_t>(code);
  return number < kStatuses.size() ? kStatuses[number].text : "Failure";
}

std::string_view error_text(int error) {
  const ErrorEntry* entry = find_error(error);
  return entry == nullptr ? status_text(Failure) : entry->text;
}

}  // namespace ssh2core::sftp
