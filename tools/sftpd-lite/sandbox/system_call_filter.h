// The system calls that a session makes, and no others (seccomp(2)). What it never makes in good
// faith ends the process, whose parent logs the signal; what is merely unknown here fails with
// ENOSYS, for which libraries have another way.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

namespace ssh2core::tools {

class SystemCallFilter {
 public:
  /// Translates the table of calls for the kernel.
  SystemCallFilter();
  /// Why there is none; empty when there is one.
  const std::string& missing() const { return missing_; }
  /// Restricts this process, which must have no_new_privs. Returns an errno, 0 for success.
  int enter() const;

 private:
  std::vector<sock_filter> program_;
  std::string missing_;
};

}  // namespace ssh2core::tools
