// The output of a session that has no channel: one buffer, which is full when as much waits as a
// pipe takes.
#pragma once

#include "libssh2core/scp/transfer.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::server {

class BufferOutput final : public scp::OutputStream {
 public:
  /// Bytes that wait for the client, beyond which nothing starts: what waits is moved to the front
  /// of the buffer when a large reply needs the room, and should not be much then.
  static constexpr std::size_t kFull = 65536;

  bool full() const override { return buffer_.size() >= kFull; }
  std::size_t room() const override { return full() ? 0 : kFull - buffer_.size(); }
  void append(ByteView bytes) override { buffer_.append(bytes); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    piece_ = buffer_.room(head + body).first(head + body);
    return {&piece_, 1};
  }
  void commit(std::size_t bytes) override { buffer_.commit(bytes); }
  Buffer& buffer() { return buffer_; }
  const Buffer& buffer() const { return buffer_; }

 private:
  Buffer buffer_;
  MutableView piece_;
};

}  // namespace ssh2core::server
