// Compression of payloads (RFC 4253 section 6.2): one stream a direction, flushed behind every
// packet, begun anew by each key exchange.
#pragma once

#include <memory>
#include <vector>

#include "libssh2core/transport/compression_table.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

/// The stream out; takes some 260 KiB. Throws std::bad_alloc.
class Deflater {
 public:
  Deflater();
  ~Deflater();
  /// The next payload, compressed. Borrowed: valid until the next call.
  ByteView compress(ByteView payload);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  Buffer output_;
};

/// The stream in. What was inflated stays where it is until drop().
class Inflater {
 public:
  /// No payload of more than `most` bytes is inflated. Throws std::bad_alloc.
  explicit Inflater(std::size_t most);
  ~Inflater();
  /// The next payload; what lies in the packet must be all of it. Throws ProtocolError with
  /// Reason::Compression when it is none, empty or too large.
  MutableView inflate(ByteView packet);
  /// True when so much lies here that drop() should come before the next packet.
  bool full() const { return held_ >= kMostHeld; }
  /// Forgets the payloads.
  void drop();

 private:
  struct Stream;
  static constexpr std::size_t kBlock = 65536, kMostHeld = 1 << 20;
  struct Block {
    std::unique_ptr<std::uint8_t[]> memory;
    std::size_t size;
    MutableView view() const { return {memory.get(), size}; }
  };
  void grow(std::size_t used);

  std::unique_ptr<Stream> stream_;
  std::size_t most_;
  std::vector<Block> blocks_;  // a payload lies in one of them
  std::size_t begin_ = 0;      // of the next payload, in the last block
  std::size_t held_ = 0;       // bytes of all blocks
};

/// The method of one direction and its stream, when that has begun.
template <class Stream>
class Compression {
 public:
  /// New keys came, with this method.
  template <class... Arguments>
  void on_keys(const CompressionEntry& method, Arguments... arguments) {
    method_ = &method;
    stream_.reset();
    begin(arguments...);
  }
  /// USERAUTH_SUCCESS went over; counts once.
  template <class... Arguments>
  void on_login(Arguments... arguments) {
    logged_in_ = true;
    if (!stream_) begin(arguments...);
  }
  /// nullptr: packets are not compressed.
  Stream* stream() { return stream_.get(); }
  const Stream* stream() const { return stream_.get(); }

 private:
  template <class... Arguments>
  void begin(Arguments... arguments) {
    const bool now = method_->start == CompressionStart::AtKeys ||
                     (method_->start == CompressionStart::AtLogin && logged_in_);
    if (now) stream_ = std::make_unique<Stream>(arguments...);
  }
  const CompressionEntry* method_ = &kCompressions[0];
  bool logged_in_ = false;
  std::unique_ptr<Stream> stream_;
};

}  // namespace ssh2core
