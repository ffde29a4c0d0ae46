#include "libssh2core/crypto/sntrup761.h"

#include <algorithm>
#include <span>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/constant_time_sort.h"
#include "libssh2core/crypto/hash.h"

namespace ssh2core::sntrup761 {

namespace {

// The first half of SHA-512, of a byte that says what is hashed and the parts.
enum class Purpose : std::uint8_t { Rejected = 0, Session = 1, Confirm = 2, Input = 3, Key = 4 };
using Digest = std::array<std::uint8_t, 32>;

class HalfHash {
 public:
  void run(MutableView out, std::uint8_t purpose, ByteView first, ByteView second = {}) {
    sha512_.update({&purpose, 1});
    sha512_.update(first);
    sha512_.update(second);
    sha512_.finish_into(*whole_);
    std::ranges::copy(std::span(*whole_).first<32>(), out.begin());
  }
  void run(MutableView out, Purpose purpose, ByteView first, ByteView second = {}) {
    run(out, static_cast<std::uint8_t>(purpose), first, second);
  }

 private:
  Hash sha512_{"SHA512"};
  Erased<std::array<std::uint8_t, 64>> whole_;
};

using RandomWords = std::array<std::uint32_t, kDegree>;

void fill(RandomWords& words, Random& random) {
  Erased<std::array<std::uint8_t, 4 * kDegree>> bytes;
  random.fill(*bytes);
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::uint8_t* at = bytes->data() + 4 * i;
    words[i] =
        std::uint32_t{at[3]} << 24 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[1]} << 8 | at[0];
  }
}

// h * r, each coefficient rounded to the nearest multiple of 3, encoded.
void encrypt(MutableView out, const Wide& h, const Small& r) {
  Erased<Wide> product;
  multiply(*product, h, r);
  for (std::int16_t& coefficient : *product)
    coefficient = static_cast<std::int16_t>(coefficient - centered_mod3(coefficient));
  encode_rounded(out, *product);
}

// The ciphertext is what encrypt() gives and a hash that shows that its sender knows r.
void encrypt_and_confirm(HalfHash& hash, MutableView ciphertext, const Wide& h, const Small& r,
                         ByteView input_hash, ByteView public_hash) {
  encrypt(ciphertext.first(kRoundedBytes), h, r);
  hash.run(ciphertext.subspan(kRoundedBytes), Purpose::Confirm, input_hash, public_hash);
}

// All ones unless kWeight coefficients are not zero.
std::int32_t mask_if_not_short(const Small& polynomial) {
  std::int32_t weight = 0;
  for (const std::int8_t coefficient : polynomial) weight += coefficient & 1;
  return mask_if_nonzero(weight - static_cast<std::int32_t>(kWeight));
}

// The short polynomial that an honest sender took.
void decrypt(Small& r, ByteView rounded, const PrivateKey& key) {
  Wide c{};
  decode_rounded(c, rounded);
  Erased<Wide> product;
  multiply(*product, c, key.f);
  Erased<Small> e;
  for (std::size_t i = 0; i < kDegree; ++i)
    (*e)[i] = static_cast<std::int8_t>(centered_mod3(centered_mod_q(3 * (*product)[i])));
  multiply_mod3(r, *e, key.inverse_g);
  // Anything else than a short polynomial is replaced by a fixed one, whose ciphertext is another.
  const std::int32_t wrong = mask_if_not_short(r);
  for (std::size_t i = 0; i < kDegree; ++i) {
    const std::int8_t fixed = i < kWeight ? 1 : 0;
    r[i] = static_cast<std::int8_t>(r[i] ^ (wrong & (r[i] ^ fixed)));
  }
}

}  // namespace

void sample_small(Small& polynomial, Random& random) {
  Erased<RandomWords> words;
  fill(*words, random);
  polynomial = {};
  for (std::size_t i = 0; i < kDegree; ++i)  // three equal parts of 30 bits
    polynomial[i] = static_cast<std::int8_t>(
        static_cast<std::int32_t>((((*words)[i] & 0x3fffffff) * 3) >> 30) - 1);
}

void sample_short(Small& polynomial, Random& random) {
  Erased<RandomWords> words;
  fill(*words, random);
  // The two lowest bits carry the coefficient plus one, the upper ones, sorted, mix them.
  for (std::size_t i = 0; i < kDegree; ++i) {
    std::uint32_t& word = (*words)[i];
    word = i < kWeight ? word & ~1U : (word & ~3U) | 1U;
  }
  sort_in_constant_time(*words);
  polynomial = {};
  for (std::size_t i = 0; i < kDegree; ++i)
    polynomial[i] = static_cast<std::int8_t>(static_cast<std::int32_t>((*words)[i] & 3) - 1);
}

void make_key(PrivateKey& key, const Small& f, const Small& g, const Small& inverse_g) {
  key.f = f;
  key.inverse_g = inverse_g;
  Erased<Wide> inverse_f;
  invert_triple(*inverse_f, f);
  key.h = {};
  multiply(key.h, *inverse_f, g);
  encode_wide(key.public_key, key.h);
  HalfHash().run(key.public_hash, Purpose::Key, key.public_key);
}

void generate(PrivateKey& key, Random& random) {
  Erased<Small> f, g, inverse_g;
  do {
    sample_small(*g, random);
  } while (invert_mod3(*inverse_g, *g) != 0);  // tells something of a `g` that is not used
  sample_short(*f, random);
  make_key(key, *f, *g, *inverse_g);
  random.fill(key.rho);
}

void encapsulate(MutableView ciphertext, MutableView shared, ByteView public_key, Random& random) {
  HalfHash hash;
  Digest public_hash;
  hash.run(public_hash, Purpose::Key, public_key);
  Wide h{};
  decode_wide(h, public_key);
  Erased<Small> r;
  sample_short(*r, random);
  Erased<std::array<std::uint8_t, kSmallBytes>> input;
  encode_small(*input, *r);
  Erased<Digest> input_hash;
  hash.run(*input_hash, Purpose::Input, *input);
  encrypt_and_confirm(hash, ciphertext, h, *r, *input_hash, public_hash);
  hash.run(shared, Purpose::Session, *input_hash, ciphertext);
}

void decapsulate(MutableView shared, ByteView ciphertext, const PrivateKey& key) {
  HalfHash hash;
  Erased<Small> r;
  decrypt(*r, ciphertext.first(kRoundedBytes), key);
  Erased<std::array<std::uint8_t, kSmallBytes>> input;
  encode_small(*input, *r);
  Erased<Digest> input_hash;
  hash.run(*input_hash, Purpose::Input, *input);
  Erased<std::array<std::uint8_t, kCiphertextBytes>> expected;
  encrypt_and_confirm(hash, *expected, key.h, *r, *input_hash, key.public_hash);
  const std::int32_t wrong = mask_if_different(*expected, ciphertext);
  replace_if(wrong, *input, key.rho);
  hash.run(*input_hash, Purpose::Input, *input);
  hash.run(shared, static_cast<std::uint8_t>(1 + wrong), *input_hash, ciphertext);
}

}  // namespace ssh2core::sntrup761
