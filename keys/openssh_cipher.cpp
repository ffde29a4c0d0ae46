#include "keys/openssh_cipher.h"

#include <openssl/core_names.h>

#include <algorithm>

#include "libssh2core/crypto/openssl.h"

namespace ssh2core::keys {
namespace {

/// A decryption context without padding, ready for data.
EvpCipherCtx start(const FileCipher& cipher, const std::uint8_t* key, const std::uint8_t* iv) {
  const EvpCipher algorithm(EVP_CIPHER_fetch(nullptr, cipher.evp_name, nullptr));
  EvpCipherCtx context(EVP_CIPHER_CTX_new());
  if (algorithm == nullptr || context == nullptr) throw CryptoError("EVP_CIPHER_fetch");
  require_ok(EVP_DecryptInit_ex2(context.get(), algorithm.get(), key, iv, nullptr),
             "EVP_DecryptInit_ex2");
  require_ok(EVP_CIPHER_CTX_set_padding(context.get(), 0), "EVP_CIPHER_CTX_set_padding");
  return context;
}

void run(EVP_CIPHER_CTX* context, ByteView in, MutableView out) {
  int done = 0;
  require_ok(EVP_DecryptUpdate(context, out.data(), &done, in.data(), static_cast<int>(in.size())),
             "EVP_DecryptUpdate");
}

/// chacha20-poly1305@openssh.com as for a packet with sequence number 0 and no length field: only
/// the first half of the key counts, and Poly1305's key is the start of key stream block 0.
std::optional<Secret> decrypt_chachapoly(const FileCipher& cipher, const Secret& key, ByteView data,
                                         ByteView tag) {
  std::array<std::uint8_t, 16> iv{};  // 64-bit counter, 64-bit nonce
  Secret poly_key(32);
  run(start(cipher, key.view().data(), iv.data()).get(), Secret(32).view(),
      poly_key.mutable_view());

  const EvpMac poly1305(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
  const EvpMacCtx mac(EVP_MAC_CTX_new(poly1305.get()));
  std::array<std::uint8_t, 16> expected{};
  std::size_t size = 0;
  if (mac == nullptr ||
      EVP_MAC_init(mac.get(), poly_key.view().data(), poly_key.size(), nullptr) != 1 ||
      EVP_MAC_update(mac.get(), data.data(), data.size()) != 1 ||
      EVP_MAC_final(mac.get(), expected.data(), &size, expected.size()) != 1)
    throw CryptoError("POLY1305");
  if (!equal_in_constant_time(expected, tag)) return std::nullopt;

  iv[0] = 1;  // the data begins with key stream block 1
  Secret out(data.size());
  run(start(cipher, key.view().data(), iv.data()).get(), data, out.mutable_view());
  return out;
}

}  // namespace

const FileCipher* find_file_cipher(std::string_view name) {
  const auto at = std::ranges::find(kFileCiphers, name, &FileCipher::name);
  return at == kFileCiphers.end() ? nullptr : &*at;
}

std::optional<Secret> decrypt_section(const FileCipher& cipher, const Secret& key, ByteView data,
                                      ByteView tag) {
  if (cipher.mode == FileCipherMode::Plain) return Secret(data);
  if (cipher.mode == FileCipherMode::ChaChaPoly) return decrypt_chachapoly(cipher, key, data, tag);
  const std::uint8_t* const key_and_iv = key.view().data();
  const EvpCipherCtx context = start(cipher, key_and_iv, key_and_iv + cipher.key_bytes);
  Secret out(data.size());
  run(context.get(), data, out.mutable_view());
  if (cipher.mode == FileCipherMode::Gcm) {
    Bytes expected(tag.begin(), tag.end());
    require_ok(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                   static_cast<int>(expected.size()), expected.data()),
               "EVP_CTRL_AEAD_SET_TAG");
    int done = 0;
    if (EVP_DecryptFinal_ex(context.get(), nullptr, &done) != 1) return std::nullopt;
  }
  return out;
}

}  // namespace ssh2core::keys
