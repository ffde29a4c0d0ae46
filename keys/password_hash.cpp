#include "keys/password_hash.h"

#include <crypt.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "keys/password_file.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/system_random.h"

namespace ssh2core::keys {
namespace {

/// The base64 of crypt(3), whose order differs from RFC 4648's.
constexpr std::string_view kCryptAlphabet =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kDesSaltBytes = 2, kBcryptSettingBytes = 29;

bool is_argon2(std::string_view hash) { return hash.starts_with("$argon2"); }
bool is_bcrypt(std::string_view hash) {
  return hash.size() == 60 && hash.starts_with("$2") && hash.substr(3, 1) == "$";
}

bool is_des(std::string_view hash) {
  return hash.size() == 13 && hash.find_first_not_of(kCryptAlphabet) == std::string_view::npos;
}

void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw CryptoError("sodium_init");
}

/// As libsodium takes it; never null, which it does not allow even for no bytes.
const char* characters(const Secret& password) {
  return password.empty() ? "" : reinterpret_cast<const char*>(password.view().data());
}

const char* as_characters(const Secret& text) {
  return reinterpret_cast<const char*>(text.view().data());
}

/// In a buffer of the size that libsodium wants; nullopt when it does not go in.
std::optional<Secret> padded_argon2(std::string_view hash) {
  if (hash.size() >= crypto_pwhash_STRBYTES) return std::nullopt;
  Secret padded(std::size_t{crypto_pwhash_STRBYTES});
  std::ranges::copy(as_bytes(hash), padded.mutable_view().begin());
  return padded;
}

bool check_argon2(const SecretText& hash, const Secret& password) {
  require_sodium();
  const auto padded = padded_argon2(hash);
  if (!padded) return false;
  return crypto_pwhash_str_verify(as_characters(*padded), characters(password), password.size()) ==
         0;
}

bool check_crypt(const SecretText& hash, const Secret& password) {
  Secret phrase(password.size() + 1);  // crypt(3) wants a NUL behind it
  std::ranges::copy(password.view(), phrase.mutable_view().begin());
  // crypt(3) would stop at a NUL inside: such a password is hashed like others, but never right.
  const bool has_nul = std::ranges::find(password.view(), 0) != password.view().end();
  Secret memory(sizeof(crypt_data));
  auto* const data = reinterpret_cast<crypt_data*>(memory.mutable_view().data());
  const char* const result =
      crypt_r(reinterpret_cast<const char*>(phrase.view().data()), hash.c_str(), data);
  if (result == nullptr || *result == '*' || has_nul) return false;
  const std::string_view computed(result);
  return computed.size() == hash.size() &&
         equal_in_constant_time(as_bytes(computed), as_bytes(hash));
}

/// Where the digest begins: behind the last `$`, or behind a salt that has no `$` after it.
std::size_t digest_begin(std::string_view hash) {
  if (is_bcrypt(hash)) return kBcryptSettingBytes;
  const std::size_t dollar = hash.rfind('$');
  return dollar == std::string_view::npos ? std::min(kDesSaltBytes, hash.size()) : dollar + 1;
}

}  // namespace

std::string hash_problem(const SecretText& secret) {
  const std::string_view hash = secret;
  if (hash.empty()) return "the hash is empty";
  if (hash.front() == '!' || hash.front() == '*')
    return "the account is locked; take the line out instead";
  if (hash.find_first_of(" \t") != std::string_view::npos) return "a blank in the hash";
  if (is_argon2(hash)) {
    require_sodium();
    const auto padded = padded_argon2(hash);
    if (!padded) return "the argon2 hash is too long";
    // It parses the whole hash; its answer about the limits does not matter here.
    const int parsed =
        hash.starts_with("$argon2id$")
            ? crypto_pwhash_argon2id_str_needs_rehash(as_characters(*padded), 1, 8192)
            : crypto_pwhash_argon2i_str_needs_rehash(as_characters(*padded), 3, 8192);
    return parsed < 0 ? "the argon2 hash is damaged" : "";
  }
  // Anything that begins with two letters is a salt of the old DES kind to crypt(3), a password
  // in clear text as well.
  if (hash.front() != '$' && hash.front() != '_' && !is_des(hash))
    return "no hash; make one with `keytool passwd`, passwords never stand here in clear";
  const int known = crypt_checksalt(secret.c_str());
  if (known == CRYPT_SALT_INVALID || known == CRYPT_SALT_METHOD_DISABLED ||
      digest_begin(hash) >= hash.size())
    return "no hash that crypt(3) of this system or libsodium knows; make one with `keytool "
           "passwd`";
  return "";
}

bool check_password_hash(const SecretText& hash, const Secret& password) {
  return is_argon2(hash) ? check_argon2(hash, password) : check_crypt(hash, password);
}

std::string_view hash_kind(std::string_view hash) {
  if (is_bcrypt(hash)) return hash.substr(0, 7);
  const std::size_t digest = digest_begin(hash);
  if (digest < 2 || hash[digest - 1] != '$') return {};
  return hash.substr(0, hash.rfind('$', digest - 2));  // the salt stands between the last two
}

std::string decoy_of(std::string_view hash) {
  std::string decoy(hash.substr(0, digest_begin(hash)));
  const std::size_t size = hash.size() - decoy.size();
  SystemRandom random;
  Bytes bytes(size);
  random.fill(bytes);
  if (!is_argon2(hash)) {
    for (const std::uint8_t byte : bytes) decoy += kCryptAlphabet[byte % kCryptAlphabet.size()];
    return decoy;
  }
  // libsodium decodes the digest before it works: it must be the base64 of whole bytes.
  bytes.resize(size * 3 / 4);
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  return decoy.append(text.c_str());
}

std::string hash_password(const Secret& password) {
  require_sodium();
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out, characters(password), password.size(),
                            crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw CryptoError("argon2id (not enough memory?)");
  return out;
}

}  // namespace ssh2core::keys
