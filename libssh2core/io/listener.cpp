#include "libssh2core/io/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "libssh2core/io/socket_name.h"

namespace ssh2core::io {

namespace {

constexpr int kFirstInherited = 3;  // SD_LISTEN_FDS_START of sd_listen_fds(3)
constexpr int kPortAttempts = 8;    // to find a free port for IPv4 and IPv6 alike

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

[[noreturn]] void fail(const std::string& address, const std::string& why, bool wrong = true) {
  throw ListenError("cannot listen on '" + address + "': " + why, wrong);
}

std::string errno_text(int error) { return std::generic_category().message(error); }

std::optional<unsigned> to_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

ListeningSocket adopt(int fd, const std::string& address) {
  int listening = 0;
  socklen_t length = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0)
    fail(address, errno == ENOTSOCK ? "descriptor " + std::to_string(fd) + " is no socket"
                                    : "descriptor " + std::to_string(fd) + " is not open");
  if (listening == 0) fail(address, "descriptor " + std::to_string(fd) + " does not listen");
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  const SocketName name = local_name(fd);
  return {Descriptor(fd), name.host, name.port};
}

struct Target {
  std::string host;  // empty: loopback; "*": every address
  std::string service;
};

Target parse(const std::string& address) {
  Target target;
  const std::size_t colon = address.rfind(':');
  if (address.starts_with('[')) {
    const std::size_t close = address.find("]:");
    if (close == std::string::npos || close == 1 || close + 1 != colon)
      fail(address, "expected [ADDRESS]:PORT");
    target.host = address.substr(1, close - 1);
  } else if (colon != std::string::npos) {
    target.host = address.substr(0, colon);
    if (target.host.empty()) fail(address, "no address before the colon (every address is *:PORT)");
    if (target.host.find(':') != std::string::npos)
      fail(address, "write IPv6 addresses in brackets, as in [::1]:2222");
  }
  target.service = address.substr(colon == std::string::npos ? 0 : colon + 1);
  if (target.service.empty()) fail(address, "the port is missing");
  const bool digits = target.service.find_first_not_of("0123456789") == std::string::npos;
  const std::optional<unsigned> port = to_number(target.service);
  if (digits && (!port || *port > 65535)) fail(address, "a port is a number from 0 to 65535");
  return target;
}

Addresses look_up(const std::string& address, const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const bool every = target.host == "*";
  hints.ai_flags = every ? AI_PASSIVE : 0;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(target.host.empty() || every ? nullptr : target.host.c_str(),
                                  target.service.c_str(), &hints, &list);
  if (error == EAI_SERVICE) fail(address, "no such service '" + target.service + "'");
  if (error == EAI_SYSTEM) fail(address, errno_text(errno), false);
  if (error != 0) fail(address, ::gai_strerror(error));
  return Addresses(list);
}

void set_port(sockaddr_storage& name, unsigned port) {
  // The port lies at the same place in both.
  reinterpret_cast<sockaddr_in&>(name).sin_port = htons(static_cast<std::uint16_t>(port));
}

/// Opens one address; empty, with errno set, when it cannot. `port` is used when it is not 0.
Descriptor open_listening(const addrinfo& info, unsigned port) {
  sockaddr_storage name{};
  std::memcpy(&name, info.ai_addr, info.ai_addrlen);
  if (port != 0) set_port(name, port);
  Descriptor fd(::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fd;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (info.ai_family == AF_INET6)  // IPv4 has a socket of its own
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), info.ai_addrlen) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0)
    return Descriptor();
  return fd;
}

/// Opens all addresses on one port. A family that the machine lacks is skipped. When the port was
/// left open and a later address has it in use, `taken` becomes true and nothing is returned.
std::vector<ListeningSocket> open_all(const std::string& address,
                                      const std::vector<const addrinfo*>& infos, bool any_port,
                                      bool& taken) {
  std::vector<ListeningSocket> sockets;
  int missing = 0;
  taken = false;
  for (const addrinfo* info : infos) {
    const bool reuse_port = any_port && !sockets.empty();
    Descriptor fd = open_listening(*info, reuse_port ? sockets[0].port : 0);
    const int error = errno;
    if (!fd && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)) {
      missing = error;
    } else if (!fd && error == EADDRINUSE && reuse_port) {
      taken = true;
      return {};
    } else if (!fd) {
      fail(address, errno_text(error), false);
    } else {
      const SocketName name = local_name(fd.get());
      sockets.push_back({std::move(fd), name.host, name.port});
    }
  }
  if (sockets.empty()) fail(address, errno_text(missing), false);
  return sockets;
}

}  // namespace

std::vector<ListeningSocket> listen_on(const std::string& address) {
  std::vector<ListeningSocket> sockets;
  if (address.starts_with("fd:")) {
    const std::optional<unsigned> fd = to_number(std::string_view(address).substr(3));
    if (!fd || *fd > 1'000'000) fail(address, "expected fd:NUMBER");
    sockets.push_back(adopt(static_cast<int>(*fd), address));
    return sockets;
  }
  const Target target = parse(address);
  const Addresses list = look_up(address, target);
  std::vector<const addrinfo*> infos;
  for (const int family : {AF_INET, AF_INET6})
    for (const addrinfo* info = list.get(); info != nullptr; info = info->ai_next)
      if (info->ai_family == family) infos.push_back(info);
  const bool any_port = to_number(target.service) == 0U;
  bool taken = true;
  for (int attempt = 0; taken && attempt < kPortAttempts; ++attempt)
    sockets = open_all(address, infos, any_port, taken);
  if (taken) fail(address, "no port is free for IPv4 and IPv6 alike", false);
  return sockets;
}

std::vector<std::string> resolved_names(const std::string& address) {
  std::vector<std::string> names;
  if (address.starts_with("fd:")) return names;
  try {
    const Addresses list = look_up(address, parse(address));
    for (const addrinfo* info = list.get(); info != nullptr; info = info->ai_next)
      names.push_back(name_of(*info->ai_addr, info->ai_addrlen).text());
  } catch (const ListenError&) {
    names.clear();
  }
  return names;
}

std::vector<ListeningSocket> inherited_sockets() {
  std::vector<ListeningSocket> sockets;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr) return sockets;
  if (to_number(pid) != static_cast<unsigned>(::getpid())) return sockets;
  const unsigned sent = to_number(count).value_or(0);
  for (unsigned i = 0; i < sent; ++i) {
    const int fd = kFirstInherited + static_cast<int>(i);
    sockets.push_back(adopt(fd, "fd:" + std::to_string(fd)));
  }
  return sockets;
}

std::string peer_name(int fd) { return remote_name(fd).text(); }

}  // namespace ssh2core::io
