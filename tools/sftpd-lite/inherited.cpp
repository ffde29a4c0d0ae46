#include "tools/sftpd-lite/inherited.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace ssh2core::tools {

namespace {

constexpr unsigned kFirst = 3;  // behind standard input, output and error

/// The number that a text begins with; 0 when it is none.
unsigned number_of(const char* text) {
  return text == nullptr ? 0 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace

void close_inherited(const Options& options) {
  std::set<unsigned> kept;
  // sd_listen_fds(3): from 3 on, as many as LISTEN_FDS says.
  const unsigned passed = std::min(number_of(getenv("LISTEN_FDS")), 1024U);
  for (unsigned fd = kFirst; fd < kFirst + passed; ++fd) kept.insert(fd);
  for (const std::string& address : options.listen)
    if (address.starts_with("fd:")) kept.insert(number_of(address.c_str() + 3));
  unsigned next = kFirst;
  for (const unsigned fd : kept) {
    if (fd > next) close_range(next, fd - 1, 0);
    next = std::max(next, fd + 1);
  }
  close_range(next, ~0U, 0);
}

}  // namespace ssh2core::tools
