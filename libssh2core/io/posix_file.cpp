#include "libssh2core/io/posix_file.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "libssh2core/io/descriptor_target.h"
#include "libssh2core/io/posix_acl.h"

namespace ssh2core::io {

using sftp::Errno;
using sftp::Outcome;
using sftp::Result;

namespace {

constexpr std::uint64_t kMaxOffset = std::numeric_limits<off_t>::max();
constexpr std::size_t kMaxPieces = 64;          // a call; below every system's IOV_MAX
constexpr std::size_t kCopyBytes = 128 * 1024;  // of the buffer where the kernel cannot copy
constexpr std::uint64_t kCopyAtOnce = 1 << 30;  // bytes of one copy_file_range(2)

// A position in a list of pieces, handed to the vector calls.
template <class View>
class PieceCursor {
 public:
  explicit PieceCursor(std::span<const View> pieces) : pieces_(pieces) { advance(0); }
  bool done() const { return pieces_.empty(); }
  /// The pieces from here on; returns how many there are, kMaxPieces at most.
  int fill(std::array<iovec, kMaxPieces>& vector) const {
    const std::size_t count = std::min(pieces_.size(), kMaxPieces);
    for (std::size_t i = 0; i < count; ++i) {
      const View piece = i == 0 ? pieces_[0].subspan(skip_) : pieces_[i];
      vector[i] = {const_cast<std::uint8_t*>(piece.data()), piece.size()};
    }
    return static_cast<int>(count);
  }
  void advance(std::size_t bytes) {
    skip_ += bytes;
    while (!pieces_.empty() && skip_ >= pieces_[0].size()) {
      skip_ -= pieces_[0].size();
      pieces_ = pieces_.subspan(1);
    }
  }

