#include "libssh2core/io/descriptor.h"

#include <unistd.h>

#include <cerrno>

namespace ssh2core::io {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  Descriptor old(std::exchange(fd_, other.release()));
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ < 0) return;
  const int kept = errno;  // a destructor must not hide why the caller is leaving
  ::close(fd_);
  errno = kept;
}

}  // namespace ssh2core::io
