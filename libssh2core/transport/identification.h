// The identification exchange of RFC 4253 section 4.2: one line each, before the first packet.
#pragma once

#include <optional>
#include <string>

#include "libssh2core/transport/role.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

/// Longest line, CR LF included, that RFC 4253 allows for an identification.
inline constexpr std::size_t kMaxIdentification = 255;

/// Finds the peer's identification line in the bytes that arrived.
class IdentificationReader {
 public:
  /// `role` is ours: a client skips up to 1024 other lines of at most 8192 bytes before the
  /// server's line, a server expects the client's first line to be it.
  /// `accept_old` lets 1.99 stand for 2.0.
  explicit IdentificationReader(Role role, bool accept_old = true)
      : role_(role), accept_old_(accept_old) {}
  /// Takes whole lines off the front of `input`; nullopt while the line is not complete. The line
  /// comes without CR LF. Throws ProtocolError (Version) when it is not an SSH 2 identification.
  std::optional<std::string> read(Buffer& input);
  /// Lines that a server sent before its identification.
  const std::string& other_lines() const { return other_lines_; }

 private:
  Role role_;
  bool accept_old_;
  unsigned skipped_ = 0;
  std::string other_lines_;
};

/// True when `line` may be sent as our identification: printable US-ASCII, `SSH-2.0-` and a
/// software version without a minus sign, at most 253 bytes.
bool is_legal_identification(std::string_view line);

}  // namespace ssh2core
