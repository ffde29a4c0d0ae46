// AES-GCM (NIST SP 800-38D) with a 96-bit IV and a 128-bit tag, in place, one direction.
#pragma once

#include <array>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

class AesGcm {
 public:
  static constexpr std::size_t kIvBytes = 12, kTagBytes = 16;
  using Iv = std::array<std::uint8_t, kIvBytes>;

  /// `name` is OpenSSL's ("AES-128-GCM"); the key must be of its size.
  AesGcm(const char* name, ByteView key, Direction direction);
  /// Encrypts `data` and writes kTagBytes behind `tag`. Never twice with one IV.
  void seal(const Iv& iv, ByteView associated, MutableView data, std::uint8_t* tag);
  /// Decrypts `data`. False: the kTagBytes behind `tag` are wrong; `data` is then undefined.
  [[nodiscard]] bool open(const Iv& iv, ByteView associated, MutableView data, std::uint8_t* tag);

 private:
  EvpCipher cipher_;
  EvpCipherCtx context_;
};

}  // namespace ssh2core
