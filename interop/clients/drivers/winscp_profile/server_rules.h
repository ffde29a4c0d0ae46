// What WinSCP decides by the server's software version. See docs/interop-winscp.md.
#pragma once

#include <string_view>

#include "libssh2core/sftp/messages.h"

namespace ssh2core::winscp {

/// The software version of an identification line: what follows `SSH-2.0-`.
constexpr std::string_view software_of(std::string_view identification) {
  constexpr std::string_view kPrefix = "SSH-2.0-";
  return identification.starts_with(kPrefix) ? identification.substr(kPrefix.size())
                                             : std::string_view();
}

constexpr bool is_openssh(std::string_view software) { return software.starts_with("OpenSSH"); }

/// The version that INIT asks for: 6 of servers known to do it well, else 3.
constexpr sftp::ProtocolVersion version_to_ask(std::string_view software) {
  const bool good = is_openssh(software) || software.starts_with("Sun_SSH") ||
                    software.starts_with("mod_sftp") ||
                    software.find("FlowSsh") != std::string_view::npos;
  return good ? 6 : 3;
}

/// What REALPATH of version 6 asks for: a path that exists. mod_sftp takes 3 for its bit 1.
constexpr sftp::RealpathControl realpath_control(std::string_view software) {
  return software.starts_with("mod_sftp") ? sftp::kRealpathStatIf : sftp::kRealpathStatAlways;
}

/// Whether SYMLINK has the target first, as OpenSSH has it; elsewhere the draft's order is kept.
constexpr bool symlink_target_first(std::string_view software) {
  return is_openssh(software) || software.starts_with("mod_sftp");
}

}  // namespace ssh2core::winscp
