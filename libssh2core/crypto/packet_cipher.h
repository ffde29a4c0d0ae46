// Protection of binary packets (RFC 4253 section 6) in one direction: cipher and MAC together, in
// place. A packet is packet_length (4 bytes), padding_length, payload, padding, then the tag.
#pragma once

#include <memory>
#include <optional>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

struct CipherEntry;
struct MacEntry;

class PacketCipher {
 public:
  virtual ~PacketCipher() = default;

  /// Bytes that must have arrived before open_length() can be asked: 4, or a whole cipher block.
  std::size_t head_bytes() const { return head_bytes_; }
  /// The length of what is padded is a multiple of this: max(8, cipher block).
  std::size_t block_bytes() const { return block_bytes_; }
  /// True when the 4 length bytes count towards that multiple (no AEAD, no EtM).
  bool length_is_padded() const { return length_is_padded_; }
  /// Bytes of the MAC or AEAD tag behind the padding.
  std::size_t tag_bytes() const { return tag_bytes_; }

  /// True for CBC with a MAC over the plaintext: whoever lies in between can have blocks of his
  /// choice decrypted as a length. When and how a fault is found must then not be seen
  /// (CPNI-957037).
  bool must_hide_faults() const { return must_hide_faults_; }

  /// Protects `packet` in place. It spans packet_length to the end of the padding plus
  /// tag_bytes() of room, into which the tag is written. Call once per packet, in order.
  virtual void seal(std::uint32_t sequence, MutableView packet) = 0;

  /// The packet_length of the next packet. `head` holds head_bytes(), still as they came; where the
  /// mode encrypts them with the rest they are decrypted in place. Call once per packet.
  virtual std::uint32_t open_length(std::uint32_t sequence, MutableView head) = 0;

  /// Checks and decrypts the packet whose head went through open_length(). `packet` spans
  /// packet_length to the end of the tag. False: tag or MAC wrong, the content is then undefined
  /// and the connection must end.
  [[nodiscard]] virtual bool open(std::uint32_t sequence, MutableView packet) = 0;

 protected:
  PacketCipher(std::size_t head, std::size_t block, bool length_padded, std::size_t tag,
               bool hide_faults = false)
      : head_bytes_(head),
        block_bytes_(block),
        length_is_padded_(length_padded),
        tag_bytes_(tag),
        must_hide_faults_(hide_faults) {}

 private:
  std::size_t head_bytes_, block_bytes_;
  bool length_is_padded_;
  std::size_t tag_bytes_;
  bool must_hide_faults_;
};

enum class Direction { Seal, Open };

/// Keys of one direction (RFC 4253 section 7.2), each of the size its table row states.
struct PacketKeys {
  Secret iv, key, mac_key;
};

/// The state before the first NEWKEYS: nothing is encrypted, no MAC, padding to 8.
std::unique_ptr<PacketCipher> make_plain_packet_cipher();

/// The combination of a cipher and, unless the cipher is an AEAD, a MAC row (then never null).
std::unique_ptr<PacketCipher> make_packet_cipher(const CipherEntry& cipher, const MacEntry* mac,
                                                 const PacketKeys& keys, Direction direction);

}  // namespace ssh2core
