// sftpd-lite as somebody's login shell: SFTP and SCP for those whom an SSH server lets in, and
// nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ssh2core::tools {

/// Whether the program was started as a login shell by its name: `-sftpsh` or `sftpsh`.
bool is_login_shell(const char* program_name);

/// What a login shell is asked for.
struct ShellRequest {
  bool login_shell = false;
  std::optional<std::string> command;      // of -c; none: an interactive shell is wanted
  std::vector<std::string> sftp_commands;  // that mean SFTP, beside the usual ones
};

/// The message for everything else, unless another is set.
inline constexpr const char* kDenyMessage = "This server offers SFTP and SCP only.";

/// True when the command is that of an SFTP server: the usual ones of OpenSSH on any system, or one
/// of `others`, word for word.
bool is_sftp_command(const std::string& command, const std::vector<std::string>& others);

}  // namespace ssh2core::tools
