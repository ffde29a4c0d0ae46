// Ciphers whose state runs on from packet to packet (RFC 4253 section 6.3), without a MAC.
#pragma once

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

class RunningCipher {
 public:
  virtual ~RunningCipher() = default;
  /// En- or decrypts in place what comes next, a whole number of the row's blocks.
  virtual void apply(MutableView data) = 0;
};

/// The cipher of a row that is no AEAD; the keys have its sizes. Throws CryptoError when OpenSSL
/// does not have it.
std::unique_ptr<RunningCipher> make_running_cipher(const CipherEntry& entry, const PacketKeys& keys,
                                                   Direction direction);

}  // namespace ssh2core
