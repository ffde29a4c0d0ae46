#include "libssh2core/crypto/dh_group.h"

#include <bit>

#include "libssh2core/crypto/openssl.h"

namespace ssh2core {

namespace {

using BnContext = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;

Bignum to_number(ByteView magnitude) {
  Bignum number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  if (!number) throw CryptoError("reading a DH group");
  return number;
}

/// Miller and Rabin's test to the base 2, of an odd number above 3.
bool is_strong_probable_prime(const BIGNUM* candidate, BN_CTX* context) {
  const Bignum below(BN_dup(candidate)), odd(BN_new()), base(BN_new()), value(BN_new());
  if (!below || !odd || !base || !value) throw CryptoError("BN_new");
  require_ok(BN_sub_word(below.get(), 1), "BN_sub_word");
  int halvings = 0;
  while (BN_is_bit_set(below.get(), halvings) == 0) ++halvings;
  require_ok(BN_rshift(odd.get(), below.get(), halvings), "BN_rshift");
  require_ok(BN_set_word(base.get(), 2), "BN_set_word");
  require_ok(BN_mod_exp(value.get(), base.get(), odd.get(), candidate, context), "BN_mod_exp");
  if (BN_is_one(value.get()) != 0) return true;
  for (int i = 0; i < halvings; ++i) {
    if (BN_cmp(value.get(), below.get()) == 0) return true;
    require_ok(BN_mod_sqr(value.get(), value.get(), candidate, context), "BN_mod_sqr");
  }
  return false;
}

/// Finds most composite numbers, at no cost beside the strong test.
bool has_small_factor(const BIGNUM* number) {
  constexpr BN_ULONG kBound = 2000;
  for (BN_ULONG divisor = 3; divisor < kBound; divisor += 2)
    if (BN_mod_word(number, divisor) == 0) return true;
  return false;
}

}  // namespace

unsigned bits_of(ByteView magnitude) {
  while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  if (magnitude.empty()) return 0;
  return static_cast<unsigned>(8 * (magnitude.size() - 1)) +
         static_cast<unsigned>(std::bit_width(magnitude[0]));
}

std::vector<DhGroup> modp_groups(unsigned least_bits) {
  std::vector<DhGroup> groups;
  for (const auto prime :
       {BN_get_rfc2409_prime_1024, BN_get_rfc3526_prime_2048, BN_get_rfc3526_prime_3072,
        BN_get_rfc3526_prime_4096, BN_get_rfc3526_prime_6144, BN_get_rfc3526_prime_8192}) {
    const Bignum number(prime(nullptr));
    if (!number) throw CryptoError("setting up a DH group");
    if (static_cast<unsigned>(BN_num_bits(number.get())) < least_bits) continue;
    DhGroup group{Bytes(static_cast<std::size_t>(BN_num_bytes(number.get()))), Bytes{2}};
    BN_bn2bin(number.get(), group.prime.data());
    groups.push_back(std::move(group));
  }
  return groups;
}

const char* dh_group_fault(const DhGroup& group) {
  if (group.prime.empty() || (group.prime.back() & 1) == 0) return "the modulus is even";
  const Bignum prime = to_number(group.prime), generator = to_number(group.generator);
  if (BN_num_bits(prime.get()) < 3) return "the modulus is too small";
  require_ok(BN_sub_word(prime.get(), 1), "BN_sub_word");
  if (BN_cmp(generator.get(), BN_value_one()) <= 0 || BN_cmp(generator.get(), prime.get()) >= 0)
    return "the generator is out of range";
  return nullptr;
}

bool is_safe_prime(const DhGroup& group) {
  const Bignum prime = to_number(group.prime), half(BN_new());
  const BnContext context(BN_CTX_new());
  if (!half || !context) throw CryptoError("BN_new");
  require_ok(BN_rshift1(half.get(), prime.get()), "BN_rshift1");
  // Small numbers would be found composite by the division; nobody wants them.
  return BN_is_odd(prime.get()) != 0 && BN_is_odd(half.get()) != 0 &&
         !has_small_factor(prime.get()) && !has_small_factor(half.get()) &&
         is_strong_probable_prime(prime.get(), context.get()) &&
         is_strong_probable_prime(half.get(), context.get());
}

}  // namespace ssh2core
