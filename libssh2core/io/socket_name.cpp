#include "libssh2core/io/socket_name.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ssh2core::io {

SocketName name_of(const sockaddr& given, std::size_t length) {
  sockaddr_storage address{};
  std::memcpy(&address, &given, std::min(length, sizeof address));
  std::array<char, INET6_ADDRSTRLEN> text{};
  SocketName name;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    name.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    else
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    name.port = ntohs(v6.sin6_port);
  }
  name.host = text.data();
  return name;
}

std::string SocketName::text() const {
  if (host.empty()) return "-";
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

SocketName local_name(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return name_of(reinterpret_cast<const sockaddr&>(address), length);
}

SocketName remote_name(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return name_of(reinterpret_cast<const sockaddr&>(address), length);
}

}  // namespace ssh2core::io
