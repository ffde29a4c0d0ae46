// Where an SFTP server puts its replies. The owner (a channel, or the output of the subsystem mode)
// decides where the bytes lie, so that file data is read straight into its place.
#pragma once

#include <span>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::sftp {

class ReplyStream {
 public:
  virtual ~ReplyStream() = default;
  /// True: start no further reply now; the owner calls Server::resume() when there is room again.
  /// One reply begun while it was false is always accepted whole.
  virtual bool full() const = 0;
  /// Appends one whole reply or a part of it.
  virtual void append(ByteView bytes) = 0;
  /// Opens room for `head` bytes, which lie together at the start of the first piece, and `body`
  /// bytes behind them, over the rest of that piece and the following ones. Valid until commit().
  virtual std::span<const MutableView> reserve(std::size_t head, std::size_t body) = 0;
  /// Keeps the first `bytes` of what reserve() opened and gives the rest back. Follows each
  /// reserve() before any other call.
  virtual void commit(std::size_t bytes) = 0;
};

}  // namespace ssh2core::sftp
