#include "tools/sftpd-lite/login_shell.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ssh2core::tools {

bool is_login_shell(const char* program_name) {
  if (program_name == nullptr) return false;
  std::string_view name = program_name;
  if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  return name == "-sftpsh" || name == "sftpsh";
}

bool is_sftp_command(const std::string& command, const std::vector<std::string>& others) {
  // What sshd_config says behind `Subsystem sftp` on common systems. sshd runs it by the login
  // shell; internal-sftp reaches the shell only where sshd does not know it.
  constexpr auto kUsual = std::to_array<std::string_view>({
      "/usr/lib/openssh/sftp-server",
      "/usr/libexec/openssh/sftp-server",
      "/usr/libexec/sftp-server",
      "/usr/lib/ssh/sftp-server",
      "/usr/lib/sftp-server",
      "sftp-server",
      "internal-sftp",
  });
  return std::ranges::find(kUsual, command) != kUsual.end() ||
         std::ranges::find(others, command) != others.end();
}

}  // namespace ssh2core::tools
