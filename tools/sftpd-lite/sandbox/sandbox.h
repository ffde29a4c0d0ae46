// What a session can no longer do once its user is known, whatever an attacker makes it do: reach
// files outside of the tree that it serves, connect or listen by TCP, start programs, gain rights.
// It stands below the confinement of paths (io/confined_path.h), which it does not need and which
// does not need it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/sandbox/system_call_filter.h"

namespace ssh2core::tools {

enum class SandboxMode { Off, Auto, Require };
/// "off", "auto" or "require"; nullopt: something else.
std::optional<SandboxMode> parse_sandbox_mode(std::string_view word);
std::string_view name_of(SandboxMode mode);

/// What the session is there for.
struct SandboxScope {
  std::string root = "/";  // directory of this machine below which files are served
  bool read_only = false;
  bool chroot = false;  // the root is that of the process
};

/// What is in force, or would be.
struct SandboxState {
  int landlock_abi = 0;  // of the kernel; 0: it has none
  bool file_tree = false, tcp = false, system_calls = false;
  std::vector<std::string> gaps;  // a phrase each: what is not in force, and why

  /// Both that --sandbox=require is about.
  bool complete() const { return file_tree && system_calls; }
  /// One line for a log.
  std::string text() const;
};

class Sandbox {
 public:
  /// Makes what all sessions share. Before the first connection: a session then only loads it.
  Sandbox();
  /// What a session with this scope would get.
  SandboxState available(const SandboxScope& scope) const;
  /// Confines this process for good; nothing brings the rights back. The parts that cannot be had
  /// are left out and named.
  SandboxState enter(const SandboxScope& scope) const;

 private:
  SystemCallFilter filter_;
};

}  // namespace ssh2core::tools
