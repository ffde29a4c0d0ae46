// The MAC of a packet (RFC 4253 section 6.4): of its sequence number and its bytes.
#pragma once

#include "libssh2core/crypto/mac_table.h"

namespace ssh2core {

class PacketMac {
 public:
  virtual ~PacketMac() = default;
  /// Writes the row's tag_bytes behind `tag`.
  void write(std::uint32_t sequence, ByteView data, std::uint8_t* tag);
  /// Compares with the row's tag_bytes behind `tag`, in a time that does not depend on them.
  [[nodiscard]] bool check(std::uint32_t sequence, ByteView data, const std::uint8_t* tag);

 protected:
  /// The tag, valid until the next call.
  virtual ByteView compute(std::uint32_t sequence, ByteView data) = 0;
};

/// `key` has the row's size. Throws CryptoError when OpenSSL does not have the digest.
std::unique_ptr<PacketMac> make_packet_mac(const MacEntry& entry, ByteView key);

/// umac-64@openssh.com and umac-128@openssh.com, in umac.cpp.
std::unique_ptr<PacketMac> make_umac(const MacEntry& entry, ByteView key);

}  // namespace ssh2core
