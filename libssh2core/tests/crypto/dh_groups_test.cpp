// Groups of Diffie-Hellman: which are usable, and which of them a server gives.
#include "libssh2core/crypto/dh_groups.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "libssh2core/crypto/key_pair_agreement.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

class CountingRandom final : public Random {
 public:
  void fill(MutableView out) override {
    for (std::uint8_t& byte : out) byte = next++;
  }
  std::uint8_t next = 0;
};

/// No group, but of the right size.
DhGroup of_bits(unsigned bits, std::uint8_t mark = 1) {
  DhGroup group{Bytes((bits + 7) / 8, 0), Bytes{2}};
  group.prime.at(0) = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
  group.prime.back() = mark;
  return group;
}

unsigned chosen(const DhGroups& groups, const DhGroupSizes& sizes) {
  CountingRandom random;
  const DhGroup* group = groups.choose(sizes, random);
  return group == nullptr ? 0 : bits_of(group->prime);
}

}  // namespace

TEST(DhGroups, OfTheRfcsAreSafePrimes) {
  const auto groups = modp_groups(0);
  ASSERT_EQ(groups.size(), 6U);
  for (const DhGroup& group : groups) {
    EXPECT_EQ(dh_group_fault(group), nullptr);
    if (group.prime.size() <= 512) {  // the larger ones take a while, and are what OpenSSL holds
      EXPECT_TRUE(is_safe_prime(group)) << bits_of(group.prime);
    }
  }
  EXPECT_EQ(DhGroups().size(), 5U);
  EXPECT_EQ(DhGroups(kLeastDhBits).size(), 6U);
}

TEST(DhGroups, SizesAreCountedInBits) {
  EXPECT_EQ(bits_of({}), 0U);
  EXPECT_EQ(bits_of(Bytes{0, 0}), 0U);
  EXPECT_EQ(bits_of(Bytes{1}), 1U);
  EXPECT_EQ(bits_of(Bytes{0, 0x80, 0}), 16U);
  EXPECT_EQ(bits_of(of_bits(2047).prime), 2047U);
}

TEST(DhGroups, FaultsAreFound) {
  const DhGroup good = modp_groups(2048).at(0);
  DhGroup even = good, two = good, large = good, one = good, none = good;
  even.prime.back() &= 0xfe;
  EXPECT_STREQ(dh_group_fault(even), "the modulus is even");
  EXPECT_STREQ(dh_group_fault({Bytes{}, Bytes{2}}), "the modulus is even");
  EXPECT_STREQ(dh_group_fault({Bytes{3}, Bytes{2}}), "the modulus is too small");
  one.generator = {1};
  EXPECT_STREQ(dh_group_fault(one), "the generator is out of range");
  none.generator = {};
  EXPECT_STREQ(dh_group_fault(none), "the generator is out of range");
  large.generator = large.prime;
  EXPECT_STREQ(dh_group_fault(large), "the generator is out of range");
  large.generator.back() -= 1;  // p - 1, of order 2
  EXPECT_STREQ(dh_group_fault(large), "the generator is out of range");
}

TEST(DhGroups, CompositeNumbersAndUnsafePrimesAreFound) {
  DhGroup group = modp_groups(1024).at(0);
  group.prime.at(60) ^= 1;
  EXPECT_FALSE(is_safe_prime(group));
  // 2^521 - 1 is prime, 2^520 - 1 is not.
  DhGroup unsafe{Bytes(66, 0xff), Bytes{2}};
  unsafe.prime.at(0) = 1;
  EXPECT_FALSE(is_safe_prime(unsafe));
  // The product of two primes without small factors: 2^521 - 1 squared.
  const Bignum prime(BN_bin2bn(unsafe.prime.data(), 66, nullptr)), square(BN_new());
  BN_CTX* context = BN_CTX_new();
  require_ok(BN_sqr(square.get(), prime.get(), context), "BN_sqr");
  BN_CTX_free(context);
  DhGroup product{Bytes(static_cast<std::size_t>(BN_num_bytes(square.get()))), Bytes{2}};
  BN_bn2bin(square.get(), product.prime.data());
  EXPECT_FALSE(is_safe_prime(product));
}

TEST(DhGroups, TheSmallestThatFitsIsGiven) {
  const DhGroups groups({of_bits(4096), of_bits(2048), of_bits(8192), of_bits(3072)}, true);
  EXPECT_EQ(chosen(groups, {2048, 2048, 8192}), 2048U);
  EXPECT_EQ(chosen(groups, {2048, 2049, 8192}), 3072U);
  EXPECT_EQ(chosen(groups, {2048, 1024, 8192}), 2048U);
  EXPECT_EQ(chosen(groups, {2048, 7680, 8192}), 8192U);
  EXPECT_EQ(chosen(groups, {2048, 7680, 8191}), 4096U) << "else the largest";
  EXPECT_EQ(chosen(groups, {5000, 5000, 6000}), 0U);
  EXPECT_EQ(chosen(DhGroups({}, true), {0, 0, 9999}), 0U);
}

TEST(DhGroups, AmongEqualOnesAnyIsGiven) {
  const DhGroups groups({of_bits(2048, 1), of_bits(3072, 9), of_bits(2048, 3), of_bits(2048, 5)},
                        true);
  CountingRandom random;
  std::map<std::uint8_t, int> seen;
  for (int i = 0; i < 30; ++i) ++seen[groups.choose({2048, 2048, 8192}, random)->prime.back()];
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_FALSE(seen.contains(9));
}

TEST(DhGroups, UntestedOnesAreTestedBeforeTheyAreGiven) {
  const DhGroup good = modp_groups(2048).at(0);
  DhGroups groups({of_bits(2048), good, of_bits(2048, 3), of_bits(1024)}, false);
  CountingRandom random;
  for (int i = 0; i < 5; ++i) {
    const DhGroup* group = groups.choose({2048, 2048, 8192}, random);
    ASSERT_NE(group, nullptr);
    EXPECT_EQ(group->prime, good.prime);
  }
  EXPECT_EQ(groups.choose({1024, 1024, 1024}, random), nullptr);
  EXPECT_EQ(groups.test().size(), 3U);
  EXPECT_EQ(groups.size(), 1U);
  EXPECT_TRUE(groups.test().empty());
}

TEST(DhGroups, TwoRolesAgreeInAnyGroup) {
  // A safe prime of 1024 bits is as good as any for this; with another generator.
  DhGroup group = modp_groups(1024).at(0);
  group.generator = {5};
  const auto client = make_dh_in(group), server = make_dh_in(group);
  const Bytes value = client->client_value();
  const KeyAgreement::Answer answer = server->server_answer(value);
  const Secret shared = client->client_finish(answer.server_value);
  EXPECT_TRUE(std::ranges::equal(shared.view(), answer.shared.view()));
  EXPECT_THROW((void)server->server_answer(group.prime), ProtocolError);
  EXPECT_THROW((void)server->server_answer(Bytes{1}), ProtocolError);
}

}  // namespace ssh2core
