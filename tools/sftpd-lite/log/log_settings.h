// What the options say of records of transfers and requests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/sftpd-lite/log/log_classes.h"

namespace ssh2core::tools {

/// One ExtendedLog.
struct ExtendedLogSetting {
  std::string path;                    // as it was written
  std::optional<int> syslog_priority;  // instead of a file
  ClassFilter classes;
  std::string format;  // the name of a LogFormat; empty: that of web servers
};

struct RecordSettings {
  std::string transfer_log;  // xferlog; empty: none
  std::vector<ExtendedLogSetting> extended_logs;
  std::map<std::string, std::string> log_formats;  // by name
  std::string server_name;                         // ServerName
  std::string server_admin;                        // ServerAdmin
};

}  // namespace ssh2core::tools
