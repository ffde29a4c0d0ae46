#include "libssh2core/crypto/hybrid_kex.h"

#include <openssl/rand.h>

#include <array>

#include "libssh2core/crypto/hash.h"

namespace ssh2core {

namespace {

// OpenSSL's generator for what stays secret.
class PrivateRandom final : public Random {
 public:
  void fill(MutableView out) override {
    require_ok(RAND_priv_bytes(out.data(), static_cast<int>(out.size())), "RAND_priv_bytes");
  }
};

struct HybridGroup {
  std::string_view name;  // in the table of methods
  std::string_view kem;
  const char* classical;
  std::unique_ptr<KeyAgreement> (*make_classical)(const KexEntry&);
  std::size_t classical_bytes;
};

constexpr auto kGroups = std::to_array<HybridGroup>({
    {"sntrup761+X25519", "sntrup761", "X25519", make_x25519, 32},
    {"ML-KEM-768+X25519", "ML-KEM-768", "X25519", make_x25519, 32},
    {"ML-KEM-768+P-256", "ML-KEM-768", "P-256", make_ecdh, 65},
    {"ML-KEM-1024+P-384", "ML-KEM-1024", "P-384", make_ecdh, 97},
});

}  // namespace

HybridAgreement::HybridAgreement(const Kem& kem, std::unique_ptr<KeyPairAgreement> classical,
                                 std::size_t classical_bytes, const char* hash)
    : kem_(kem), classical_(std::move(classical)), classical_bytes_(classical_bytes), hash_(hash) {}

Bytes HybridAgreement::client_value() {
  if (!kem_key_) {
    PrivateRandom random;
    kem_key_ = kem_.generate(random);
  }
  Bytes value = kem_key_->public_key();
  const Bytes classical = classical_->client_value();
  value.insert(value.end(), classical.begin(), classical.end());
  return value;
}

Secret HybridAgreement::client_finish(ByteView server_value) {
  if (!kem_key_) throw std::logic_error("client_finish() before client_value()");
  if (server_value.size() != kem_.ciphertext_bytes + classical_bytes_)
    refuse_peer_value("the server's hybrid value has another length");
  const Secret classical = classical_->client_finish(server_value.last(classical_bytes_));
  return combine(kem_key_->decapsulate(server_value.first(kem_.ciphertext_bytes)), classical);
}

KeyAgreement::Answer HybridAgreement::server_answer(ByteView client_value) {
  if (client_value.size() != kem_.public_key_bytes + classical_bytes_)
    refuse_peer_value("the client's hybrid value has another length");
  Answer classical = classical_->server_answer(client_value.last(classical_bytes_));
  PrivateRandom random;
  auto made = kem_.encapsulate(client_value.first(kem_.public_key_bytes), random);
  if (!made) refuse_peer_value("the client's encapsulation key is none");
  made->ciphertext.insert(made->ciphertext.end(), classical.server_value.begin(),
                          classical.server_value.end());
  return {std::move(made->ciphertext), combine(made->shared, classical.shared)};
}

void HybridAgreement::use_private_keys(std::unique_ptr<KemPrivateKey> kem_key,
                                       ByteView classical_key) {
  kem_key_ = std::move(kem_key);
  classical_->use_private_key(classical_key);
}

// RFC 9941 section 3: the classical secret as raw bytes of fixed length, as they come.
Secret HybridAgreement::combine(const Secret& encapsulated, const Secret& classical) const {
  Hash digest(hash_);
  digest.update(encapsulated.view());
  digest.update(classical.view());
  Secret shared(digest.size());
  digest.finish_into(shared.mutable_view());
  return shared;
}

std::unique_ptr<KeyAgreement> make_hybrid(const KexEntry& entry) {
  const auto group = std::ranges::find(kGroups, entry.group, &HybridGroup::name);
  const Kem* kem = group == kGroups.end() ? nullptr : find_kem(group->kem);
  if (kem == nullptr) throw std::invalid_argument("a hybrid that is not in the table");
  KexEntry half = entry;
  half.group = group->classical;
  std::unique_ptr<KeyPairAgreement> classical(
      dynamic_cast<KeyPairAgreement*>(group->make_classical(half).release()));
  return std::make_unique<HybridAgreement>(*kem, std::move(classical), group->classical_bytes,
                                           entry.hash);
}

}  // namespace ssh2core
