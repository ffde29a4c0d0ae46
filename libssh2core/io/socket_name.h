// The numeric names of a socket's two ends.
#pragma once

#include <sys/socket.h>

#include <string>

namespace ssh2core::io {

struct SocketName {
  std::string host;  // numeric, IPv4 also where it came mapped into IPv6; empty: no such socket
  unsigned port = 0;
  /// "address:port", IPv6 in brackets; "-" when there is no address.
  std::string text() const;
};

/// Of an address as the system has it; empty when it is neither IPv4 nor IPv6.
SocketName name_of(const sockaddr& address, std::size_t length);
SocketName local_name(int fd);
SocketName remote_name(int fd);

}  // namespace ssh2core::io
