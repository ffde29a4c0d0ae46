// Runs the post-quantum mechanisms with secrets that valgrind takes for undefined memory: memcheck
// then reports every branch and every index that depends on one. What a peer gets to see anyway
// (public keys, ciphertexts) is declared defined again where it leaves the secret side.
//
//   valgrind --error-exitcode=9 constant_time [CASE]
//
// Exit code 0: nothing found. The case `leak` branches on a secret on purpose, and must fail.
#include <valgrind/memcheck.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/constant_time_sort.h"
#include "libssh2core/crypto/hybrid_kex.h"
#include "libssh2core/crypto/ml_kem.h"
#include "libssh2core/crypto/sntrup761.h"
#include "libssh2core/crypto/system_random.h"

namespace ssh2core {

namespace {

template <class Bytes>
void make_secret(Bytes& bytes) {
  VALGRIND_MAKE_MEM_UNDEFINED(std::data(bytes), std::size(bytes) * sizeof *std::data(bytes));
}
template <class Bytes>
void make_public(Bytes& bytes) {
  VALGRIND_MAKE_MEM_DEFINED(std::data(bytes), std::size(bytes) * sizeof *std::data(bytes));
}

class SecretRandom final : public Random {
 public:
  void fill(MutableView out) override {
    random_.fill(out);
    make_secret(out);
  }

 private:
  SystemRandom random_;
};

void run_sort() {
  std::array<std::uint32_t, 761> values;
  SystemRandom random;
  random.fill({reinterpret_cast<std::uint8_t*>(values.data()), sizeof values});
  make_secret(values);
  sort_in_constant_time(values);
}

void run_sntrup761() {
  using namespace sntrup761;
  SecretRandom random;
  PrivateKey key{};
  Small f{}, g{}, inverse_g{};
  std::int32_t refused = 0;
  do {
    sample_small(g, random);
    refused = invert_mod3(inverse_g, g);
    VALGRIND_MAKE_MEM_DEFINED(&refused, sizeof refused);  // a refused g is thrown away
  } while (refused != 0);
  sample_short(f, random);
  make_key(key, f, g, inverse_g);
  random.fill(key.rho);
  make_public(key.public_key);
  make_public(key.h);
  make_public(key.public_hash);

  Bytes ciphertext(kCiphertextBytes), shared(kSharedBytes);
  encapsulate(ciphertext, shared, key.public_key, random);
  make_public(ciphertext);
  Bytes again(kSharedBytes);
  decapsulate(again, ciphertext, key);
  ciphertext[5] ^= 1;
  decapsulate(again, ciphertext, key);  // whether it was right is a secret, too
}

void run_ml_kem(const ml_kem::Parameters& parameters) {
  SecretRandom random;
  Bytes d(32), z(32), m(32);
  random.fill(d), random.fill(z), random.fill(m);
  const Secret seeds = ml_kem::expand_seed(parameters, d);
  Bytes rho(seeds.view().begin(), seeds.view().begin() + 32);
  make_public(rho);
  Bytes public_key(parameters.encapsulation_key_bytes()),
      private_key(parameters.decapsulation_key_bytes());
  ml_kem::generate(parameters, rho, seeds.view().last(32), z, public_key, private_key);
  make_public(public_key);
  // The private key holds the public one and its hash, behind the secret vector and before z.
  MutableView copy =
      MutableView(private_key).subspan(384 * parameters.rank, public_key.size() + 32);
  make_public(copy);

  Bytes ciphertext(parameters.ciphertext_bytes()), shared(ml_kem::kSharedBytes);
  ml_kem::encapsulate(parameters, public_key, m, ciphertext, shared);
  make_public(ciphertext);
  ml_kem::decapsulate(parameters, private_key, ciphertext, shared);
  ciphertext[5] ^= 1;
  ml_kem::decapsulate(parameters, private_key, ciphertext, shared);
}

void run_leak() {
  Bytes secret(1);
  SecretRandom random;
  random.fill(secret);
  if (secret[0] > 127) std::puts("the secret is large");
}

struct Case {
  std::string_view name;
  void (*run)();
};
constexpr auto kCases = std::to_array<Case>({
    {"sort", run_sort},
    {"sntrup761", run_sntrup761},
    {"ml-kem-768", [] { run_ml_kem(ml_kem::kMlKem768); }},
    {"ml-kem-1024", [] { run_ml_kem(ml_kem::kMlKem1024); }},
    {"leak", run_leak},
});

}  // namespace

}  // namespace ssh2core

int main(int count, char** arguments) {
  using ssh2core::kCases;
  if (RUNNING_ON_VALGRIND == 0) {
    std::fputs("run this under valgrind\n", stderr);
    return 2;
  }
  const std::string_view wanted = count > 1 ? arguments[1] : "";
  const auto at = std::ranges::find(kCases, wanted, &ssh2core::Case::name);
  if (at == kCases.end()) {
    std::fputs("no such case\n", stderr);
    return 2;
  }
  at->run();
  return 0;
}
