// HMAC (RFC 2104) with the key worked in once, for a MAC per packet.
#pragma once

#include <array>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core {

class Hmac {
 public:
  /// `digest` is OpenSSL's name ("SHA256"); the key may be of any length.
  Hmac(const char* digest, ByteView key);

  /// Begins a message; what was begun before is forgotten.
  void start();
  void update(ByteView data);
  /// The tag, as long as the digest; valid until the next call.
  ByteView finish();

 private:
  EvpMd digest_;
  // Digests that have eaten the padded key. Copying one is faster than EVP_MAC's way of starting
  // again with the same key.
  EvpMdCtx inner_, outer_;
  EvpMdCtx running_;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> tag_{};
};

}  // namespace ssh2core
