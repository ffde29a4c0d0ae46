// The modes: connections are served until they end.
#pragma once

#include <csignal>

#include "tools/sftpd-lite/access/front_door.h"
#include "tools/sftpd-lite/hosts.h"

namespace ssh2core::tools {

/// Set by SIGTERM and SIGINT.
extern volatile std::sig_atomic_t stop_requested;
/// SIGTERM and SIGINT set stop_requested, SIGPIPE is ignored.
void install_signals();

/// What a connection's process shares with the listener.
struct Shared {
  Scoreboard* board = nullptr;
  FrontDoor* door = nullptr;
};
/// Serves a connection by the settings of the host that it came to, until it ends. The exit code of
/// its process.
int serve_at_host(Hosts& hosts, const Shared& shared, int in, int out, const std::string& peer);

/// --listen: accepts connections, a process each; SIGHUP reads the settings again, SIGUSR1 logs
/// who is there. The exit code.
int serve_listening(Hosts& hosts);
/// --inetd: one connection on descriptors 0 and 1. The exit code.
int serve_inetd(Hosts& hosts);
/// --subsystem: SFTP alone on descriptors 0 and 1. The exit code.
int serve_subsystem(Service& service);
/// --scp: SCP alone on descriptors 0 and 1. The exit code: 1 when anything went wrong.
int serve_scp(Service& service);

/// For the log: eight random bytes in hexadecimal.
std::string new_session_id(Random& random);

}  // namespace ssh2core::tools
