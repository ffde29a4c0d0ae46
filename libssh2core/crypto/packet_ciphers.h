// The factories of the cipher families, for make_packet_cipher() only. Keys have the sizes of the
// table rows; that is checked before.
#pragma once

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

/// AES-GCM (RFC 5647 section 7, under OpenSSH's names).
std::unique_ptr<PacketCipher> make_gcm(const CipherEntry& cipher, const PacketKeys& keys,
                                       Direction direction);
/// chacha20-poly1305@openssh.com; both directions do the same.
std::unique_ptr<PacketCipher> make_chachapoly(const CipherEntry& cipher, const PacketKeys& keys);
/// A cipher whose state runs on from packet to packet, with a MAC of its own.
std::unique_ptr<PacketCipher> make_stream(const CipherEntry& cipher, const MacEntry& mac,
                                          const PacketKeys& keys, Direction direction);

}  // namespace ssh2core
