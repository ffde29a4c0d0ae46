// The numeric names of a socket's two ends.
#pragma once

#include <string>

namespace ssh2core::io {

struct SocketName {
  std::string host;  // numeric, IPv4 also where it came mapped into IPv6; empty: no such socket
  unsigned port = 0;
  /// "address:port", IPv6 in brackets; "-" when there is no address.
  std::string text() const;
};

SocketName local_name(int fd);
SocketName remote_name(int fd);

}  // namespace ssh2core::io
