#include "libssh2core/io/posix_attributes.h"

#include <sys/statvfs.h>

#include <limits>

namespace ssh2core::io {

using sftp::Attributes;
using sftp::FileTime;
using sftp::Outcome;

namespace {

FileTime to_file_time(const timespec& time) {
  return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

timespec to_timespec(const std::optional<FileTime>& time) {
  if (!time) return {0, UTIME_OMIT};
  timespec result{};
  result.tv_sec = static_cast<time_t>(time->seconds);
  // Anything else is UTIME_NOW, UTIME_OMIT or refused by the system.
  result.tv_nsec = time->nanoseconds < 1'000'000'000 ? static_cast<long>(time->nanoseconds) : 0;
  return result;
}

}  // namespace

void fill_attributes(const struct stat& status, Attributes& attributes) {
  attributes.size = static_cast<std::uint64_t>(status.st_size);
  attributes.allocation = static_cast<std::uint64_t>(status.st_blocks) * 512;
  attributes.uid = status.st_uid;
  attributes.gid = status.st_gid;
  attributes.owner.reset();
  attributes.group.reset();
  attributes.mode = status.st_mode;
  attributes.atime = to_file_time(status.st_atim);
  attributes.mtime = to_file_time(status.st_mtim);
  attributes.ctime = to_file_time(status.st_ctim);
  attributes.createtime.reset();
  attributes.links = static_cast<std::uint32_t>(status.st_nlink);
  attributes.extended.clear();
}

Attributes to_attributes(const struct stat& status) {
  Attributes attributes;
  fill_attributes(status, attributes);
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
  if (wanted.atime || wanted.mtime)
    note(target.change_times({to_timespec(wanted.atime), to_timespec(wanted.mtime)}));
  if (wanted.uid && wanted.gid) note(target.change_owner(*wanted.uid, *wanted.gid));
  return {last};
}

}  // namespace ssh2core::io
