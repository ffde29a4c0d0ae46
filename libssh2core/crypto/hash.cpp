#include "libssh2core/crypto/hash.h"

namespace ssh2core {

Hash::Hash(const char* name, OSSL_LIB_CTX* library)
    : digest_(EVP_MD_fetch(library, name, nullptr)), context_(EVP_MD_CTX_new()) {
  if (!digest_ || !context_) throw CryptoError(std::string("fetching digest ") + name);
  require_ok(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr), "starting a digest");
}

void Hash::update(ByteView data) {
  require_ok(EVP_DigestUpdate(context_.get(), data.data(), data.size()), "EVP_DigestUpdate");
}

Bytes Hash::finish() {
  Bytes result(size());
  finish_into(result);
  return result;
}

void Hash::finish_into(MutableView out) {
  if (out.size() != size()) throw std::invalid_argument("a digest has another length");
  require_ok(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr), "EVP_DigestFinal");
  require_ok(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr), "starting a digest");
}

std::size_t Hash::size() const { return static_cast<std::size_t>(EVP_MD_get_size(digest_.get())); }

Bytes hash(const char* name, ByteView data) {
  Hash running(name);
  running.update(data);
  return running.finish();
}

Bytes hash_without_fips(const char* name, ByteView data) {
  // A library of its own has the default provider, and no default properties.
  static const std::unique_ptr<OSSL_LIB_CTX, FreeWith<OSSL_LIB_CTX_free>> library(
      OSSL_LIB_CTX_new());
  if (!library) throw CryptoError("OSSL_LIB_CTX_new");
  Hash running(name, library.get());
  running.update(data);
  return running.finish();
}

std::string fingerprint_sha256(ByteView blob) {
  return "SHA256:" + base64_encode(hash("SHA256", blob), false);
}

std::string base64_encode(ByteView data, bool padded) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), data.data(),
                                     static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(length));
  if (!padded) text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace ssh2core
