// The random generator of NIST's known answer tests for post-quantum algorithms.
#pragma once

#include <openssl/evp.h>

#include <array>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/wire/random.h"

namespace ssh2core {

/// CTR_DRBG of SP 800-90A section 10.2.1 with AES-256, without a derivation function.
class KatRandom final : public Random {
 public:
  /// `seed` is 48 bytes long.
  explicit KatRandom(ByteView seed);
  void fill(MutableView out) override;

 private:
  void next_block(MutableView out);
  void update(ByteView data);

  EvpCipherCtx context_;
  std::array<std::uint8_t, 32> key_{};
  std::array<std::uint8_t, 16> counter_{};
};

}  // namespace ssh2core
