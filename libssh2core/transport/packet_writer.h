// Binary packets out (RFC 4253 section 6): payloads are built at their place in the send buffer and
// sealed there.
#pragma once

#include <functional>

#include "libssh2core/crypto/packet_cipher.h"
#include "libssh2core/transport/compression.h"
#include "libssh2core/wire/buffer.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {

class PacketWriter {
 public:
  /// Bytes before the payload: packet_length and padding_length.
  static constexpr std::size_t kHead = 5;

  explicit PacketWriter(Random& random) : random_(random), cipher_(make_plain_packet_cipher()) {}

  /// Where packets lie, in order; positions below are offsets from its front.
  Buffer& buffer() { return buffer_; }
  /// Sealed bytes, ready to be sent: without the open packet.
  ByteView output() const { return buffer_.view().first(is_open_ ? open_ : buffer_.size()); }
  /// The first `count` bytes of output() are gone.
  void sent(std::size_t count);

  /// Opens a packet: the payload is what is appended to buffer() from now on. A packet that is open
  /// is sealed first.
  void begin(const void* owner = nullptr);
  /// Called by begin() before the packet is opened; may send packets of its own. Empty: nothing.
  void set_before(std::function<void()> before) { before_ = std::move(before); }
  /// Seals the open packet, if there is one.
  void end();
  /// Who opened the packet that is open now, as given to begin() or reopen(); nullptr: nobody said,
  /// or none is open.
  const void* owner() const { return is_open_ ? owner_ : nullptr; }
  /// Position of the open packet.
  std::size_t open_position() const { return open_; }

  /// Bytes that a packet with such a payload takes: head, payload, padding and tag.
  std::size_t packed_size(std::size_t payload) const;
  /// Seals the packet at `position`, whose payload lies behind its head and whose packed_size()
  /// bytes are in the buffer. For packets that were laid out ahead; seal them in order, and not
  /// when payloads are compressed.
  void seal_at(std::size_t position, std::size_t payload);
  /// Takes the open packet for a layout of the caller's own, which reopen() or seal_at() ends.
  void release() { is_open_ = false; }
  /// Declares that the packet at `position`, the last one in the buffer, is open.
  void reopen(std::size_t position, const void* owner);

  /// New keys: the counters of this key start anew; the sequence number too, when strict.
  void change_cipher(std::unique_ptr<PacketCipher> cipher, bool reset_sequence);
  /// The method that goes with the new keys; call behind change_cipher().
  void use_compression(const CompressionEntry& method) { compression_.on_keys(method); }
  /// USERAUTH_SUCCESS was sent or has come.
  void on_login();
  /// Then a payload's size on the wire is not known before end(): nothing can be laid out ahead.
  bool compresses() const { return compression_.stream() != nullptr; }
  std::uint32_t sequence() const { return sequence_; }
  /// Bytes and packets sealed since the last change of keys.
  std::uint64_t key_bytes() const { return key_bytes_; }
  std::uint64_t key_packets() const { return key_packets_; }

 private:
  Random& random_;
  std::function<void()> before_;
  std::unique_ptr<PacketCipher> cipher_;
  Compression<Deflater> compression_;
  Buffer buffer_;
  std::size_t open_ = 0;
  bool is_open_ = false;
  const void* owner_ = nullptr;
  std::uint32_t sequence_ = 0;
  std::uint64_t key_bytes_ = 0, key_packets_ = 0;
};

}  // namespace ssh2core
