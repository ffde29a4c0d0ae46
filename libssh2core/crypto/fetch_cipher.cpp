// Where ciphers come from: OpenSSL's default library context, and for those that it calls legacy a
// context of their own, so that nothing else in the process finds them.
#include <openssl/err.h>
#include <openssl/provider.h>

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/openssl.h"

namespace ssh2core {

namespace {

using LibraryContext = std::unique_ptr<OSSL_LIB_CTX, FreeWith<OSSL_LIB_CTX_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, FreeWith<OSSL_PROVIDER_unload>>;

class LegacyLibrary {
 public:
  LegacyLibrary() : context_(OSSL_LIB_CTX_new()) {
    if (context_) provider_.reset(OSSL_PROVIDER_load(context_.get(), "legacy"));
  }
  /// nullptr when the module cannot be loaded.
  OSSL_LIB_CTX* context() const { return provider_ ? context_.get() : nullptr; }

 private:
  LibraryContext context_;
  Provider provider_;
};

/// Loaded by the first legacy cipher that is wanted, and kept.
OSSL_LIB_CTX* legacy_context() {
  static const LegacyLibrary library;
  return library.context();
}

}  // namespace

EvpCipher fetch_cipher(const CipherEntry& entry) {
  if (!entry.legacy_provider) return EvpCipher(EVP_CIPHER_fetch(nullptr, entry.evp_name, nullptr));
  OSSL_LIB_CTX* const context = legacy_context();
  return EvpCipher(context == nullptr ? nullptr
                                      : EVP_CIPHER_fetch(context, entry.evp_name, nullptr));
}

bool is_available(const CipherEntry& entry) {
  const bool there = entry.mode == CipherMode::None || fetch_cipher(entry) != nullptr;
  ERR_clear_error();
  return there;
}

}  // namespace ssh2core
