// The modes: connections are served until they end.
#pragma once

#include <csignal>

#include "tools/sftpd-lite/hosts.h"

namespace ssh2core::tools {

/// Set by SIGTERM and SIGINT.
extern volatile std::sig_atomic_t stop_requested;
/// SIGTERM and SIGINT set stop_requested, SIGPIPE is ignored.
void install_signals();

/// --listen: accepts connections, a process each; SIGHUP reads the settings again, SIGUSR1 logs
/// who is there. The exit code.
int serve_listening(Hosts& hosts);
/// --inetd: one connection on descriptors 0 and 1. The exit code.
int serve_inetd(Hosts& hosts);
/// --subsystem: SFTP alone on descriptors 0 and 1. The exit code.
int serve_subsystem(Service& service);

}  // namespace ssh2core::tools
