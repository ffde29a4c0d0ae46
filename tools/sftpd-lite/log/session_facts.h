// What the logs say of a session beside its events.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace ssh2core::tools {

struct SessionFacts {
  std::string address;        // of the client, numeric; "-" on pipes
  std::string host;           // its name, when it was looked up; else the address
  std::string local_address;  // numeric; "-" on pipes
  unsigned port = 0, local_port = 0;
  std::string class_name;   // of <Class>; empty: none
  std::string server_name;  // ServerName
  std::string root;         // directory that clients see as `/`
  // Since the login:
  std::string user, group;
  std::string home;  // as clients see it
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A path as a client sees it, absolute and without `.` and `..`; symlinks stay. `home` is where
/// relative ones begin.
std::string client_path(std::string_view home, std::string_view path);
/// Where that is in the system.
std::string system_path(const SessionFacts& facts, std::string_view path);

}  // namespace ssh2core::tools
