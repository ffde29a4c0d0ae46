#include "tools/sftpd-lite/login/hash_gate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

namespace ssh2core::tools {
namespace {

/// Sets or removes the lock on a byte without waiting; false when another process has it.
bool set_lock(int fd, unsigned byte, short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  while (fcntl(fd, F_SETLK, &lock) != 0)
    if (errno != EINTR) return false;
  return true;
}

}  // namespace

HashGate::HashGate(unsigned passes)
    : file_(memfd_create("password hashes", MFD_CLOEXEC)), passes_(std::max(1U, passes)) {
  if (!file_) throw std::system_error(errno, std::generic_category(), "memfd_create");
}

HashGate::Pass::~Pass() {
  if (fd_ >= 0) set_lock(fd_, byte_, F_UNLCK);
}

std::optional<HashGate::Pass> HashGate::try_enter() const {
  for (unsigned byte = 0; byte < passes_; ++byte)
    if (set_lock(file_.get(), byte, F_WRLCK)) return Pass(file_.get(), byte);
  return std::nullopt;
}

std::optional<HashGate::Pass> HashGate::enter(std::chrono::milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  // F_SETLKW waits for one byte only, and without an end: ask again and again, more and more
  // rarely.
  std::chrono::milliseconds pause{2};
  while (true) {
    if (auto pass = try_enter()) return pass;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, std::chrono::milliseconds{50});
  }
}

}  // namespace ssh2core::tools
