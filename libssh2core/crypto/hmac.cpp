#include "libssh2core/crypto/hmac.h"

#include <algorithm>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/secret.h"

namespace ssh2core {

namespace {

// A digest that has read one block: the key, each byte xored with `pad`.
EvpMdCtx keyed(const EVP_MD* digest, ByteView key, std::uint8_t pad) {
  Secret block(static_cast<std::size_t>(EVP_MD_get_block_size(digest)));
  const MutableView bytes = block.mutable_view();
  std::copy(key.begin(), key.end(), bytes.begin());
  for (std::uint8_t& byte : bytes) byte ^= pad;
  EvpMdCtx context(EVP_MD_CTX_new());
  if (!context) throw CryptoError("EVP_MD_CTX_new");
  require_ok(EVP_DigestInit_ex2(context.get(), digest, nullptr), "starting a digest");
  require_ok(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()), "EVP_DigestUpdate");
  return context;
}

}  // namespace

Hmac::Hmac(const char* digest, ByteView key)
    : digest_(EVP_MD_fetch(nullptr, digest, nullptr)), running_(EVP_MD_CTX_new()) {
  if (!digest_ || !running_) throw CryptoError(std::string("fetching digest ") + digest);
  Secret shortened;
  if (key.size() > static_cast<std::size_t>(EVP_MD_get_block_size(digest_.get()))) {
    Bytes digested = hash(digest, key);
    shortened = Secret(ByteView(digested));
    Secret::cleanse(digested);
    key = shortened.view();
  }
  inner_ = keyed(digest_.get(), key, 0x36);
  outer_ = keyed(digest_.get(), key, 0x5c);
}

void Hmac::start() {
  require_ok(EVP_MD_CTX_copy_ex(running_.get(), inner_.get()), "EVP_MD_CTX_copy");
}

void Hmac::update(ByteView data) {
  require_ok(EVP_DigestUpdate(running_.get(), data.data(), data.size()), "EVP_DigestUpdate");
}

ByteView Hmac::finish() {
  unsigned size = 0;
  require_ok(EVP_DigestFinal_ex(running_.get(), tag_.data(), &size), "EVP_DigestFinal");
  require_ok(EVP_MD_CTX_copy_ex(running_.get(), outer_.get()), "EVP_MD_CTX_copy");
  require_ok(EVP_DigestUpdate(running_.get(), tag_.data(), size), "EVP_DigestUpdate");
  require_ok(EVP_DigestFinal_ex(running_.get(), tag_.data(), &size), "EVP_DigestFinal");
  return {tag_.data(), size};
}

}  // namespace ssh2core
