// xferlog: one line for each file that was sent, received or removed, as wu-ftpd began it and
// ProFTPD writes it (xferlog(5)).
#pragma once

#include <ctime>
#include <string>

#include "libssh2core/server/events.h"
#include "tools/sftpd-lite/log/session_facts.h"

namespace ssh2core::tools {

/// The line without its end; empty when the event is no transfer. `now` is when it ended.
std::string transfer_line(const SessionFacts& facts, const server::FileDone& done, std::time_t now);

}  // namespace ssh2core::tools
