#include "libssh2core/crypto/kem_evp.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/ml_kem.h"

namespace ssh2core {

namespace {

// A context for the key's operation `start`.
EvpPkeyCtx context_for(EVP_PKEY* key, int (*start)(EVP_PKEY_CTX*, const OSSL_PARAM*)) {
  EvpPkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context) throw CryptoError("EVP_PKEY_CTX_new");
  require_ok(start(context.get(), nullptr), "starting a key encapsulation");
  return context;
}

class EvpKemKey final : public KemPrivateKey {
 public:
  explicit EvpKemKey(EvpPkey key) : key_(std::move(key)) {}
  Bytes public_key() const override {
    std::size_t size = 0;
    require_ok(
        EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size),
        "reading an encapsulation key");
    Bytes value(size);
    require_ok(EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, value.data(),
                                               value.size(), &size),
               "reading an encapsulation key");
    return value;
  }
  Secret decapsulate(ByteView ciphertext) const override {
    const EvpPkeyCtx context = context_for(key_.get(), EVP_PKEY_decapsulate_init);
    Secret shared(ml_kem::kSharedBytes);
    std::size_t size = shared.size();
    require_ok(EVP_PKEY_decapsulate(context.get(), shared.mutable_view().data(), &size,
                                    ciphertext.data(), ciphertext.size()),
               "decapsulation");
    return shared;
  }

 private:
  EvpPkey key_;
};

std::unique_ptr<KemPrivateKey> generate(const char* name) {
  // Not EVP_PKEY_Q_keygen(): in OpenSSL 3.0 that knows a fixed list of types.
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  if (!context) throw CryptoError("EVP_PKEY_CTX_new");
  require_ok(EVP_PKEY_keygen_init(context.get()), "EVP_PKEY_keygen_init");
  EVP_PKEY* key = nullptr;
  require_ok(EVP_PKEY_generate(context.get(), &key), "generating an encapsulation key");
  return std::make_unique<EvpKemKey>(EvpPkey(key));
}

std::optional<Encapsulation> encapsulate(const char* name, const ml_kem::Parameters& parameters,
                                         ByteView public_key) {
  const ParamBuilder params = new_params();
  require_ok(OSSL_PARAM_BLD_push_octet_string(params.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                              public_key.data(), public_key.size()),
             "OSSL_PARAM_BLD");
  const EvpPkey key = key_from_params(name, EVP_PKEY_PUBLIC_KEY, params);
  if (!key) return std::nullopt;  // OpenSSL checks length and coefficients
  const EvpPkeyCtx context = context_for(key.get(), EVP_PKEY_encapsulate_init);
  Encapsulation made{Bytes(parameters.ciphertext_bytes()), Secret(ml_kem::kSharedBytes)};
  std::size_t ciphertext_size = made.ciphertext.size(), shared_size = made.shared.size();
  require_ok(EVP_PKEY_encapsulate(context.get(), made.ciphertext.data(), &ciphertext_size,
                                  made.shared.mutable_view().data(), &shared_size),
             "encapsulation");
  return made;
}

bool library_has(const char* name) {
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  ERR_clear_error();
  return context != nullptr;
}

struct Row {
  Kem kem;
  bool (*is_there)();
};

constexpr auto kRows = std::to_array<Row>({
    {{"ML-KEM-768", ml_kem::kMlKem768.encapsulation_key_bytes(),
      ml_kem::kMlKem768.ciphertext_bytes(), [](Random&) { return generate("ML-KEM-768"); },
      [](ByteView key, Random&) { return encapsulate("ML-KEM-768", ml_kem::kMlKem768, key); }},
     [] {
       static const bool has = library_has("ML-KEM-768");
       return has;
     }},
    {{"ML-KEM-1024", ml_kem::kMlKem1024.encapsulation_key_bytes(),
      ml_kem::kMlKem1024.ciphertext_bytes(), [](Random&) { return generate("ML-KEM-1024"); },
      [](ByteView key, Random&) { return encapsulate("ML-KEM-1024", ml_kem::kMlKem1024, key); }},
     [] {
       static const bool has = library_has("ML-KEM-1024");
       return has;
     }},
});

}  // namespace

const Kem* find_evp_kem(std::string_view name) {
  for (const Row& row : kRows)
    if (row.kem.name == name && row.is_there()) return &row.kem;
  return nullptr;
}

}  // namespace ssh2core
