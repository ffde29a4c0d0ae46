// sftpd-lite: an SSH server for SFTP and SCP only. Here only: which mode runs, and how it ends.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <cstdlib>

#include "tools/common/exit_code.h"
#include "tools/sftpd-lite/check.h"
#include "tools/sftpd-lite/command_line/command_line.h"
#include "tools/sftpd-lite/inherited.h"
#include "tools/sftpd-lite/login/freed_memory.h"
#include "tools/sftpd-lite/safetp_style.h"
#include "tools/sftpd-lite/serve.h"

namespace ssh2core::tools {
namespace {

/// Without a mode: systemd's sockets when there are some.
Mode chosen_mode(const Options& options) {
  if (options.mode) return *options.mode;
  if (getenv("LISTEN_FDS") != nullptr) return Mode::Listen;
  throw ExitError(kUsage, "nothing to do: give --listen PORT, --inetd or --subsystem; see --help");
}

/// Who may see /proc can read and write this process's memory there, unless it is not dumpable: the
/// host keys would be theirs, and with a write more than SFTP. The children inherit it.
/// LeakSanitizer needs what this takes away.
void hide_memory() {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/// What is wrong with the configuration, before a mode is looked for in it.
bool tell_faults(const Options& options) {
  for (const std::string& fault : options.faults) fmt::print(stderr, "sftpd-lite: {}\n", fault);
  return !options.faults.empty();
}

int run(const Options& options, const Hosts::Reread& reread) {
  const Mode streams = options.mode.value_or(Mode::Subsystem);
  if ((streams == Mode::Subsystem || streams == Mode::Scp) && tell_faults(options)) return kUsage;
  const Mode mode = chosen_mode(options);
  Hosts hosts(options, reread);
  if (mode == Mode::Check) return print_check(hosts);
  if (mode == Mode::PrintConfig) return print_config(hosts);
  hide_memory();
  close_inherited(options);
  install_signals();
  hosts.open_all_logs(mode);
  Service& service = hosts.first();
  if (mode == Mode::Subsystem) return serve_subsystem(service);
  if (mode == Mode::Scp) return serve_scp(service);
  wipe_what_is_freed(true);
  const EventLog log(service.outputs, "", service.first_json_line);
  bool fatal = false;
  for (const Finding& finding : hosts.prepare_all(true)) {
    fatal = fatal || finding.fatal;
    if (mode == Mode::Listen) fmt::print(stderr, "sftpd-lite: {}\n", finding.text);
    // In inetd mode standard error may be the connection itself: the log alone hears of it.
    if (mode == Mode::Inetd || !options.log_file.empty())
      log.message(finding.fatal ? LogLevel::Error : LogLevel::Warning, finding.text);
  }
  if (fatal) return kUsage;
  return mode == Mode::Inetd ? serve_inetd(hosts) : serve_listening(hosts);
}

}  // namespace
}  // namespace ssh2core::tools

int main(int argc, char** argv) {
  using namespace ssh2core::tools;
  try {
    std::vector<std::string> words = translate_safetp({argv, argv + argc});
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const auto parse = [&] {
      return parse_command_line(static_cast<int>(words.size()), pointers.data());
    };
    const auto parsed = parse();
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    return run(std::get<Options>(parsed), parse);
  } catch (const ExitError& e) {
    fmt::print(stderr, "sftpd-lite: {}\n", e.what());
    return e.code;
  } catch (const std::exception& e) {
    fmt::print(stderr, "sftpd-lite: {}\n", e.what());
    return kFailed;
  }
}
