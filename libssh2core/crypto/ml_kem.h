// ML-KEM (FIPS 203) for OpenSSL libraries that lack it. In constant time; intermediate values are
// erased. Randomness is given, as in the standard's internal algorithms.
#pragma once

#include <cstddef>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::ml_kem {

/// FIPS 203 section 8.
struct Parameters {
  std::size_t rank;                   // k
  unsigned vector_bits, scalar_bits;  // du, dv

  constexpr std::size_t encapsulation_key_bytes() const { return 384 * rank + 32; }
  constexpr std::size_t decapsulation_key_bytes() const { return 768 * rank + 96; }
  constexpr std::size_t ciphertext_bytes() const { return 32 * (vector_bits * rank + scalar_bits); }
};
inline constexpr Parameters kMlKem768{3, 10, 4};
inline constexpr Parameters kMlKem1024{4, 11, 5};
inline constexpr std::size_t kSeedBytes = 32;  // d, z, m
inline constexpr std::size_t kSharedBytes = 32;

/// The first step of key generation: rho, which becomes public, and sigma, which does not.
Secret expand_seed(const Parameters& parameters, ByteView d);
/// The rest of algorithm 16.
void generate(const Parameters& parameters, ByteView rho, ByteView sigma, ByteView z,
              MutableView encapsulation_key, MutableView decapsulation_key);
/// FIPS 203 section 7.2: the length, and that every coefficient is below q. For public keys only:
/// not in constant time.
bool is_encapsulation_key(const Parameters& parameters, ByteView encapsulation_key);
/// Algorithm 17; the key must have been checked.
void encapsulate(const Parameters& parameters, ByteView encapsulation_key, ByteView m,
                 MutableView ciphertext, MutableView shared);
/// Algorithm 18; of a wrong ciphertext comes a wrong secret, which the peer cannot foresee.
void decapsulate(const Parameters& parameters, ByteView decapsulation_key, ByteView ciphertext,
                 MutableView shared);

}  // namespace ssh2core::ml_kem
