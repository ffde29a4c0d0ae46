#include "libssh2core/crypto/transient_rsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/key_blob.h"

namespace ssh2core {

namespace {

constexpr unsigned kTransientBits = 2048;
// RFC 4432 section 4 leaves open how long one may be used; RFC 4253 section 9 renews keys hourly.
constexpr std::chrono::hours kLongestUse{1};

const SignatureEntry& rsa_row() { return *find_key_type("ssh-rsa"); }

/// Bits of the largest K (RFC 4432 section 4): as an mpint it just fits into the OAEP padding.
int secret_bits(const EVP_PKEY* key, const char* hash) {
  const EvpMd digest(EVP_MD_fetch(nullptr, hash, nullptr));
  if (!digest) throw CryptoError("EVP_MD_fetch");
  return key_bits(rsa_row(), key) - 2 * 8 * EVP_MD_get_size(digest.get()) - 49;
}

EvpPkeyCtx oaep(EVP_PKEY* key, const char* hash, int (*init)(EVP_PKEY_CTX*)) {
  EvpPkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context) throw CryptoError("EVP_PKEY_CTX_new");
  require_ok(init(context.get()), "RSA-OAEP");
  require_ok(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), "RSA-OAEP");
  require_ok(EVP_PKEY_CTX_set_rsa_oaep_md_name(context.get(), hash, nullptr), "RSA-OAEP");
  require_ok(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context.get(), hash, nullptr), "RSA-OAEP");
  return context;
}

ByteView without_zeros(ByteView number) {
  while (!number.empty() && number[0] == 0) number = number.subspan(1);
  return number;
}

Secret fresh_number(int bits) {
  Secret number(static_cast<std::size_t>((bits + 7) / 8));
  require_ok(RAND_priv_bytes(number.mutable_view().data(), static_cast<int>(number.size())),
             "RAND_priv_bytes");
  number.mutable_view()[0] &= static_cast<std::uint8_t>(0xff >> (7 - (bits - 1) % 8));
  return Secret(without_zeros(number.view()));
}

Secret as_mpint(const Secret& magnitude) {
  Buffer text;
  text.room(magnitude.size() + 8);
  Writer w(text);
  w.mpint(magnitude.view());
  Secret encoded(text.view());
  Secret::cleanse(text.mutable_view());
  return encoded;
}

}  // namespace

std::shared_ptr<const TransientRsaKey> TransientRsaKey::generate() {
  auto made = std::make_shared<TransientRsaKey>();
  made->key_.reset(EVP_RSA_gen(kTransientBits));
  if (!made->key_) throw CryptoError("RSA key generation");
  made->blob_ = write_key_blob(rsa_row(), made->key_.get());
  return made;
}

std::optional<Secret> decrypt_oaep(EVP_PKEY* key, const char* hash, ByteView encrypted) {
  const EvpPkeyCtx context = oaep(key, hash, EVP_PKEY_decrypt_init);
  Secret text(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = text.size();
  if (EVP_PKEY_decrypt(context.get(), text.mutable_view().data(), &size, encrypted.data(),
                       encrypted.size()) <= 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  text.truncate(size);
  return text;
}

std::optional<Secret> TransientRsaKey::decrypt(ByteView encrypted, const char* hash) const {
  const auto text = decrypt_oaep(key_.get(), hash, encrypted);
  if (!text) return std::nullopt;
  Reader fields(text->view());
  if (fields.remaining() < 4) return std::nullopt;
  const std::size_t length = fields.u32();
  const ByteView number = fields.rest();
  // A negative number and one out of range: no client makes them.
  if (length != number.size() || (!number.empty() && (number[0] & 0x80) != 0)) return std::nullopt;
  const ByteView magnitude = without_zeros(number);
  const auto most = static_cast<std::size_t>(secret_bits(key_.get(), hash));
  if (magnitude.size() * 8 > most + 7) return std::nullopt;
  return Secret(magnitude);
}

std::shared_ptr<const TransientRsaKey> TransientRsaKeys::get() {
  if (!key_) key_ = TransientRsaKey::generate();
  return key_;
}

void TransientRsaKeys::prepare(Clock::Steady now) {
  forget_if_old(now);
  if (!key_) made_ = now;
  get();
}

void TransientRsaKeys::forget_if_old(Clock::Steady now) {
  if (made_ && now - *made_ >= kLongestUse) {
    key_.reset();
    made_.reset();
  }
}

std::optional<RsaEncryptedSecret> encrypt_fresh_secret(ByteView blob, const char* hash,
                                                       int least_bits) {
  Reader fields(blob);
  if (fields.text() != "ssh-rsa") return std::nullopt;
  const EvpPkey key = read_key_fields(rsa_row(), fields);
  fields.expect_end();
  if (!key || key_bits(rsa_row(), key.get()) < least_bits) return std::nullopt;
  RsaEncryptedSecret result;
  result.shared = fresh_number(secret_bits(key.get(), hash));
  const Secret text = as_mpint(result.shared);
  const EvpPkeyCtx context = oaep(key.get(), hash, EVP_PKEY_encrypt_init);
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  result.encrypted.resize(size);
  require_ok(EVP_PKEY_encrypt(context.get(), result.encrypted.data(), &size, text.view().data(),
                              text.size()),
             "RSA-OAEP");
  result.encrypted.resize(size);
  return result;
}

}  // namespace ssh2core
