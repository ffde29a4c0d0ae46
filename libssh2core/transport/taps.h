// Taps for debugging and capture: what a key log and a packet capture are made from.
#pragma once

#include <array>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

/// Learns the secrets of each key exchange.
class KeyLog {
 public:
  virtual ~KeyLog() = default;
  /// `cookie` is that of our KEXINIT, `private_key` our ephemeral private key as a big-endian
  /// number, `shared` the shared secret K (magnitude).
  virtual void on_key_exchange(const std::array<std::uint8_t, 16>& cookie,
                               const Secret& private_key, const Secret& shared) = 0;
};

/// Sees the bytes of the connection as they go over the wire.
class PacketTap {
 public:
  virtual ~PacketTap() = default;
  virtual void on_received(ByteView bytes) = 0;
  virtual void on_sent(ByteView bytes) = 0;
};

}  // namespace ssh2core
