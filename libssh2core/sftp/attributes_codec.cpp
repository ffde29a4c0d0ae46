#include "libssh2core/sftp/attributes_codec.h"

#include <limits>

#include "libssh2core/sftp/attributes_v4.h"

namespace ssh2core::sftp {

namespace {

constexpr ProtocolVersion kLastOfOldLayout = 3;

// draft-ietf-secsh-filexfer-02 section 5
enum Flag : std::uint32_t {
  kSize = 0x00000001,
  kUidGid = 0x00000002,
  kPermissions = 0x00000004,
  kAcModTime = 0x00000008,
  kExtended = 0x80000000,
};

std::uint32_t seconds_of(const FileTime& time) {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHighest = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp(time.seconds, kLowest, kHighest));
}

}  // namespace

void put(Writer& w, const Attributes& a, ProtocolVersion version) {
  if (version > kLastOfOldLayout) return put_v4(w, a, version);
  const bool owner = a.uid && a.gid, times = a.atime && a.mtime;
  std::uint32_t flags = 0;
  if (a.size) flags |= kSize;
  if (owner) flags |= kUidGid;
  if (a.mode) flags |= kPermissions;
  if (times) flags |= kAcModTime;
  if (!a.extended.empty()) flags |= kExtended;
  w.u32(flags);
  if (a.size) w.u64(*a.size);
  if (owner) {
    w.u32(*a.uid);
    w.u32(*a.gid);
  }
  if (a.mode) w.u32(*a.mode);
  if (times) {
    w.u32(seconds_of(*a.atime));
    w.u32(seconds_of(*a.mtime));
  }
  if (!a.extended.empty()) put_extended(w, a.extended);
}

void get(Reader& r, Attributes& a, ProtocolVersion version) {
  if (version > kLastOfOldLayout) return get_v4(r, a, version);
  const std::uint32_t flags = r.u32();
  if (flags & kSize) a.size = r.u64();
  if (flags & kUidGid) {
    a.uid = r.u32();
    a.gid = r.u32();
  }
  if (flags & kPermissions) a.mode = r.u32();
  if (flags & kAcModTime) {
    a.atime = FileTime{r.u32(), 0};
    a.mtime = FileTime{r.u32(), 0};
  }
  if (flags & kExtended) get_extended(r, a.extended);
}

}  // namespace ssh2core::sftp
