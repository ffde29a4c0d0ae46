#include "libssh2core/crypto/kem.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/kem_evp.h"
#include "libssh2core/crypto/ml_kem.h"
#include "libssh2core/crypto/sntrup761.h"

namespace ssh2core {

namespace {

class Sntrup761Key final : public KemPrivateKey {
 public:
  explicit Sntrup761Key(Random& random) { sntrup761::generate(*key_, random); }
  Bytes public_key() const override { return {key_->public_key.begin(), key_->public_key.end()}; }
  Secret decapsulate(ByteView ciphertext) const override {
    Secret shared(sntrup761::kSharedBytes);
    sntrup761::decapsulate(shared.mutable_view(), ciphertext, *key_);
    return shared;
  }

 private:
  Erased<sntrup761::PrivateKey> key_;
};

std::unique_ptr<KemPrivateKey> generate_sntrup761(Random& random) {
  return std::make_unique<Sntrup761Key>(random);
}

std::optional<Encapsulation> encapsulate_sntrup761(ByteView public_key, Random& random) {
  if (public_key.size() != sntrup761::kPublicKeyBytes) return std::nullopt;
  Encapsulation made{Bytes(sntrup761::kCiphertextBytes), Secret(sntrup761::kSharedBytes)};
  sntrup761::encapsulate(made.ciphertext, made.shared.mutable_view(), public_key, random);
  return made;
}

class MlKemKey final : public KemPrivateKey {
 public:
  MlKemKey(const ml_kem::Parameters& parameters, ByteView d, ByteView z)
      : parameters_(parameters),
        public_key_(parameters.encapsulation_key_bytes()),
        private_key_(parameters.decapsulation_key_bytes()) {
    const Secret seeds = ml_kem::expand_seed(parameters, d);
    ml_kem::generate(parameters, seeds.view().first(32), seeds.view().last(32), z, public_key_,
                     private_key_.mutable_view());
  }
  Bytes public_key() const override { return public_key_; }
  Secret decapsulate(ByteView ciphertext) const override {
    Secret shared(ml_kem::kSharedBytes);
    ml_kem::decapsulate(parameters_, private_key_.view(), ciphertext, shared.mutable_view());
    return shared;
  }

 private:
  const ml_kem::Parameters& parameters_;
  Bytes public_key_;
  Secret private_key_;
};

template <const ml_kem::Parameters& parameters>
std::unique_ptr<KemPrivateKey> generate_ml_kem(Random& random) {
  Secret seeds(2 * ml_kem::kSeedBytes);
  random.fill(seeds.mutable_view());
  return std::make_unique<MlKemKey>(parameters, seeds.view().first(ml_kem::kSeedBytes),
                                    seeds.view().last(ml_kem::kSeedBytes));
}

template <const ml_kem::Parameters& parameters>
std::optional<Encapsulation> encapsulate_ml_kem(ByteView public_key, Random& random) {
  if (!ml_kem::is_encapsulation_key(parameters, public_key)) return std::nullopt;
  Secret m(ml_kem::kSeedBytes);
  random.fill(m.mutable_view());
  Encapsulation made{Bytes(parameters.ciphertext_bytes()), Secret(ml_kem::kSharedBytes)};
  ml_kem::encapsulate(parameters, public_key, m.view(), made.ciphertext,
                      made.shared.mutable_view());
  return made;
}

template <const ml_kem::Parameters& parameters>
constexpr Kem ml_kem_row(std::string_view name) {
  return {name, parameters.encapsulation_key_bytes(), parameters.ciphertext_bytes(),
          generate_ml_kem<parameters>, encapsulate_ml_kem<parameters>};
}

constexpr auto kKems = std::to_array<Kem>({
    {"sntrup761", sntrup761::kPublicKeyBytes, sntrup761::kCiphertextBytes, generate_sntrup761,
     encapsulate_sntrup761},
    ml_kem_row<ml_kem::kMlKem768>("ML-KEM-768"),
    ml_kem_row<ml_kem::kMlKem1024>("ML-KEM-1024"),
});

}  // namespace

const Kem* find_own_kem(std::string_view name) {
  const auto at = std::ranges::find(kKems, name, &Kem::name);
  return at == kKems.end() ? nullptr : &*at;
}

const Kem* find_kem(std::string_view name) {
  const Kem* evp = find_evp_kem(name);
  return evp != nullptr ? evp : find_own_kem(name);
}

std::unique_ptr<KemPrivateKey> ml_kem_from_seed(std::string_view name, ByteView d, ByteView z) {
  if (name == "ML-KEM-768") return std::make_unique<MlKemKey>(ml_kem::kMlKem768, d, z);
  if (name == "ML-KEM-1024") return std::make_unique<MlKemKey>(ml_kem::kMlKem1024, d, z);
  throw std::invalid_argument("no ML-KEM of that name");
}

}  // namespace ssh2core
