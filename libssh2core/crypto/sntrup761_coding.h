// How polynomials of sntrup761 stand in keys and ciphertexts (NTRU Prime round 3, section 3.1).
#pragma once

#include "libssh2core/crypto/sntrup761_ring.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::sntrup761 {

inline constexpr std::size_t kSmallBytes = 191;
inline constexpr std::size_t kWideBytes = 1158;
inline constexpr std::size_t kRoundedBytes = 1007;

/// Encoding takes constant time.
void encode_small(MutableView out, const Small& polynomial);  // kSmallBytes
void encode_wide(MutableView out, const Wide& polynomial);    // kWideBytes
/// All coefficients must be multiples of 3.
void encode_rounded(MutableView out, const Wide& polynomial);  // kRoundedBytes

/// Decoding is for what the peer can see, too. Every string of the right length means a polynomial.
void decode_wide(Wide& polynomial, ByteView in);
void decode_rounded(Wide& polynomial, ByteView in);

}  // namespace ssh2core::sntrup761
