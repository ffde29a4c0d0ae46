#include "tools/common/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ssh2core::tools {

namespace {

FileError error_of(const std::string& path, int error) {
  return {error, path + ": " + strerror(error)};
}

}  // namespace

std::variant<MappedFile, FileError> MappedFile::open(const std::string& path,
                                                     std::size_t max_bytes) {
  // Not to wait for a FIFO.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return error_of(path, errno);
  struct stat info{};
  const int failed = fstat(fd, &info) != 0 ? errno : 0;
  const auto size = static_cast<std::size_t>(info.st_size);
  const bool usable = failed == 0 && S_ISREG(info.st_mode) && size != 0 && size <= max_bytes;
  void* const at = usable ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  const int not_mapped = usable && at == MAP_FAILED ? errno : 0;
  close(fd);
  if (failed != 0) return error_of(path, failed);
  if (!usable) return FileError{0, path + ": is no regular file of a usable size"};
  if (not_mapped != 0) return error_of(path, not_mapped);
  return MappedFile(ByteView(static_cast<const std::uint8_t*>(at), size));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace ssh2core::tools
