// The flags of the command line as they are given, and what they make of the options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/sftpd-lite/login_shell.h"
#include "tools/sftpd-lite/options.h"

namespace ssh2core::tools {

/// What is parsed before it becomes Options; those that need no reading are put there at once.
struct GivenFlags {
  Options options;
  bool inetd = false, subsystem = false, scp = false, check = false, print_config = false,
       once = false;
  bool scp_style_inetd = false;
  ShellRequest shell;
  std::vector<std::string> allow_from, deny_from, proxy_from, penalty;
  std::string startups;
  std::string command;
  std::string root, sandbox, run_as, umask_text, query;
  long idle = 600, login = 120;
  std::string log_level, log_mask, sftp_server_level, facility, denied, allowed;
  std::vector<std::string> directives, defines;
  std::string config;
};

/// Declares every flag but --help and --version.
void declare_flags(CLI::App& app, GivenFlags& given);
/// The options that were there, with what the flags and -o say above them. Throws ExitError, saying
/// which flag is wrong.
Options to_options(GivenFlags& given, const CLI::App& app);

}  // namespace ssh2core::tools
