#include "libssh2core/crypto/ml_kem_hash.h"

namespace ssh2core::ml_kem {

Sponge::Sponge(const char* name)
    : digest_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {
  if (!digest_ || !context_) throw CryptoError(std::string("fetching digest ") + name);
  extendable_ = (EVP_MD_get_flags(digest_.get()) & EVP_MD_FLAG_XOF) != 0;
}

void Sponge::run(MutableView out, std::initializer_list<ByteView> parts) {
  require_ok(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr), "starting a digest");
  for (const ByteView part : parts)
    require_ok(EVP_DigestUpdate(context_.get(), part.data(), part.size()), "EVP_DigestUpdate");
  if (extendable_)
    return require_ok(EVP_DigestFinalXOF(context_.get(), out.data(), out.size()),
                      "EVP_DigestFinalXOF");
  if (out.size() != static_cast<std::size_t>(EVP_MD_get_size(digest_.get())))
    throw std::invalid_argument("a digest has another length");
  require_ok(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr), "EVP_DigestFinal");
}

}  // namespace ssh2core::ml_kem
