// Binary packets in (RFC 4253 section 6): one receive buffer, packets opened where they lie.
#pragma once

#include <optional>

#include "libssh2core/crypto/packet_cipher.h"
#include "libssh2core/transport/compression.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

/// Largest packet_length that we accept; RFC 4253 asks for 35000 at least.
inline constexpr std::uint32_t kMaxPacketLength = 262144;

class PacketReader {
 public:
  PacketReader() : cipher_(make_plain_packet_cipher()) {}

  /// Where to put input: as much as a packet that has begun still needs, and more when lately much
  /// came at once. Views of earlier payloads become invalid.
  MutableView room();
  /// `count` bytes were put into the room.
  void received(std::size_t count);
  /// The bytes that were not taken as packets yet.
  Buffer& buffer() { return buffer_; }

  /// The payload of the next packet, nullopt while it is not complete. It stays where it is until
  /// room() or resume() is called. Throws ProtocolError for a bad length, padding or MAC; where a
  /// fault must be hidden (PacketCipher::must_hide_faults()) only after a fixed number of bytes
  /// from the beginning of the packet, and always the same error.
  std::optional<MutableView> next();
  /// True when next() gave nothing only because many inflated payloads lie here. They are then
  /// forgotten, and next() goes on.
  bool resume();
  /// Sequence number of the packet that next() gave last.
  std::uint32_t sequence() const { return sequence_ - 1; }

  /// The peer's new keys; see PacketWriter::change_cipher.
  void change_cipher(std::unique_ptr<PacketCipher> cipher, bool reset_sequence);
  /// The method that goes with the new keys; call behind change_cipher().
  void use_compression(const CompressionEntry& method) {
    compression_.on_keys(method, std::size_t{kMaxPacketLength});
  }
  /// USERAUTH_SUCCESS was sent or has come.
  void on_login() { compression_.on_login(std::size_t{kMaxPacketLength}); }
  std::uint64_t key_bytes() const { return key_bytes_; }
  std::uint64_t key_packets() const { return key_packets_; }
  /// Gives memory back while nothing arrives.
  void shrink();

 private:
  bool read_length();
  std::optional<MutableView> open_packet();
  void fault(Reason reason, const char* what, std::size_t taken);
  void discard();
  std::unique_ptr<PacketCipher> cipher_;
  Compression<Inflater> compression_;
  Buffer buffer_;
  std::size_t room_ = 0, wanted_ = kFirstRoom;
  static constexpr std::size_t kFirstRoom = 8192, kMostRoom = 524288;
  std::optional<std::size_t> total_;       // of the packet that has begun: length field to tag
  std::optional<std::size_t> discarding_;  // bytes still to come after a hidden fault
  std::uint32_t sequence_ = 0;
  std::uint64_t key_bytes_ = 0, key_packets_ = 0;
};

}  // namespace ssh2core
