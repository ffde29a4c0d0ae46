// sntrup761 against published known answers, and its arithmetic against the definitions.
#include "libssh2core/crypto/sntrup761.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/constant_time_sort.h"
#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/tests/crypto/kat_random.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core::sntrup761 {

namespace {

std::string upper_hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789ABCDEF"[byte >> 4];
    text += "0123456789ABCDEF"[byte & 15];
  }
  return text;
}

// The layout of a private key in the submission: f, 1/g, the public key, rho and its hash.
Bytes serialized(const PrivateKey& key) {
  Bytes bytes(2 * kSmallBytes);
  encode_small(MutableView(bytes).first(kSmallBytes), key.f);
  encode_small(MutableView(bytes).subspan(kSmallBytes), key.inverse_g);
  bytes.insert(bytes.end(), key.public_key.begin(), key.public_key.end());
  bytes.insert(bytes.end(), key.rho.begin(), key.rho.end());
  bytes.insert(bytes.end(), key.public_hash.begin(), key.public_hash.end());
  return bytes;
}

struct Pair {
  Bytes ciphertext = Bytes(kCiphertextBytes), shared = Bytes(kSharedBytes);
};

Pair encapsulate_to(ByteView public_key, Random& random) {
  Pair pair;
  encapsulate(pair.ciphertext, pair.shared, public_key, random);
  return pair;
}

Bytes decapsulated(const PrivateKey& key, ByteView ciphertext) {
  Bytes shared(kSharedBytes);
  decapsulate(shared, ciphertext, key);
  return shared;
}

}  // namespace

TEST(Sntrup761, KnownAnswersHaveThePublishedHash) {
  for (const TestVector& v : load_vectors("sntrup761.vec")) {
    Bytes first_seed(48);
    for (std::size_t i = 0; i < first_seed.size(); ++i)
      first_seed[i] = static_cast<std::uint8_t>(i);
    KatRandom seeds(first_seed);
    std::string text;
    const int count = std::stoi(v.text("Count"));
    for (int i = 0; i < count; ++i) {
      Bytes seed(48);
      seeds.fill(seed);
      KatRandom random(seed);
      PrivateKey key;
      generate(key, random);
      const Pair pair = encapsulate_to(key.public_key, random);
      EXPECT_EQ(decapsulated(key, pair.ciphertext), pair.shared);
      if (i > 0) text += "\n";
      text += "count = " + std::to_string(i) + "\nseed = " + upper_hex(seed) +
              "\npk = " + upper_hex(key.public_key) + "\nsk = " + upper_hex(serialized(key)) +
              "\nct = " + upper_hex(pair.ciphertext) + "\nss = " + upper_hex(pair.shared) + "\n";
    }
    EXPECT_EQ(hash("SHA256", as_bytes(text)), v.hex("Sha256")) << count << " answers";
  }
}

}  // namespace ssh2core::sntrup761
