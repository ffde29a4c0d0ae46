/* A FIDO token made of software, for ssh's option SecurityKeyProvider: it is touched as soon as it
 * is asked. A key handle is the private key itself, so that nothing need be kept.
 *
 * What ssh calls, and the layout of what it gets, is version 10 of OpenSSH's interface for such
 * libraries (PROTOCOL.u2f); the bytes that are signed are those of its section on SSH signatures.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { kVersion = 0x000a0000, kEcdsa = 0, kEd25519 = 1, kFailed = -1, kUnsupported = -2 };

struct enrolled {
  uint8_t flags;
  uint8_t* public_key;
  size_t public_key_size;
  uint8_t* handle;
  size_t handle_size;
  uint8_t* signature;
  size_t signature_size;
  uint8_t* certificate;
  size_t certificate_size;
  uint8_t* authenticator_data;
  size_t authenticator_data_size;
};

struct signed_response {
  uint8_t flags;
  uint32_t counter;
  uint8_t* r;
  size_t r_size;
  uint8_t* s;
  size_t s_size;
};

uint32_t sk_api_version(void) { return kVersion; }

static EVP_PKEY* new_key(uint32_t algorithm) {
  return algorithm == kEcdsa ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* The 32 bytes of Ed25519, or the uncompressed point. */
static size_t public_bytes(const EVP_PKEY* key, uint8_t** bytes) {
  size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, NULL, 0, &size) != 1) return 0;
  *bytes = malloc(size);
  if (*bytes == NULL ||
      EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, *bytes, size, &size) != 1)
    return 0;
  return size;
}

int sk_enroll(uint32_t algorithm, const uint8_t* challenge, size_t challenge_size,
              const char* application, uint8_t flags, const char* pin, void** options,
              struct enrolled** response) {
  (void)challenge, (void)challenge_size, (void)application, (void)pin, (void)options;
  if (algorithm != kEcdsa && algorithm != kEd25519) return kUnsupported;
  EVP_PKEY* key = new_key(algorithm);
  struct enrolled* made = calloc(1, sizeof *made);
  if (key == NULL || made == NULL) return kFailed;
  made->flags = flags;
  made->public_key_size = public_bytes(key, &made->public_key);
  const int size = i2d_PrivateKey(key, &made->handle);
  made->signature = calloc(1, 1); /* of an attestation, which nobody checks */
  made->signature_size = 1;
  if (made->public_key_size == 0 || size <= 0 || made->signature == NULL) return kFailed;
  made->handle_size = (size_t)size;
  EVP_PKEY_free(key);
  *response = made;
  return 0;
}

/* SHA-256 of the application, flags, counter, SHA-256 of the data. */
static size_t to_sign(uint8_t* message, const char* application, uint8_t flags, uint32_t counter,
                      const uint8_t* data, size_t size) {
  uint8_t* end = message;
  SHA256((const uint8_t*)application, strlen(application), end);
  end += SHA256_DIGEST_LENGTH;
  *end++ = flags;
  for (int shift = 24; shift >= 0; shift -= 8) *end++ = (uint8_t)(counter >> shift);
  SHA256(data, size, end);
  return (size_t)(end + SHA256_DIGEST_LENGTH - message);
}

static size_t number_bytes(const BIGNUM* number, uint8_t** bytes) {
  *bytes = malloc((size_t)BN_num_bytes(number) + 1);
  return *bytes == NULL ? 0 : (size_t)BN_bn2bin(number, *bytes);
}

/* An ECDSA signature is given as its two numbers, an Ed25519 one as it is. */
static int keep(uint32_t algorithm, const uint8_t* signature, size_t size,
                struct signed_response* made) {
  if (algorithm == kEd25519) {
    made->r = malloc(size);
    if (made->r == NULL) return kFailed;
    memcpy(made->r, signature, size);
    made->r_size = size;
    return 0;
  }
  ECDSA_SIG* pair = d2i_ECDSA_SIG(NULL, &signature, (long)size);
  if (pair == NULL) return kFailed;
  made->r_size = number_bytes(ECDSA_SIG_get0_r(pair), &made->r);
  made->s_size = number_bytes(ECDSA_SIG_get0_s(pair), &made->s);
  ECDSA_SIG_free(pair);
  return made->r_size == 0 || made->s_size == 0 ? kFailed : 0;
}

int sk_sign(uint32_t algorithm, const uint8_t* data, size_t data_size, const char* application,
            const uint8_t* handle, size_t handle_size, uint8_t flags, const char* pin,
            void** options, struct signed_response** response) {
  (void)pin, (void)options;
  EVP_PKEY* key = d2i_AutoPrivateKey(NULL, &handle, (long)handle_size);
  struct signed_response* made = calloc(1, sizeof *made);
  if (key == NULL || made == NULL) return kFailed;
  made->flags = flags;
  made->counter = 1;
  uint8_t message[2 * SHA256_DIGEST_LENGTH + 5], signature[256];
  size_t size = sizeof signature;
  const size_t length = to_sign(message, application, made->flags, made->counter, data, data_size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = algorithm == kEcdsa ? EVP_sha256() : NULL;
  if (EVP_DigestSignInit(context, NULL, digest, NULL, key) != 1 ||
      EVP_DigestSign(context, signature, &size, message, length) != 1)
    return kFailed;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  if (keep(algorithm, signature, size, made) != 0) return kFailed;
  *response = made;
  return 0;
}

int sk_load_resident_keys(const char* pin, void** options, void*** keys, size_t* count) {
  (void)pin, (void)options;
  *keys = NULL;
  *count = 0;
  return 0;
}
