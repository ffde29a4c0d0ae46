// A key store that is a program, as sshd's AuthorizedKeysCommand: `exec:PROGRAM`.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tools/sftpd-lite/login/identity.h"

namespace ssh2core::tools {

/// What is asked: the program gets these as its three arguments.
struct KeyQuestion {
  std::string user, key_type, fingerprint;
};
struct ProgramLimits {
  std::chrono::milliseconds time{5000};
  std::size_t output = std::size_t{4} << 20;  // bytes
};

/// Lines of keys as in an authorized_keys file; when there is a problem, no text.
struct ProgramAnswer {
  std::string text, problem;
};

/// Runs the program, if untrusted_program() has nothing against it, without a shell, with an almost
/// empty environment, as `account` when we are root, and ends it with all its children when it
/// exceeds a limit. An exit code other than 0 is a problem.
ProgramAnswer ask_program(const std::string& program, const KeyQuestion& question,
                          const std::optional<Account>& account, const ProgramLimits& limits = {});

}  // namespace ssh2core::tools
