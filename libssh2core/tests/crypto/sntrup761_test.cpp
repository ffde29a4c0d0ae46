// sntrup761 against published known answers, and its arithmetic against the definitions.
#include "libssh2core/crypto/sntrup761.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

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

TEST(Sntrup761, EveryChangedByteOfACiphertextGivesAnotherSecret) {
  SystemRandom random;
  PrivateKey key;
  generate(key, random);
  const Pair pair = encapsulate_to(key.public_key, random);
  for (std::size_t at = 0; at < kCiphertextBytes; at += 13) {
    Bytes wrong = pair.ciphertext;
    wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ 1 << at % 8);
    const Bytes secret = decapsulated(key, wrong);
    EXPECT_NE(secret, pair.shared) << at;
    // Hash(0, Hash(3, rho), c), cut to 32 bytes: the implicit rejection.
    Bytes inner{3};
    inner.insert(inner.end(), key.rho.begin(), key.rho.end());
    inner = hash("SHA512", inner);
    Bytes outer{0};
    outer.insert(outer.end(), inner.begin(), inner.begin() + 32);
    outer.insert(outer.end(), wrong.begin(), wrong.end());
    outer = hash("SHA512", outer);
    outer.resize(32);
    EXPECT_EQ(secret, outer) << at;
  }
}

TEST(Sntrup761, AnyBytesOfTheRightLengthAreTakenAndHarmless) {
  SystemRandom random;
  PrivateKey key;
  generate(key, random);
  std::mt19937 numbers(761);
  for (int i = 0; i < 40; ++i) {
    Bytes public_key(kPublicKeyBytes), ciphertext(kCiphertextBytes);
    for (std::uint8_t& byte : public_key)
      byte = static_cast<std::uint8_t>(i == 0 ? 255 : numbers());
    for (std::uint8_t& byte : ciphertext)
      byte = static_cast<std::uint8_t>(i == 0 ? 255 : numbers());
    (void)encapsulate_to(public_key, random);
    EXPECT_EQ(decapsulated(key, ciphertext), decapsulated(key, ciphertext));
  }
}

TEST(Sntrup761, ProductsAndInversesAreThoseOfTheRing) {
  SystemRandom random;
  for (int i = 0; i < 5; ++i) {
    Small a, b, inverse{}, one{};
    sample_small(a, random);
    sample_short(b, random);
    EXPECT_EQ(std::ranges::count(b, 0), static_cast<std::ptrdiff_t>(kSlots - kWeight));
    one[0] = 1;
    Small product{};
    if (invert_mod3(inverse, a) == 0) {
      multiply_mod3(product, a, inverse);
      EXPECT_EQ(product, one);
    }
    Wide third{}, triple_product{}, expected{};
    invert_triple(third, b);
    multiply(triple_product, third, b);  // one third
    expected[0] = -1530;
    EXPECT_EQ(triple_product, expected);
  }
}

TEST(Sntrup761, ProductsAreThoseOfTheDefinition) {
  Wide a{}, product{};
  Small b{};
  std::mt19937 numbers(1);
  for (std::size_t i = 0; i < kDegree; ++i) {  // the first run with all coefficients at the limit
    a[i] = static_cast<std::int16_t>(kHalf);
    b[i] = 1;
  }
  for (int run = 0; run < 3; ++run) {
    std::vector<std::int64_t> whole(2 * kDegree);
    for (std::size_t i = 0; i < kDegree; ++i)
      for (std::size_t j = 0; j < kDegree; ++j) whole[i + j] += std::int64_t{a[i]} * b[j];
    for (std::size_t i = whole.size() - 1; i >= kDegree; --i) {
      whole[i - kDegree] += whole[i];
      whole[i - kDegree + 1] += whole[i];
    }
    multiply(product, a, b);
    for (std::size_t i = 0; i < kDegree; ++i) {
      EXPECT_EQ((whole[i] - product[i]) % kModulus, 0) << i;
      EXPECT_LE(std::abs(product[i]), kHalf) << i;
      a[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(numbers() % kModulus) - kHalf);
      b[i] = static_cast<std::int8_t>(static_cast<std::int32_t>(numbers() % 3) - 1);
    }
  }
}

TEST(Sntrup761, ReductionsAreRightForEveryInput) {
  for (std::int32_t value = -(1 << 13); value <= 1 << 13; ++value) {
    const std::int32_t rest = centered_mod3(value);
    ASSERT_TRUE((value - rest) % 3 == 0 && rest >= -1 && rest <= 1) << value;
  }
  for (std::int32_t value = -(1 << 23); value <= 1 << 23; ++value) {
    const std::int32_t rest = centered_mod_q(value);
    ASSERT_TRUE((value - rest) % kModulus == 0 && std::abs(rest) <= kHalf) << value;
  }
}

TEST(Sntrup761, EncodingsAreReadBack) {
  std::mt19937 numbers(2);
  for (int run = 0; run < 20; ++run) {
    Wide polynomial{}, rounded{}, again{};
    for (std::size_t i = 0; i < kDegree; ++i) {
      const std::int32_t value =
          run == 0 ? kHalf : static_cast<std::int32_t>(numbers() % kModulus) - kHalf;
      polynomial[i] = static_cast<std::int16_t>(value);
      rounded[i] = static_cast<std::int16_t>(value - centered_mod3(value));
    }
    Bytes wide_bytes(kWideBytes), rounded_bytes(kRoundedBytes);
    encode_wide(wide_bytes, polynomial);
    decode_wide(again, wide_bytes);
    EXPECT_EQ(again, polynomial);
    encode_rounded(rounded_bytes, rounded);
    decode_rounded(again, rounded_bytes);
    EXPECT_EQ(again, rounded);
  }
}

TEST(ConstantTimeSort, SortsAnyNumber) {
  std::mt19937 numbers(3);
  for (const std::size_t count : std::initializer_list<std::size_t>{0, 1, 2, 3, 5, 8, 17, 100, 511,
                                                                    512, 513, 761, 1000, 1024})
    for (int run = 0; run < 4; ++run) {
      std::vector<std::uint32_t> values(count);
      for (std::uint32_t& value : values)
        value = static_cast<std::uint32_t>(run == 0 ? numbers() % 4 : numbers());
      if (run == 1 && count > 1) values.front() = 0, values.back() = 0xffffffff;
      auto expected = values;
      std::ranges::sort(expected);
      sort_in_constant_time(values);
      EXPECT_EQ(values, expected) << count;
    }
  std::vector<std::uint32_t> too_many(kMostToSort + 1);
  EXPECT_THROW(sort_in_constant_time(too_many), std::invalid_argument);
}

}  // namespace ssh2core::sntrup761
