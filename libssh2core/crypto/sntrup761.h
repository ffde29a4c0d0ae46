// The key encapsulation mechanism Streamlined NTRU Prime 761 (sntrup761 of NTRU Prime, round 3;
// used by RFC 9941). In constant time; intermediate values are erased.
#pragma once

#include "libssh2core/crypto/sntrup761_coding.h"
#include "libssh2core/wire/random.h"

namespace ssh2core::sntrup761 {

inline constexpr std::size_t kPublicKeyBytes = kWideBytes;
inline constexpr std::size_t kConfirmBytes = 32;
inline constexpr std::size_t kCiphertextBytes = kRoundedBytes + kConfirmBytes;
inline constexpr std::size_t kSharedBytes = 32;

/// A plain structure, to be held in Erased or erased by other means.
struct PrivateKey {
  Small f;                                               // short
  Small inverse_g;                                       // 1 / g modulo 3
  Wide h;                                                // the public key, g / (3f)
  std::array<std::uint8_t, kPublicKeyBytes> public_key;  // h encoded
  std::array<std::uint8_t, kConfirmBytes> public_hash;
  std::array<std::uint8_t, kSmallBytes> rho;  // secret; answers wrong ciphertexts
};

/// Coefficients -1, 0 and 1 at random, nearly evenly.
void sample_small(Small& polynomial, Random& random);
/// The same with kWeight of them not zero.
void sample_short(Small& polynomial, Random& random);
/// The key from its random parts; sets all but rho.
void make_key(PrivateKey& key, const Small& f, const Small& g, const Small& inverse_g);

void generate(PrivateKey& key, Random& random);
/// Sizes: kCiphertextBytes, kSharedBytes, kPublicKeyBytes. Any public key of that size is one.
void encapsulate(MutableView ciphertext, MutableView shared, ByteView public_key, Random& random);
/// Of a wrong ciphertext comes a wrong secret, which the peer cannot foresee.
void decapsulate(MutableView shared, ByteView ciphertext, const PrivateKey& key);

}  // namespace ssh2core::sntrup761
