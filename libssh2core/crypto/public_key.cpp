#include <openssl/err.h>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/key.h"
#include "libssh2core/crypto/key_blob.h"
#include "libssh2core/crypto/signature_body.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

namespace {

constexpr std::uint8_t kTouched = 1, kVerified = 4;  // flags of PROTOCOL.u2f

/// The fields of a signature in its wire form; views of it.
struct SignatureFields {
  std::string_view algorithm;
  ByteView body;
  ByteView token;  // flags and counter of a FIDO token, as they are signed; empty for other keys
};

constexpr std::size_t kTokenBytes = 5;

SignatureFields read_fields(ByteView signature, bool security_key) {
  Reader fields(signature);
  SignatureFields read;
  read.algorithm = fields.text();
  read.body = fields.string();
  if (security_key) read.token = fields.raw(kTokenBytes);
  fields.expect_end();
  return read;
}

/// What a token signs instead of the data (PROTOCOL.u2f).
Bytes token_message(std::string_view application, ByteView token, ByteView data) {
  Buffer out;
  Writer w(out);
  w.raw(hash("SHA256", as_bytes(application)));
  w.raw(token);
  w.raw(hash("SHA256", data));
  return out.to_bytes();
}

bool verify_body(const SignatureEntry& row, EVP_PKEY* key, ByteView body, ByteView data) {
  const std::optional<Bytes> made = signature_for_evp(row, key, body);
  if (!made) return false;
  const EvpMdCtx context(EVP_MD_CTX_new());
  if (!context) throw CryptoError("EVP_MD_CTX_new");
  require_ok(
      EVP_DigestVerifyInit_ex(context.get(), nullptr, row.digest, nullptr, nullptr, key, nullptr),
      "EVP_DigestVerifyInit");
  const bool good =
      EVP_DigestVerify(context.get(), made->data(), made->size(), data.data(), data.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace

std::optional<TokenFlags> token_flags(ByteView signature) try {
  const std::uint8_t flags = read_fields(signature, true).token[0];
  return TokenFlags{(flags & kTouched) != 0, (flags & kVerified) != 0};
} catch (const ProtocolError&) {
  return std::nullopt;
}

PublicKey::PublicKey(std::string_view type, ByteView blob, EvpPkey key,
                     std::string_view application)
    : type_(type),
      plain_type_(type),
      blob_(blob.begin(), blob.end()),
      key_(std::move(key)),
      application_(application) {}

std::optional<PublicKey> PublicKey::from_blob(ByteView blob) try {
  Reader fields(blob);
  const std::string_view type = fields.text();
  if (const SignatureEntry* row = find_certificate_type(type)) {
    auto certificate = parse_certificate(blob);
    auto key = certificate ? from_blob(certificate->key_blob) : std::nullopt;
    if (!key) return std::nullopt;
    certificate->key_blob = key->blob_;
    key->type_ = row->key_type;
    key->blob_.assign(blob.begin(), blob.end());
    key->certificate_ = std::make_shared<const Certificate>(std::move(*certificate));
    return key;
  }
  const SignatureEntry* row = find_key_type(type);
  if (row == nullptr) return std::nullopt;
  EvpPkey key = read_key_fields(*row, fields);
  const std::string_view application = row->security_key ? fields.text() : std::string_view();
  fields.expect_end();
  if (!key) return std::nullopt;
  // Written anew: numbers with superfluous zeros are the same key and must compare as such.
  Bytes canonical = write_key_blob(*row, key.get());
  if (row->security_key) {
    Buffer tail;
    Writer(tail).string(application);
    const ByteView bytes = tail.view();
    canonical.insert(canonical.end(), bytes.begin(), bytes.end());
  }
  return PublicKey(row->key_type, canonical, std::move(key), application);
} catch (const ProtocolError&) {
  return std::nullopt;
}

int PublicKey::bits() const { return key_bits(*find_key_type(plain_type_), key_.get()); }

bool PublicKey::is_security_key() const { return find_key_type(plain_type_)->security_key; }

bool PublicKey::verify(std::string_view algorithm, ByteView data, ByteView signature) const try {
  const SignatureEntry* row = find_key_algorithm(algorithm);
  if (row == nullptr || row->key_type != type_) return false;
  const SignatureEntry& signing = signing_row(*row);
  const SignatureFields fields = read_fields(signature, signing.security_key);
  if (fields.algorithm != signing.name) return false;
  if (!signing.security_key) return verify_body(signing, key_.get(), fields.body, data);
  return verify_body(signing, key_.get(), fields.body,
                     token_message(application_, fields.token, data));
} catch (const ProtocolError&) {
  return false;  // a malformed signature is a wrong one, for the caller to answer
}

}  // namespace ssh2core
