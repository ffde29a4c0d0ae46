#include "libssh2core/crypto/aes_gcm.h"

#include <openssl/err.h>

namespace ssh2core {

AesGcm::AesGcm(const char* name, ByteView key, Direction direction)
    : cipher_(EVP_CIPHER_fetch(nullptr, name, nullptr)), context_(EVP_CIPHER_CTX_new()) {
  if (!cipher_ || !context_) throw CryptoError(std::string("fetching cipher ") + name);
  require_ok(EVP_CipherInit_ex2(context_.get(), cipher_.get(), key.data(), nullptr,
                                direction == Direction::Seal ? 1 : 0, nullptr),
             "setting the GCM key");
}

void AesGcm::seal(const Iv& iv, ByteView associated, MutableView data, std::uint8_t* tag) {
  EVP_CIPHER_CTX* const c = context_.get();
  int length = 0;
  require_ok(EVP_EncryptInit_ex2(c, nullptr, nullptr, iv.data(), nullptr), "setting the GCM IV");
  require_ok(EVP_EncryptUpdate(c, nullptr, &length, associated.data(),
                               static_cast<int>(associated.size())),
             "GCM associated data");
  require_ok(EVP_EncryptUpdate(c, data.data(), &length, data.data(), static_cast<int>(data.size())),
             "GCM encryption");
  require_ok(EVP_EncryptFinal_ex(c, data.data() + data.size(), &length), "GCM encryption");
  require_ok(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag), "getting the GCM tag");
}

bool AesGcm::open(const Iv& iv, ByteView associated, MutableView data, std::uint8_t* tag) {
  EVP_CIPHER_CTX* const c = context_.get();
  int length = 0;
  require_ok(EVP_DecryptInit_ex2(c, nullptr, nullptr, iv.data(), nullptr), "setting the GCM IV");
  require_ok(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag), "setting the GCM tag");
  require_ok(EVP_DecryptUpdate(c, nullptr, &length, associated.data(),
                               static_cast<int>(associated.size())),
             "GCM associated data");
  require_ok(EVP_DecryptUpdate(c, data.data(), &length, data.data(), static_cast<int>(data.size())),
             "GCM decryption");
  if (EVP_DecryptFinal_ex(c, data.data() + data.size(), &length) > 0) return true;
  ERR_clear_error();
  return false;
}

}  // namespace ssh2core
