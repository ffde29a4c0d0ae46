#include "libssh2core/transport/identification.h"

#include <algorithm>

namespace ssh2core {

namespace {

constexpr std::size_t kMaxOtherLine = 8192;  // bytes; OpenSSH's bounds
constexpr unsigned kMaxOtherLines = 1024;

[[noreturn]] void refuse(const char* why) { throw ProtocolError(Reason::Version, why); }

void check_version(std::string_view line, bool accept_old) {
  if (line.find('\0') != std::string_view::npos) refuse("NUL in the identification line");
  // RFC 4253 section 5.1: a server that also speaks SSH 1 says 1.99.
  const bool old = line.starts_with("SSH-1.99-");
  if (old && !accept_old)
    refuse(
        "the client says that it also speaks SSH 1 (1.99); `SFTPOptions OldProtocolCompat` "
        "lets it in");
  if (!old && !line.starts_with("SSH-2.0-")) refuse("the peer does not speak SSH 2");
  if (line.size() + 2 > kMaxIdentification) refuse("identification line over 255 bytes");
}

}  // namespace

std::optional<std::string> IdentificationReader::read(Buffer& input) {
  while (true) {
    const ByteView bytes = input.view();
    const std::size_t bound = role_ == Role::Server ? kMaxIdentification : kMaxOtherLine;
    const ByteView window = bytes.first(std::min(bytes.size(), bound));
    const auto end = std::ranges::find(window, std::uint8_t{'\n'});
    // A server need not wait for the whole line to see that a client speaks something else.
    constexpr std::string_view kPrefix = "SSH-";
    const std::string_view start = as_text(bytes.first(std::min(bytes.size(), kPrefix.size())));
    const bool is_ssh = kPrefix.starts_with(start);
    if (role_ == Role::Server && !is_ssh)
      refuse("the client's first line is no SSH identification");
    if (end == window.end()) {
      if (bytes.size() >= bound) refuse("identification line too long");
      return std::nullopt;
    }
    std::string line(window.begin(), end);
    input.consume(line.size() + 1);
    if (line.ends_with('\r')) line.pop_back();
    if (is_ssh) {
      check_version(line, accept_old_);
      return line;
    }
    if (++skipped_ > kMaxOtherLines) refuse("too many lines before the identification");
    other_lines_ += line + "\n";
  }
}

bool is_legal_identification(std::string_view line) {
  constexpr std::string_view kPrefix = "SSH-2.0-";
  if (!line.starts_with(kPrefix) || line.size() + 2 > kMaxIdentification) return false;
  if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) return false;
  const std::string_view rest = line.substr(kPrefix.size());
  const std::string_view software = rest.substr(0, rest.find(' '));
  return !software.empty() && software.find('-') == std::string_view::npos;
}

}  // namespace ssh2core
