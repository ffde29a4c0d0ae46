#include "tools/sftpd-lite/log/captures.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

namespace {

io::Descriptor open_private(const std::string& path, int flags) {
  io::Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!file)
    throw ExitError(kUsage, fmt::format("{}: cannot be opened: {}", path, strerror(errno)));
  return file;
}

void write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // a full disk must not end the session
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

/// Local or remote end of a socket; 192.0.2.x (RFC 5737) when it is none.
CaptureEnd end_of(int socket, bool local) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  const int result =
      local ? getsockname(socket, address, &size) : getpeername(socket, address, &size);
  CaptureEnd end;
  if (result == 0 && storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    end.ipv6 = true;
    std::copy_n(v6->sin6_addr.s6_addr, 16, end.address.begin());
    end.port = ntohs(v6->sin6_port);
  } else if (result == 0 && storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    store_u32(end.address.data(), ntohl(v4->sin_addr.s_addr));
    end.port = ntohs(v4->sin_port);
  } else {
    end.address = {192, 0, 2, static_cast<std::uint8_t>(local ? 1 : 2)};
    end.port = local ? 22 : 50000;
  }
  return end;
}

}  // namespace

Captures::Captures(const Options& options, const std::string& session, int socket,
                   const Clock& clock) {
  if (!options.key_log.empty()) {
    key_log_file_ = open_private(options.key_log, O_APPEND);
    key_log_ = std::make_unique<KeyLogWriter>([this](std::string_view line) {
      write_all(key_log_file_.get(), as_bytes(std::string(line) + "\n"));
    });
  }
  if (!options.pcap.empty()) {
    const std::string path = fmt::format("{}.{}.pcap", options.pcap, session);
    pcap_file_ = open_private(path, O_EXCL);
    pcap_ = std::make_unique<PcapWriter>(
        end_of(socket, false), end_of(socket, true), clock,
        [this](ByteView bytes) { write_all(pcap_file_.get(), bytes); });
  }
}

}  // namespace ssh2core::tools