 private:
  std::span<const View> pieces_;
  std::size_t skip_ = 0;  // bytes of the first piece that are done
};

// Copies up to `length` bytes inside the kernel; -1 where it cannot, 0 also at the end.
ssize_t copy_in_kernel(int from, std::uint64_t at, int to, std::uint64_t target,
                       std::uint64_t length) {
  auto in = static_cast<off_t>(at), out = static_cast<off_t>(target);
  const auto most = static_cast<std::size_t>(std::min(length, kCopyAtOnce));
  while (true) {
    const ssize_t count = ::copy_file_range(from, &in, to, &out, most, 0);
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace

Result<std::size_t> PosixFile::read(std::uint64_t offset, std::span<const MutableView> pieces) {
  PieceCursor cursor(pieces);
  std::array<iovec, kMaxPieces> vector;
  std::size_t total = 0;
  // The system refuses ranges that end behind the largest offset; there is nothing there to read.
  while (!cursor.done() && offset + total < kMaxOffset - std::numeric_limits<int>::max()) {
    const std::uint64_t at = offset + total;
    const ssize_t count =
        ::preadv(fd_.get(), vector.data(), cursor.fill(vector), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && total == 0) return Errno{errno};
    if (count <= 0) break;  // an error after some bytes shows again at the next read
    total += static_cast<std::size_t>(count);
    cursor.advance(static_cast<std::size_t>(count));
    // A short read at or behind the size is the end of the file, no need to ask once more. Files
    // made on the fly, as those of /proc, have no size and give a piece a time.
    if (size_ != 0 && offset + total >= size_ && !cursor.done()) break;
  }
  return total;
}

Outcome PosixFile::write(std::uint64_t offset, std::span<const ByteView> pieces) {
  PieceCursor cursor(pieces);
  std::array<iovec, kMaxPieces> vector;
  while (!cursor.done()) {
    if (offset > kMaxOffset) return {EFBIG};
    const int filled = cursor.fill(vector);
    const ssize_t count =
        mode_.append ? ::writev(fd_.get(), vector.data(), filled)
                     : ::pwritev(fd_.get(), vector.data(), filled, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {errno};
    if (count == 0) return {EIO};  // no progress and no reason: not to be tried for ever
    cursor.advance(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
    written_to_ = std::max(written_to_, offset);
  }
  return {};
}

Outcome PosixFile::reserve(std::uint64_t size) {
  if (mode_.read_only) return {EROFS};
  if (size > kMaxOffset) return {EFBIG};
  if (size == 0) return {};
  while (::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0) {
    if (errno == EINTR) continue;
    return {errno == ENOSYS ? EOPNOTSUPP : errno};
  }
  reserved_ = std::max(reserved_, size);
  return {};
}

/// Gives room back that nothing came into. Only while the file ends where we have left it: what
/// somebody else has put behind that is not ours to cut off.
Outcome PosixFile::abandon() {
  struct stat now;
  if (fd_ && reserved_ != 0 && ::fstat(fd_.get(), &now) == 0) {
    const auto size = static_cast<std::uint64_t>(now.st_size);
    const std::uint64_t ours = std::max(size_, written_to_);
    if (size < reserved_ && size == ours) [[maybe_unused]]
      const int cut = ::ftruncate(fd_.get(), now.st_size);
  }
  return close();
}

Result<sftp::Attributes> PosixFile::stat() { return attributes_of(fd_.get()); }

Outcome PosixFile::set(const sftp::Attributes& wanted) {
  if (mode_.read_only) return {EROFS};
  DescriptorTarget target(fd_.get());
  return apply_attributes(wanted, target);
}

Outcome PosixFile::sync() { return {::fsync(fd_.get()) == 0 ? 0 : errno}; }

Result<sftp::Statvfs> PosixFile::statvfs() { return statvfs_of(fd_.get()); }

Outcome PosixFile::copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                           std::uint64_t to) {
  auto* other = dynamic_cast<PosixFile*>(&target);
  if (other == nullptr) return {EXDEV};
  struct stat source, destination;
  if (::fstat(fd_.get(), &source) != 0 || ::fstat(other->fd_.get(), &destination) != 0)
    return {errno};
  if (from > kMaxOffset || to > kMaxOffset) return {EFBIG};
  const auto size = static_cast<std::uint64_t>(source.st_size);
  const bool same = source.st_dev == destination.st_dev && source.st_ino == destination.st_ino;
  const std::uint64_t available = size > from ? size - from : 0;
  // Up to the end: of a file that grows meanwhile (or has no size) the real end counts, of the same
  // file the one of now, else it would be copied for ever.
  const std::uint64_t wanted = length != 0 ? length : same ? available : kMaxOffset;
  if (same && (other->mode_.append || (from < to + wanted && to < from + wanted)) && wanted != 0)
    return {EINVAL};

  return copy_range(*other, from, std::min(wanted, kMaxOffset - std::max(from, to)), to);
}

Outcome PosixFile::copy_range(PosixFile& target, std::uint64_t from, std::uint64_t length,
                              std::uint64_t to) {
  bool in_kernel = !target.mode_.append;
  Bytes buffer;
  while (length > 0) {
    ssize_t count = in_kernel ? copy_in_kernel(fd_.get(), from, target.fd_.get(), to, length) : 0;
    if (count <= 0) {
      // Across file systems, an old kernel, a file without a size, the end, a full disk: the plain
      // way finds out, and says what is wrong.
      in_kernel = false;
      buffer.resize(kCopyBytes);
      const MutableView room(buffer.data(),
                             static_cast<std::size_t>(std::min<std::uint64_t>(length, kCopyBytes)));
      const Result<std::size_t> got = read(from, std::span(&room, 1));
      if (!got) return {got.error().value};
      if (*got == 0) return {};
      const ByteView piece(buffer.data(), *got);
      const Outcome written = target.write(to, std::span(&piece, 1));
      if (!written.ok()) return written;
      count = static_cast<ssize_t>(*got);
    }
    from += static_cast<std::uint64_t>(count);
    to += static_cast<std::uint64_t>(count);
    length -= static_cast<std::uint64_t>(count);
  }
  return {};
}

int PosixFile::remove_name() {
  const int directory = name_->directory.get();
  struct stat mine, named;
  if (::fstat(fd_.get(), &mine) != 0) return errno;
  if (::fstatat(directory, name_->name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? 0 : errno;
  if (mine.st_dev != named.st_dev || mine.st_ino != named.st_ino) return 0;
  return ::unlinkat(directory, name_->name.c_str(), 0) == 0 ? 0 : errno;
}

Outcome PosixFile::close() {
  if (!fd_) return {EBADF};
  const int removed = name_ ? remove_name() : 0;
  // Linux closes the descriptor also when it says EINTR.
  const int closed = ::close(fd_.release()) == 0 || errno == EINTR ? 0 : errno;
  return {closed != 0 ? closed : removed};
}

// Locks of the open file, not of the process: another handle of the same session is somebody else.
Outcome PosixFile::lock(const sftp::LockRange& range) {
  if (range.offset > kMaxOffset || range.length > kMaxOffset - range.offset) return {EINVAL};
  struct flock lock{};
  lock.l_type = range.exclusive ? F_WRLCK : F_RDLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(range.offset);
  lock.l_len = static_cast<off_t>(range.length);
  if (::fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EBADF) return {EACCES};
  return {errno == EACCES ? EAGAIN : errno};
}

Outcome PosixFile::unlock(std::uint64_t offset, std::uint64_t length) {
  if (offset > kMaxOffset || length > kMaxOffset - offset) return {EINVAL};
  struct flock lock{};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = static_cast<off_t>(length);
  return {::fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0 ? 0 : errno};
}

Result<sftp::Acl> PosixFile::acl() { return get_acl(XattrFile(fd_.get())); }

Result<std::string> PosixFile::xattr(std::string_view name) {
  return XattrFile(fd_.get()).get(std::string(name));
}
Result<std::vector<std::string>> PosixFile::xattrs() { return XattrFile(fd_.get()).list(); }
Outcome PosixFile::set_xattr(std::string_view name, std::string_view value, sftp::XattrMode mode) {
  if (mode_.read_only) return {EROFS};
  return XattrFile(fd_.get()).set(std::string(name), value, mode);
}
Outcome PosixFile::remove_xattr(std::string_view name) {
  if (mode_.read_only) return {EROFS};
  return XattrFile(fd_.get()).remove(std::string(name));
}

}  // namespace ssh2core::io
