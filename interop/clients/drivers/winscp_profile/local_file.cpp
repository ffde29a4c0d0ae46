#include "interop/clients/drivers/winscp_profile/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "interop/clients/drivers/winscp_profile/failure.h"

namespace ssh2core::winscp {

namespace {

int flags_of(LocalFile::Mode mode) {
  switch (mode) {
    case LocalFile::Mode::Read:
      return O_RDONLY;
    case LocalFile::Mode::Write:
      return O_RDWR | O_CREAT | O_TRUNC;
    case LocalFile::Mode::Continue:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

struct stat status_of(int fd) {
  struct stat found{};
  ::fstat(fd, &found);
  return found;
}

}  // namespace

LocalFile::LocalFile(const std::string& path, Mode mode)
    : path_(path), fd_(::open(path.c_str(), flags_of(mode) | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail();
}

LocalFile::~LocalFile() {
  if (fd_ >= 0) ::close(fd_);
}

void LocalFile::fail() const { throw Failure("local", path_ + ": " + std::strerror(errno)); }

std::uint64_t LocalFile::size() const { return static_cast<std::uint64_t>(status_of(fd_).st_size); }

FileTimes LocalFile::times() const {
  const struct stat found = status_of(fd_);
  return {found.st_atim.tv_sec, found.st_mtim.tv_sec};
}

void LocalFile::set_times(const FileTimes& times) {
  const timespec both[2] = {{times.accessed, 0}, {times.modified, 0}};
  if (::futimens(fd_, both) != 0) fail();
}

bool LocalFile::read(std::uint64_t offset, MutableView room) const {
  while (!room.empty()) {
    const ssize_t count = ::pread(fd_, room.data(), room.size(), static_cast<off_t>(offset));
    if (count <= 0) return false;
    room = room.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

bool LocalFile::write(std::uint64_t offset, ByteView data) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset));
    if (count <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

std::int64_t LocalFile::size_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? found.st_size : -1;
}

}  // namespace ssh2core::winscp
