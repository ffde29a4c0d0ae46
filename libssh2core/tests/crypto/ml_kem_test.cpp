// ML-KEM against the figures of NIST, Wycheproof and C2SP's CCTV, and its arithmetic against the
// definitions.
#include "libssh2core/crypto/ml_kem.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/crypto/keccak_four.h"
#include "libssh2core/crypto/kem.h"
#include "libssh2core/crypto/ml_kem_poly.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core::ml_kem {

namespace {

const Parameters& parameters_of(std::string_view section) {
  return section.starts_with("ML-KEM-768") ? kMlKem768 : kMlKem1024;
}

struct Keys {
  Bytes encapsulation, decapsulation;
};

Keys generate_from_seeds(const Parameters& parameters, ByteView seeds, ByteView z) {
  Keys keys{Bytes(parameters.encapsulation_key_bytes()),
            Bytes(parameters.decapsulation_key_bytes())};
  generate(parameters, seeds.first(32), seeds.last(32), z, keys.encapsulation, keys.decapsulation);
  return keys;
}

Keys generate_from(const Parameters& parameters, ByteView d, ByteView z) {
  return generate_from_seeds(parameters, expand_seed(parameters, d).view(), z);
}

struct Pair {
  Bytes ciphertext, shared;
};

Pair encapsulate_with(const Parameters& parameters, ByteView key, ByteView m) {
  Pair pair{Bytes(parameters.ciphertext_bytes()), Bytes(kSharedBytes)};
  encapsulate(parameters, key, m, pair.ciphertext, pair.shared);
  return pair;
}

Bytes decapsulated(const Parameters& parameters, ByteView key, ByteView ciphertext) {
  Bytes shared(kSharedBytes);
  decapsulate(parameters, key, ciphertext, shared);
  return shared;
}

// Shake128 of nothing as one endless stream.
class Stream {
 public:
  explicit Stream(std::size_t size) : bytes_(size) { Sponge("SHAKE128").run(bytes_, {}); }
  ByteView take(std::size_t count) {
    const ByteView taken = ByteView(bytes_).subspan(at_, count);
    at_ += count;
    return taken;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

}  // namespace

class MlKemVectors : public testing::TestWithParam<TestVector> {};

TEST_P(MlKemVectors, ComesOutAsPublished) {
  const TestVector& v = GetParam();
  const Parameters& parameters = parameters_of(v.section);
  if (v.section.ends_with("generate")) {
    const Keys keys = generate_from(parameters, v.hex("D"), v.hex("Z"));
    EXPECT_EQ(hash("SHA256", keys.encapsulation), v.hex("EkSha256"));
    EXPECT_EQ(hash("SHA256", keys.decapsulation), v.hex("DkSha256"));
    EXPECT_TRUE(is_encapsulation_key(parameters, keys.encapsulation));
  } else if (v.section.ends_with("encapsulate")) {
    ASSERT_TRUE(is_encapsulation_key(parameters, v.hex("Ek")));
    const Pair pair = encapsulate_with(parameters, v.hex("Ek"), v.hex("M"));
    EXPECT_EQ(hash("SHA256", pair.ciphertext), v.hex("CSha256"));
    EXPECT_EQ(pair.shared, v.hex("K"));
  } else if (v.section.ends_with("decapsulate")) {
    for (const char* number : {"1", "2", "3", "4"}) {
      const std::string ciphertext = std::string("C").append(number);
      if (!v.values.contains(ciphertext)) break;
      EXPECT_EQ(decapsulated(parameters, v.hex("Dk"), v.hex(ciphertext)),
                v.hex(std::string("K").append(number)))
          << number;
    }
  } else {
    ASSERT_TRUE(v.section.ends_with("refuse"));
    EXPECT_EQ(v.hex("Ek").size(), parameters.encapsulation_key_bytes());
    EXPECT_FALSE(is_encapsulation_key(parameters, v.hex("Ek")));
    SystemRandom random;
    EXPECT_FALSE(
        find_own_kem(v.section.substr(0, v.section.find(' ')))->encapsulate(v.hex("Ek"), random));
  }
}

INSTANTIATE_TEST_SUITE_P(Published, MlKemVectors, testing::ValuesIn(load_vectors("ml_kem.vec")),
                         vector_name);

class MlKem : public testing::TestWithParam<const char*> {};

// C2SP/CCTV, ML-KEM/README.md, "Accumulated pq-crystals vectors": 10,000 runs, hashed together.
// Keys come of d as in the drafts of FIPS 203, which did not hash the rank with it.
TEST_P(MlKem, TenThousandRunsHaveThePublishedHash) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "takes half a minute under sanitizers";
#endif
  const Parameters& parameters = parameters_of(GetParam());
  constexpr std::size_t kRuns = 10'000;
  Stream stream(kRuns * (3 * kSeedBytes + parameters.ciphertext_bytes()));
  const EvpMdCtx all(EVP_MD_CTX_new());
  ASSERT_EQ(EVP_DigestInit_ex2(all.get(), EVP_shake128(), nullptr), 1);
  const auto add = [&](ByteView bytes) { EVP_DigestUpdate(all.get(), bytes.data(), bytes.size()); };
  for (std::size_t i = 0; i < kRuns; ++i) {
    Bytes seeds(64);
    Sponge("SHA3-512").run(seeds, {stream.take(32)});
    const ByteView z = stream.take(32), m = stream.take(32);
    const ByteView wrong = stream.take(parameters.ciphertext_bytes());
    const Keys keys = generate_from_seeds(parameters, seeds, z);
    const Pair pair = encapsulate_with(parameters, keys.encapsulation, m);
    ASSERT_EQ(decapsulated(parameters, keys.decapsulation, pair.ciphertext), pair.shared);
    add(keys.encapsulation), add(keys.decapsulation), add(pair.ciphertext), add(pair.shared);
    add(decapsulated(parameters, keys.decapsulation, wrong));
  }
  Bytes digest(32);
  ASSERT_EQ(EVP_DigestFinalXOF(all.get(), digest.data(), digest.size()), 1);
  const char* published = &parameters == &kMlKem768
                              ? "f7db260e1137a742e05fe0db9525012812b004d29040a5b606aad3d134b548d3"
                              : "47ac888fe61544efc0518f46094b4f8a600965fc89822acb06dc7169d24f3543";
  EXPECT_EQ(digest, from_hex(published));
}

TEST_P(MlKem, AnyCoefficientOfTheKeyThatIsTooLargeIsRefused) {
  const Parameters& parameters = parameters_of(GetParam());
  SystemRandom random;
  const Bytes good = find_own_kem(GetParam())->generate(random)->public_key();
  ASSERT_TRUE(is_encapsulation_key(parameters, good));
  for (std::size_t i = 0; i < 256 * parameters.rank; ++i)
    for (const std::uint32_t value : {3328U, 3329U, 4095U}) {
      Bytes key = good;
      std::uint8_t* at = key.data() + i / 2 * 3;
      if (i % 2 == 0) {
        at[0] = static_cast<std::uint8_t>(value);
        at[1] = static_cast<std::uint8_t>((at[1] & 0xf0) | value >> 8);
      } else {
        at[1] = static_cast<std::uint8_t>((at[1] & 15) | (value & 15) << 4);
        at[2] = static_cast<std::uint8_t>(value >> 4);
      }
      EXPECT_EQ(is_encapsulation_key(parameters, key), value < 3329) << i << ": " << value;
    }
  for (const std::size_t size : {std::size_t{0}, good.size() - 1, good.size() + 1}) {
    Bytes key = good;
    key.resize(size);
    EXPECT_FALSE(is_encapsulation_key(parameters, key)) << size;
  }
}

TEST_P(MlKem, EveryChangedBitOfACiphertextGivesAnotherSecret) {
  const Parameters& parameters = parameters_of(GetParam());
  const Keys keys = generate_from(parameters, Bytes(32, 1), Bytes(32, 2));
  const Pair pair = encapsulate_with(parameters, keys.encapsulation, Bytes(32, 3));
  Bytes z_and_ciphertext(32, 2);
  for (std::size_t at = 0; at < pair.ciphertext.size(); at += 7) {
    Bytes wrong = pair.ciphertext;
    wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ 1 << at % 8);
    Bytes expected(32);  // J(z || c)
    Sponge("SHAKE256").run(expected, {z_and_ciphertext, wrong});
    EXPECT_EQ(decapsulated(parameters, keys.decapsulation, wrong), expected) << at;
  }
}

