#include "libssh2core/tests/crypto/kat_random.h"

#include <algorithm>

namespace ssh2core {

KatRandom::KatRandom(ByteView seed) : context_(EVP_CIPHER_CTX_new()) { update(seed); }

void KatRandom::next_block(MutableView out) {
  for (std::size_t i = counter_.size(); i-- > 0;)
    if (++counter_[i] != 0) break;
  std::array<std::uint8_t, 16> block{};
  int size = 0;
  require_ok(EVP_EncryptInit_ex2(context_.get(), EVP_aes_256_ecb(), key_.data(), nullptr, nullptr),
             "EVP_EncryptInit");
  require_ok(EVP_EncryptUpdate(context_.get(), block.data(), &size, counter_.data(), 16),
             "EVP_EncryptUpdate");
  std::copy_n(block.begin(), out.size(), out.begin());
}

void KatRandom::update(ByteView data) {
  std::array<std::uint8_t, 48> fresh{};
  for (std::size_t at = 0; at < fresh.size(); at += 16)
    next_block(MutableView(fresh).subspan(at, 16));
  for (std::size_t i = 0; i < data.size(); ++i) fresh[i] ^= data[i];
  std::copy_n(fresh.begin(), 32, key_.begin());
  std::copy_n(fresh.begin() + 32, 16, counter_.begin());
}

void KatRandom::fill(MutableView out) {
  while (!out.empty()) {
    const std::size_t size = std::min<std::size_t>(out.size(), 16);
    next_block(out.first(size));
    out = out.subspan(size);
  }
  update({});
}

}  // namespace ssh2core
