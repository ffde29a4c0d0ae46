#include "tools/sftpd-lite/access/reverse_name.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>

#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/access/address_rules.h"

namespace ssh2core::tools {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses look_up(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  return getaddrinfo(host.c_str(), nullptr, &hints, &list) == 0 ? Addresses(list) : Addresses();
}

std::optional<std::string> numeric(const addrinfo& info) {
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(info.ai_addr, info.ai_addrlen, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0)
    return std::nullopt;
  return text.data();
}

/// A host's name as DNS may have it: what an answer says goes into logs.
bool is_host_name(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  return !name.empty() && name.size() <= kLongest && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

std::optional<std::string> confirmed_name(const std::string& address) {
  const auto wanted = parse_address(address);
  const Addresses itself = look_up(address, AI_NUMERICHOST);
  if (!wanted || !itself) return std::nullopt;
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(itself->ai_addr, itself->ai_addrlen, text.data(), text.size(), nullptr, 0,
                  NI_NAMEREQD) != 0)
    return std::nullopt;
  const std::string name = text.data();
  // A name that is an address would confirm itself.
  if (!is_host_name(name) || parse_address(name)) return std::nullopt;
  const Addresses back = look_up(name, 0);
  for (const addrinfo* one = back.get(); one != nullptr; one = one->ai_next)
    if (const auto told = numeric(*one); told && parse_address(*told) == wanted) return name;
  return std::nullopt;
}

std::optional<std::string> reverse_name(
    const std::string& address, std::chrono::milliseconds limit,
    const std::function<std::optional<std::string>(const std::string&)>& look_up) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const io::Descriptor output(ends[0]);
  io::Descriptor input(ends[1]);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    signal(SIGTERM, SIG_DFL);
    const std::string name = look_up(address).value_or("");
    [[maybe_unused]] const ssize_t sent = write(input.get(), name.data(), name.size());
    _exit(0);
  }
  input = io::Descriptor();
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd wait{output.get(), POLLIN, 0};
  int ready = 0;
  do {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    ready = poll(&wait, 1, std::max(0, static_cast<int>(left.count())));
  } while (ready < 0 && errno == EINTR);
  std::array<char, NI_MAXHOST> text{};
  const ssize_t size = ready > 0 ? read(output.get(), text.data(), text.size()) : 0;
  kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (size <= 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace ssh2core::tools
