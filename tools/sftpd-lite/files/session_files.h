// The files of a user that has logged in: whose rights, which root, behind which sandbox.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libssh2core/sftp/file_system.h"
#include "tools/sftpd-lite/service.h"

namespace ssh2core::tools {

struct SessionFiles {
  std::unique_ptr<sftp::FileSystem> files;
  std::string root;  // directory of this machine that the client sees as `/`
};

/// Opens them; as root the process becomes the user first, and the sandbox closes behind it. No
/// files when that cannot be, with the reason in `why`. `told` hears what is worth a line in the
/// log, `refused` what the rules about files refuse, for as long as there are files.
SessionFiles open_files(const Service& service, const Options& options, const Visitor& visitor,
                        const std::function<void(LogLevel, const std::string&)>& told,
                        const std::function<void(const std::string&)>& refused, std::string& why);

/// Looks for what would keep sessions from having their files.
void check_session_files(const Service& service, std::vector<Finding>& findings);

/// Puts this process into the sandbox of the options. A sentence when it must not go on.
std::string enter_sandbox(const Options& options, const Sandbox& sandbox, const SandboxScope& scope,
                          const std::function<void(LogLevel, const std::string&)>& told);

}  // namespace ssh2core::tools
