#include <openssl/err.h>

#include "libssh2core/crypto/key.h"
#include "libssh2core/crypto/key_blob.h"
#include "libssh2core/crypto/signature_body.h"

namespace ssh2core {

namespace {

// The signature's body in EVP's form; nullopt when the wire form does not belong to the row or key.
std::optional<Bytes> read_signature(const SignatureEntry& row, const EVP_PKEY* key,
                                    ByteView signature) try {
  Reader fields(signature);
  const std::string_view algorithm = fields.text();
  const ByteView body = fields.string();
  fields.expect_end();
  if (algorithm != row.name) return std::nullopt;
  return signature_for_evp(row, key, body);
} catch (const ProtocolError&) {
  return std::nullopt;  // a malformed signature is a wrong one, for the caller to answer
}

}  // namespace

PublicKey::PublicKey(std::string_view type, ByteView blob, EvpPkey key)
    : type_(type), blob_(blob.begin(), blob.end()), key_(std::move(key)) {}

std::optional<PublicKey> PublicKey::from_blob(ByteView blob) try {
  Reader fields(blob);
  const SignatureEntry* row = find_key_type(fields.text());
  if (row == nullptr) return std::nullopt;
  EvpPkey key = read_key_fields(*row, fields);
  fields.expect_end();
  if (!key) return std::nullopt;
  // Written anew: numbers with superfluous zeros are the same key and must compare as such.
  const Bytes canonical = write_key_blob(*row, key.get());
  return PublicKey(row->key_type, canonical, std::move(key));
} catch (const ProtocolError&) {
  return std::nullopt;
}

int PublicKey::bits() const { return key_bits(*find_key_type(type_), key_.get()); }

bool PublicKey::verify(std::string_view algorithm, ByteView data, ByteView signature) const {
  const SignatureEntry* row = find_signature(algorithm);
  if (row == nullptr || row->key_type != type_) return false;
  const std::optional<Bytes> body = read_signature(*row, key_.get(), signature);
  if (!body) return false;
  const EvpMdCtx context(EVP_MD_CTX_new());
  if (!context) throw CryptoError("EVP_MD_CTX_new");
  require_ok(EVP_DigestVerifyInit_ex(context.get(), nullptr, row->digest, nullptr, nullptr,
                                     key_.get(), nullptr),
             "EVP_DigestVerifyInit");
  const bool good =
      EVP_DigestVerify(context.get(), body->data(), body->size(), data.data(), data.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace ssh2core