// Skipped unless the machine's OpenSSL has ML-KEM itself.
TEST_P(MlKem, OpensslAndOurImplementationUnderstandEachOther) {
  const Kem *library = find_kem(GetParam()), *own = find_own_kem(GetParam());
  if (library == own) GTEST_SKIP() << "this OpenSSL has no " << GetParam();
  SystemRandom random;
  for (int i = 0; i < 20; ++i)
    for (const auto& [one, other] : {std::pair{library, own}, std::pair{own, library}}) {
      const auto key = one->generate(random);
      const auto made = other->encapsulate(key->public_key(), random);
      ASSERT_TRUE(made);
      EXPECT_TRUE(
          std::ranges::equal(key->decapsulate(made->ciphertext).view(), made->shared.view()));
    }
  Bytes unreduced(own->public_key_bytes, 0xff);
  EXPECT_FALSE(library->encapsulate(unreduced, random));
  EXPECT_FALSE(library->encapsulate(Bytes(own->public_key_bytes - 1), random));
}

INSTANTIATE_TEST_SUITE_P(Both, MlKem, testing::Values("ML-KEM-768", "ML-KEM-1024"),
                         [](const auto& name) { return std::string(name.param).substr(7); });

// FIPS 203 section 4.2.1 by exact arithmetic, for every value.
TEST(MlKemPoly, CompressionRoundsAsTheStandardSays) {
  for (const unsigned bits : {1U, 4U, 5U, 10U, 11U})
    for (std::int32_t start = 0; start < kModulus; start += 256) {
      Poly poly;
      for (std::int32_t i = 0; i < 256; ++i)
        poly[static_cast<std::size_t>(i)] =
            static_cast<std::int16_t>(std::min(start + i, kModulus - 1));
      const Poly before = poly;
      compress(poly, bits);
      for (std::size_t i = 0; i < 256; ++i) {
        const std::int32_t twice = 2 * (before[i] << bits) + kModulus;
        EXPECT_EQ(poly[i], twice / (2 * kModulus) % (1 << bits)) << before[i] << ", " << bits;
      }
    }
}

