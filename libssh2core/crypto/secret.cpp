#include "libssh2core/crypto/secret.h"

#include <openssl/crypto.h>

namespace ssh2core {

void Secret::cleanse(MutableView bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

void Secret::wipe() noexcept { cleanse(bytes_); }

void Secret::truncate(std::size_t size) noexcept {
  if (size >= bytes_.size()) return;
  cleanse(mutable_view().subspan(size));
  bytes_.resize(size);
}

}  // namespace ssh2core
