#include "libssh2core/io/posix_attributes.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include <limits>

namespace ssh2core::io {

using sftp::Attributes;
using sftp::FileTime;
using sftp::Outcome;

namespace {

constexpr std::uint32_t kUnchanged = ~std::uint32_t{0};  // what chown(2) takes for -1

FileTime to_file_time(const statx_timestamp& time) { return {time.tv_sec, time.tv_nsec}; }

struct BitRow {
  std::uint64_t system;
  std::uint32_t bit;
};
constexpr BitRow kBits[] = {{STATX_ATTR_IMMUTABLE, sftp::kBitImmutable},
                            {STATX_ATTR_APPEND, sftp::kBitAppendOnly},
                            {STATX_ATTR_COMPRESSED, sftp::kBitCompressed},
                            {STATX_ATTR_ENCRYPTED, sftp::kBitEncrypted}};

timespec to_timespec(const std::optional<FileTime>& time) {
  if (!time) return {0, UTIME_OMIT};
  timespec result{};
  result.tv_sec = static_cast<time_t>(time->seconds);
  // Anything else is UTIME_NOW, UTIME_OMIT or refused by the system.
  result.tv_nsec = time->nanoseconds < 1'000'000'000 ? static_cast<long>(time->nanoseconds) : 0;
  return result;
}

}  // namespace

int read_attributes(int directory, const char* name, int flags, Attributes& attributes) {
  struct statx status;
  if (*name == '\0') flags |= AT_EMPTY_PATH;
  if (::statx(directory, name, flags, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) return errno;
  attributes.size = status.stx_size;
  attributes.allocation = status.stx_blocks * 512;
  attributes.uid = status.stx_uid;
  attributes.gid = status.stx_gid;
  attributes.mode = status.stx_mode;
  attributes.atime = to_file_time(status.stx_atime);
  attributes.mtime = to_file_time(status.stx_mtime);
  attributes.ctime = to_file_time(status.stx_ctime);
  attributes.subseconds = true;
  attributes.createtime.reset();
  if ((status.stx_mask & STATX_BTIME) != 0) attributes.createtime = to_file_time(status.stx_btime);
  attributes.links = status.stx_nlink;
  attributes.bits = attributes.bits_valid = 0;
  for (const BitRow& row : kBits) {
    if ((status.stx_attributes_mask & row.system) != 0) *attributes.bits_valid |= row.bit;
    if ((status.stx_attributes & row.system) != 0) *attributes.bits |= row.bit;
  }
  attributes.owner.reset();
  attributes.group.reset();
  attributes.type.reset();
  attributes.acl.reset();
  attributes.text_hint.reset();
  attributes.mime_type.reset();
  attributes.untranslated_name.reset();
  attributes.extended.clear();
  return 0;
}

sftp::Result<Attributes> attributes_of(int fd) {
  Attributes attributes;
  if (const int error = read_attributes(fd, "", 0, attributes)) return sftp::Errno{error};
  return attributes;
}

sftp::Result<sftp::Statvfs> statvfs_of(int fd) {
  struct statvfs found;
  if (::fstatvfs(fd, &found) != 0) return sftp::Errno{errno};
  return sftp::Statvfs{.bsize = found.f_bsize,
                       .frsize = found.f_frsize,
                       .blocks = found.f_blocks,
                       .bfree = found.f_bfree,
                       .bavail = found.f_bavail,
                       .files = found.f_files,
                       .ffree = found.f_ffree,
                       .favail = found.f_favail,
                       .fsid = found.f_fsid,
                       .flag = found.f_flag,
                       .namemax = found.f_namemax};
}

Outcome apply_attributes(const Attributes& wanted, AttributeTarget& target) {
  int last = 0;
  const auto note = [&last](int error) {
    if (error != 0) last = error;
  };
  if (wanted.size) {
    const bool possible = *wanted.size <= std::uint64_t{std::numeric_limits<off_t>::max()};
    note(possible ? target.resize(static_cast<off_t>(*wanted.size)) : EFBIG);
  }
  if (wanted.mode) note(target.change_mode(*wanted.mode & 07777));
  if (wanted.acl) note(target.change_acl(*wanted.acl));
  if (wanted.atime || wanted.mtime)
    note(target.change_times({to_timespec(wanted.atime), to_timespec(wanted.mtime)}));
  if (wanted.uid || wanted.gid)
    note(target.change_owner(wanted.uid.value_or(kUnchanged), wanted.gid.value_or(kUnchanged)));
  return {last};
}

}  // namespace ssh2core::io
