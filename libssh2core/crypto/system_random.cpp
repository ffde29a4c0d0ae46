#include "libssh2core/crypto/system_random.h"

#include <openssl/rand.h>

#include <cstring>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/secret.h"

namespace ssh2core {

namespace {

void generate(MutableView out) {
  require_ok(RAND_bytes(out.data(), static_cast<int>(out.size())), "RAND_bytes");
}

}  // namespace

SystemRandom::~SystemRandom() { reset(); }

void SystemRandom::fill(MutableView out) {
  if (out.empty()) return;
  if (out.size() > block_.size() / 4)
    return generate(out);  // a large request would empty the stock
  if (out.size() > left_) {
    generate(block_);
    left_ = block_.size();
  }
  std::uint8_t* const at = block_.data() + (block_.size() - left_);
  std::memcpy(out.data(), at, out.size());
  Secret::cleanse({at, out.size()});
  left_ -= out.size();
}

void SystemRandom::reset() {
  Secret::cleanse(block_);
  left_ = 0;
}

}  // namespace ssh2core
