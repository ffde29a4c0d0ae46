#include "libssh2core/crypto/ml_kem.h"

#include <algorithm>

#include "libssh2core/crypto/constant_time.h"
#include "libssh2core/crypto/ml_kem_poly.h"

namespace ssh2core::ml_kem {

namespace {

constexpr std::size_t kMaxRank = 4;
constexpr std::size_t kEncodedPoly = 384;
using Vector = std::array<Poly, kMaxRank>;  // the first `rank` are used
using Digest = std::array<std::uint8_t, 32>;
using DoubleDigest = std::array<std::uint8_t, 64>;

std::uint8_t byte_of(std::size_t value) { return static_cast<std::uint8_t>(value); }

// One row of the matrix, or of its transpose, times a vector. The matrix is never kept.
void multiply_row(Poly& sum, Hashes& hashes, std::size_t rank, ByteView rho, std::size_t row,
                  bool transposed, const Vector& vector) {
  Vector entries;
  std::array<Indices, kMaxRank> indices{};
  for (std::size_t column = 0; column < rank; ++column) {
    // Algorithms 13 and 14: A[i][j] is sampled of rho, j, i.
    indices[column] = transposed ? Indices{byte_of(row), byte_of(column)}
                                 : Indices{byte_of(column), byte_of(row)};
  }
  sample_uniform(std::span(entries).first(rank), hashes, rho, std::span(indices).first(rank));
  sum = {};
  for (std::size_t column = 0; column < rank; ++column)
    multiply_add(sum, entries[column], vector[column]);
}

// Compresses and packs; the polynomial is used up.
void pack(MutableView out, Poly& poly, unsigned bits) {
  make_canonical(poly);
  compress(poly, bits);
  encode(out, poly, bits);
}

void unpack(Poly& poly, ByteView in, unsigned bits) {
  decode(poly, in, bits);
  decompress(poly, bits);
}

// Algorithm 14, K-PKE.Encrypt.
void encrypt(const Parameters& parameters, Hashes& hashes, MutableView out, ByteView key,
             ByteView message, ByteView coins) {
  const std::size_t rank = parameters.rank, vector_bytes = 32 * parameters.vector_bits;
  const ByteView rho = key.last(32);
  Erased<Vector> y;
  sample_noise(std::span(*y).first(rank), hashes, coins, 0);
  for (std::size_t i = 0; i < rank; ++i) transform((*y)[i]);
  Erased<std::array<Poly, kMaxRank + 1>> noise;
  sample_noise(std::span(*noise).first(rank + 1), hashes, coins, byte_of(rank));
  Erased<Poly> part, bits;
  for (std::size_t i = 0; i < rank; ++i) {
    multiply_row(*part, hashes, rank, rho, i, true, *y);
    transform_back(*part);
    add(*part, (*noise)[i]);
    pack(out.subspan(i * vector_bytes, vector_bytes), *part, parameters.vector_bits);
  }
  *part = {};
  for (std::size_t i = 0; i < rank; ++i) {
    Poly t;
    decode(t, key.subspan(i * kEncodedPoly, kEncodedPoly), 12);
    multiply_add(*part, t, (*y)[i]);
  }
  transform_back(*part);
  add(*part, (*noise)[rank]);
  unpack(*bits, message, 1);
  add(*part, *bits);
  pack(out.subspan(rank * vector_bytes), *part, parameters.scalar_bits);
}

// Algorithm 15, K-PKE.Decrypt.
void decrypt(const Parameters& parameters, MutableView message, ByteView key, ByteView ciphertext) {
  const std::size_t vector_bytes = 32 * parameters.vector_bits;
  Erased<Poly> sum, s;
  for (std::size_t i = 0; i < parameters.rank; ++i) {
    Poly u;
    unpack(u, ciphertext.subspan(i * vector_bytes, vector_bytes), parameters.vector_bits);
    transform(u);
    decode(*s, key.subspan(i * kEncodedPoly, kEncodedPoly), 12);
    multiply_add(*sum, u, *s);
  }
  transform_back(*sum);
  Poly v;
  unpack(v, ciphertext.subspan(parameters.rank * vector_bytes), parameters.scalar_bits);
  subtract_from(*sum, v);
  pack(message, *sum, 1);
}

}  // namespace

Secret expand_seed(const Parameters& parameters, ByteView d) {
  const std::uint8_t rank = byte_of(parameters.rank);
  Secret seeds(64);
  Sponge("SHA3-512").run(seeds.mutable_view(), {d, {&rank, 1}});
  return seeds;
}

void generate(const Parameters& parameters, ByteView rho, ByteView sigma, ByteView z,
              MutableView encapsulation_key, MutableView decapsulation_key) {
  const std::size_t rank = parameters.rank;
  Hashes hashes;
  Erased<Vector> s;
  sample_noise(std::span(*s).first(rank), hashes, sigma, 0);
  for (std::size_t i = 0; i < rank; ++i) {
    transform((*s)[i]);
    make_canonical((*s)[i]);
    encode(decapsulation_key.subspan(i * kEncodedPoly, kEncodedPoly), (*s)[i], 12);
  }
  Erased<Vector> e;
  sample_noise(std::span(*e).first(rank), hashes, sigma, byte_of(rank));
  Erased<Poly> t;
  for (std::size_t i = 0; i < rank; ++i) {
    multiply_row(*t, hashes, rank, rho, i, false, *s);
    true_value(*t);
    transform((*e)[i]);
    add(*t, (*e)[i]);
    make_canonical(*t);
    encode(encapsulation_key.subspan(i * kEncodedPoly, kEncodedPoly), *t, 12);
  }
  std::ranges::copy(rho, encapsulation_key.end() - 32);
  const MutableView rest = decapsulation_key.subspan(rank * kEncodedPoly);
  std::ranges::copy(encapsulation_key, rest.begin());
  hashes.sha3_256.run(rest.last(64).first(32), {encapsulation_key});
  std::ranges::copy(z, rest.last(32).begin());
}

bool is_encapsulation_key(const Parameters& parameters, ByteView encapsulation_key) {
  if (encapsulation_key.size() != parameters.encapsulation_key_bytes()) return false;
  for (std::size_t i = 0; i < parameters.rank; ++i) {
    Poly poly;
    decode(poly, encapsulation_key.subspan(i * kEncodedPoly, kEncodedPoly), 12);
    if (std::ranges::any_of(poly, [](std::int16_t value) { return value >= kModulus; }))
      return false;
  }
  return true;
}

void encapsulate(const Parameters& parameters, ByteView encapsulation_key, ByteView m,
                 MutableView ciphertext, MutableView shared) {
  Hashes hashes;
  Digest key_hash;
  hashes.sha3_256.run(key_hash, {encapsulation_key});
  Erased<DoubleDigest> secret_and_coins;
  hashes.sha3_512.run(*secret_and_coins, {m, key_hash});
  const ByteView both = *secret_and_coins;
  encrypt(parameters, hashes, ciphertext, encapsulation_key, m, both.last(32));
  std::ranges::copy(both.first(32), shared.begin());
}

void decapsulate(const Parameters& parameters, ByteView decapsulation_key, ByteView ciphertext,
                 MutableView shared) {
  const ByteView secret_vector = decapsulation_key.first(parameters.rank * kEncodedPoly);
  const ByteView encapsulation_key =
      decapsulation_key.subspan(secret_vector.size(), parameters.encapsulation_key_bytes());
  const ByteView key_hash = decapsulation_key.last(64).first(32), z = decapsulation_key.last(32);
  Hashes hashes;
  Erased<Digest> message;
  decrypt(parameters, *message, secret_vector, ciphertext);
  Erased<DoubleDigest> secret_and_coins;
  hashes.sha3_512.run(*secret_and_coins, {*message, key_hash});
  const ByteView both = *secret_and_coins;
  Secret again(ciphertext.size());
  encrypt(parameters, hashes, again.mutable_view(), encapsulation_key, *message, both.last(32));
  hashes.shake256.run(shared, {z, ciphertext});  // what a wrong ciphertext gets
  replace_if(~mask_if_different(again.view(), ciphertext), shared, both.first(32));
}

}  // namespace ssh2core::ml_kem
