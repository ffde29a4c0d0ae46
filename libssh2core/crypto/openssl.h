// OpenSSL handles that free themselves, and the one way its failures are reported.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace ssh2core {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using EvpCipher = std::unique_ptr<EVP_CIPHER, FreeWith<EVP_CIPHER_free>>;
using EvpCipherCtx = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
using EvpMac = std::unique_ptr<EVP_MAC, FreeWith<EVP_MAC_free>>;
using EvpMacCtx = std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>>;
using EvpMd = std::unique_ptr<EVP_MD, FreeWith<EVP_MD_free>>;
using EvpMdCtx = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using EvpPkey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using EvpPkeyCtx = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Bignum = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;

/// A failure of the cryptographic library itself (no memory, no such algorithm): not the peer's
/// fault. what() names the operation and OpenSSL's first reason; it never holds key material.
struct CryptoError final : std::runtime_error {
  explicit CryptoError(const std::string& operation);
};

/// Throws CryptoError unless an OpenSSL call returned a positive number.
inline void require_ok(int result, const char* operation) {
  if (result <= 0) throw CryptoError(operation);
}

}  // namespace ssh2core