TEST(MlKemPoly, ProductsAreThoseOfTheRing) {
  Poly a, b, expected{};
  for (std::size_t i = 0; i < kDegree; ++i) {
    a[i] = static_cast<std::int16_t>(i * i * 31 % kModulus);
    b[i] = static_cast<std::int16_t>((i * 1717 + 3) % kModulus);
  }
  for (std::size_t i = 0; i < kDegree; ++i) {
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < kDegree; ++j)
      sum += (j <= i ? 1 : -1) * std::int64_t{a[j]} * b[(i + kDegree - j) % kDegree];
    expected[i] = static_cast<std::int16_t>((sum % kModulus + kModulus) % kModulus);
  }
  transform(a), transform(b);
  Poly product{};
  multiply_add(product, a, b);
  transform_back(product);
  make_canonical(product);
  EXPECT_EQ(product, expected);
}

TEST(MlKemPoly, SeveralAreSampledLikeEachAlone) {
  Hashes hashes;
  const Bytes seed(32, 7);
  std::array<Indices, 7> indices;
  for (std::uint8_t i = 0; i < 7; ++i) indices[i] = {i, static_cast<std::uint8_t>(3 * i)};
  for (std::size_t count = 1; count <= indices.size(); ++count) {
    std::array<Poly, 7> together{}, noise{};
    sample_uniform(std::span(together).first(count), hashes, seed, indices);
    sample_noise(std::span(noise).first(count), hashes, seed, 200);
    for (std::size_t i = 0; i < count; ++i) {
      Poly alone{}, noise_alone{};
      sample_uniform(alone, hashes, seed, indices[i][0], indices[i][1]);
      sample_noise(std::span(&noise_alone, 1), hashes, seed, static_cast<std::uint8_t>(200 + i));
      EXPECT_EQ(together[i], alone) << i << " of " << count;
      EXPECT_EQ(noise[i], noise_alone) << i << " of " << count;
    }
  }
}

TEST(KeccakFour, HashesLikeOpenssl) {
  if (!has_shake_four()) GTEST_SKIP() << "this machine has no AVX2";
  for (const auto& [rate, name] :
       {std::pair{ShakeRate::Shake128, "SHAKE128"}, std::pair{ShakeRate::Shake256, "SHAKE256"}})
    for (std::size_t size = 0; size < static_cast<std::size_t>(rate); ++size) {
      std::array<Bytes, 4> inputs, outputs;
      for (std::size_t i = 0; i < 4; ++i) {
        inputs[i] = Bytes(size, static_cast<std::uint8_t>(i + size));
        outputs[i] = Bytes(1 + 5 * size);
      }
      shake_four(rate, {inputs[0], inputs[1], inputs[2], inputs[3]},
                 {outputs[0], outputs[1], outputs[2], outputs[3]});
      for (std::size_t i = 0; i < 4; ++i) {
        Bytes expected(outputs[i].size());
        Sponge(name).run(expected, {inputs[i]});
        EXPECT_EQ(outputs[i], expected) << name << ", " << size;
      }
    }
}

TEST(MlKemPoly, EncodingsAreReadBack) {
  for (const unsigned bits : {1U, 4U, 5U, 10U, 11U, 12U}) {
    Poly poly, again;
    for (std::size_t i = 0; i < kDegree; ++i)
      poly[i] = static_cast<std::int16_t>((i * 2741 + 11) % (1U << bits));
    Bytes bytes(32 * bits);
    encode(bytes, poly, bits);
    decode(again, bytes, bits);
    EXPECT_EQ(again, poly) << bits;
  }
}

}  // namespace ssh2core::ml_kem
