// Groups of Diffie-Hellman modulo a prime: those with a name, and those that a file or a peer
// gives.
#pragma once

#include <span>

#include "libssh2core/crypto/kex_table.h"

namespace ssh2core {

class KeyPairAgreement;

/// Big-endian magnitudes without leading zeros.
struct DhGroup {
  Bytes prime, generator;
};

/// Length in bits of a magnitude; 0 for nothing.
unsigned bits_of(ByteView magnitude);

/// The MODP groups of RFC 2409 and RFC 3526 that have at least `least_bits`, the smallest first.
/// All have the generator 2.
std::vector<DhGroup> modp_groups(unsigned least_bits);

/// A run in this group, as make_dh() has it for a group of the table. The group must have passed
/// dh_group_fault().
std::unique_ptr<KeyPairAgreement> make_dh_in(const DhGroup& group);

/// What makes the group unusable, in a few words; nullptr: nothing that is seen without much
/// arithmetic (the prime is odd, the generator in 2..p-2). Sizes are the caller's affair.
const char* dh_group_fault(const DhGroup& group);

/// Whether p and (p-1)/2 are prime: RFC 4419 section 3 wants such groups. One strong test of each,
/// about as much work as an RSA signature of p's size squared: 10 ms for 2048 bits, 350 for 8192.
/// It finds mistakes and broken files; who chose a composite number on purpose may pass.
bool is_safe_prime(const DhGroup& group);

}  // namespace ssh2core
