#include "keys/pem_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>

#include "keys/key_numbers.h"
#include "libssh2core/crypto/key_blob.h"

namespace ssh2core::keys {
namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Sig = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;
using Pbe2 = std::unique_ptr<PBE2PARAM, FreeWith<PBE2PARAM_free>>;
using Pbkdf2 = std::unique_ptr<PBKDF2PARAM, FreeWith<PBKDF2PARAM_free>>;
using Scrypt = std::unique_ptr<SCRYPT_PARAMS, FreeWith<SCRYPT_PARAMS_free>>;
using Pbe1 = std::unique_ptr<PBEPARAM, FreeWith<PBEPARAM_free>>;

struct Question {
  const Secret& passphrase;
  bool asked = false;
};

/// OpenSSL's passphrase callback; its default would ask on the terminal.
int answer(char* buffer, int size, int /*writing*/, void* question) {
  auto& q = *static_cast<Question*>(question);
  q.asked = true;
  const ByteView passphrase = q.passphrase.view();
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return -1;
  std::ranges::copy(passphrase, buffer);
  return static_cast<int>(passphrase.size());
}

/// The sequence inside an algorithm's parameter; null when it is something else.
template <class Pointer>
Pointer unpack(int type, const void* parameter, const ASN1_ITEM* item) {
  if (type != V_ASN1_SEQUENCE || parameter == nullptr) return nullptr;
  return Pointer(static_cast<typename Pointer::pointer>(
      ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameter), item)));
}

bool reasonable(const ASN1_INTEGER* iterations) {
  const long count = iterations == nullptr ? -1 : ASN1_INTEGER_get(iterations);
  return count > 0 && count <= kMaxPemIterations;
}

/// Scrypt's work is N * r * p (RFC 7914 section 6). OpenSSL bounds its memory, but not its time.
bool reasonable(const SCRYPT_PARAMS& scrypt) {
  std::uint64_t work = 1;
  for (const ASN1_INTEGER* factor :
       {scrypt.costParameter, scrypt.blockSize, scrypt.parallelizationParameter}) {
    const long value = ASN1_INTEGER_get(factor);
    if (value <= 0 || static_cast<std::uint64_t>(value) > kMaxScryptWork / work) return false;
    work *= static_cast<std::uint64_t>(value);
  }
  return true;
}

/// True when an encrypted PKCS#8 block asks for a bounded amount of work: PBES1, or PBES2 with
/// PBKDF2 (RFC 8018) or scrypt (RFC 7914).
bool work_is_bounded(const X509_SIG* envelope) {
  const X509_ALGOR* scheme = nullptr;
  X509_SIG_get0(envelope, &scheme, nullptr);
  const ASN1_OBJECT* object = nullptr;
  int type = 0;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&object, &type, &parameter, scheme);
  if (OBJ_obj2nid(object) != NID_pbes2) {
    const auto pbe1 = unpack<Pbe1>(type, parameter, ASN1_ITEM_rptr(PBEPARAM));
    return pbe1 != nullptr && reasonable(pbe1->iter);
  }
  const auto pbe2 = unpack<Pbe2>(type, parameter, ASN1_ITEM_rptr(PBE2PARAM));
  if (pbe2 == nullptr) return false;
  X509_ALGOR_get0(&object, &type, &parameter, pbe2->keyfunc);
  if (OBJ_obj2nid(object) == NID_id_scrypt) {
    const auto scrypt = unpack<Scrypt>(type, parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    return scrypt != nullptr && reasonable(*scrypt);
  }
  if (OBJ_obj2nid(object) != NID_id_pbkdf2) return false;
  const auto pbkdf2 = unpack<Pbkdf2>(type, parameter, ASN1_ITEM_rptr(PBKDF2PARAM));
  return pbkdf2 != nullptr && reasonable(pbkdf2->iter);
}

Bio open_text(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) throw CryptoError("BIO_new_mem_buf");
  return bio;
}

KeyFileError unreadable(const Question& question) {
  if (question.asked && question.passphrase.empty())
    return {"the private key is encrypted and needs its passphrase", true};
  if (question.asked) return {"the passphrase of the private key is wrong", true};
  return {"the PEM private key is damaged; restore it from a copy", false};
}

}  // namespace

std::variant<PrivateKey, KeyFileError> parse_pem_key(std::string_view block,
                                                     const Secret& passphrase) {
  if (block.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")) {
    const X509Sig envelope(PEM_read_bio_PKCS8(open_text(block).get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (envelope == nullptr)
      return KeyFileError{"the PEM private key is damaged; restore it from a copy"};
    if (!work_is_bounded(envelope.get()))
      return KeyFileError{
          "the private key's passphrase is processed in a way that is unknown or takes too long; "
          "write it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`"};
  }
  Question question{passphrase};
  EvpPkey key(PEM_read_bio_PrivateKey(open_text(block).get(), nullptr, answer, &question));
  ERR_clear_error();
  if (key == nullptr) return unreadable(question);
  const char* const name = EVP_PKEY_get0_type_name(key.get());
  const std::string family = name == nullptr ? "unknown" : name;
  if (auto checked = checked_key(std::move(key))) return std::move(*checked);
  return KeyFileError{"the private key (" + family +
                      ") cannot be used: SSH needs ed25519, ed448, ecdsa on P-256, P-384 or P-521, "
                      "rsa of at least " +
                      std::to_string(kMinRsaBits) + " bits, or dsa with a group of " +
                      std::to_string(kDsaGroupBits) + " bits, with halves that belong together"};
}

std::variant<PublicHalf, KeyFileError> read_pem_public_key(std::string_view block) {
  const bool pkcs1 = block.starts_with("-----BEGIN RSA ");
  const auto source = open_text(block);
  EvpPkey key;
  if (pkcs1) {
    // PEM_read_bio_PUBKEY() knows SubjectPublicKeyInfo only.
    unsigned char* der = nullptr;
    long size = 0;
    if (PEM_bytes_read_bio(&der, &size, nullptr, PEM_STRING_RSA_PUBLIC, source.get(), nullptr,
                           nullptr) == 1) {
      const unsigned char* at = der;
      key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
      OPENSSL_free(der);
    }
  } else {
    key.reset(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
  }
  ERR_clear_error();
  if (key == nullptr) return KeyFileError{"the PEM public key is damaged; restore it from a copy"};
  const SignatureEntry* row = key_type_of(key.get());
  if (row == nullptr) return KeyFileError{"the PEM public key is of a kind that SSH does not have"};
  return PublicHalf{write_key_blob(*row, key.get()), {}};
}

}  // namespace ssh2core::keys
