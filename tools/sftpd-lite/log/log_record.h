// What ExtendedLog writes a line of: a request, a file, a login or the end of a session, in
// ProFTPD's terms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libssh2core/server/events.h"
#include "tools/sftpd-lite/log/session_facts.h"

namespace ssh2core::tools {

struct LogRecord {
  std::string method;     // "RETR", "OPEN", "USERAUTH_REQUEST"
  std::string arguments;  // behind it
  std::string status;     // a code of FTP or of SFTP; empty: none
  std::string response;   // its text
  std::string path;       // of the file or directory as the client sees it; empty: none
  std::string renamed;    // the path that a file had before
  bool directory = false;
  bool transfer = false;  // `path` was sent or received
  bool aborted = false, failed = false;
  std::string protocol = "ssh2";
  std::string end_reason = {};  // of the session
  std::optional<std::uint64_t> bytes = {}, offset = {}, size = {};
  std::optional<bool> existed = {};
  std::optional<double> seconds = {};  // it took
};

/// The records of an event, in the order in which they are written; often none.
std::vector<LogRecord> records_of(const server::Event& event, const SessionFacts& facts);

}  // namespace ssh2core::tools
