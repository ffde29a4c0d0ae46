// diffie-hellman-group* (RFC 4253 section 8, RFC 8268) over the groups of RFC 2409 and RFC 3526,
// and the same in any other group (RFC 4419).
#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/dh_group.h"
#include "libssh2core/crypto/key_pair_agreement.h"

namespace ssh2core {

namespace {

using BnContext = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;
using Montgomery = std::unique_ptr<BN_MONT_CTX, FreeWith<BN_MONT_CTX_free>>;

struct NamedGroup {
  std::string_view name;  // in the table of methods
  BIGNUM* (*prime)(BIGNUM*);
};
constexpr auto kGroups = std::to_array<NamedGroup>({
    {"modp_1024", BN_get_rfc2409_prime_1024},
    {"modp_2048", BN_get_rfc3526_prime_2048},
    {"modp_3072", BN_get_rfc3526_prime_3072},
    {"modp_4096", BN_get_rfc3526_prime_4096},
    {"modp_6144", BN_get_rfc3526_prime_6144},
    {"modp_8192", BN_get_rfc3526_prime_8192},
});

// Twice the 256 bits of strength that is the most any of our ciphers has; a longer exponent costs
// time and gives nothing (RFC 3526 section 8).
constexpr int kPrivateBits = 512;

// A value with fewer bits set is the result of a broken exponent; OpenSSH has the same bound.
constexpr int kMinBitsSet = 4;

int bits_set(const BIGNUM* number) {
  int count = 0;
  for (int bit = 0; bit < BN_num_bits(number) && count < kMinBitsSet; ++bit)
    count += BN_is_bit_set(number, bit);
  return count;
}

// BN is used as it stands: EVP's DH would check q-order subgroups by another exponentiation, which
// with a safe prime finds nothing that the range does not.
class Dh final : public KeyPairAgreement {
 public:
  Dh(Bignum prime, Bignum generator)
      : prime_(std::move(prime)),
        generator_(std::move(generator)),
        exponent_(BN_secure_new()),
        montgomery_(BN_MONT_CTX_new()),
        context_(BN_CTX_secure_new()) {
    if (!prime_ || !generator_ || !exponent_ || !montgomery_ || !context_)
      throw CryptoError("setting up a DH group");
    BN_set_flags(exponent_.get(), BN_FLG_CONSTTIME);
    require_ok(BN_MONT_CTX_set(montgomery_.get(), prime_.get(), context_.get()),
               "setting up a DH group");
  }

 private:
  void generate() override {
    require_ok(BN_priv_rand_ex(exponent_.get(), kPrivateBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY,
                               0, context_.get()),
               "DH key generation");
  }
  void adopt(ByteView private_key) override {
    if (BN_bin2bn(private_key.data(), static_cast<int>(private_key.size()), exponent_.get()) ==
            nullptr ||
        BN_is_zero(exponent_.get()) || BN_cmp(exponent_.get(), prime_.get()) >= 0)
      throw CryptoError("reading a DH private key");
  }
  Secret export_private() const override {
    Secret secret(static_cast<std::size_t>(BN_num_bytes(exponent_.get())));
    BN_bn2bin(exponent_.get(), secret.mutable_view().data());
    return secret;
  }
  Bytes public_value() const override {
    const Secret value = power(generator_.get());
    const ByteView bytes = value.view();
    return {std::ranges::find_if(bytes, [](std::uint8_t b) { return b != 0; }), bytes.end()};
  }
  Secret derive(ByteView peer_value) const override {
    const Bignum peer = read_peer(peer_value);
    return power(peer.get());
  }

  Bignum read_peer(ByteView value) const {
    // As many bytes as the prime at most; so what a peer makes us compute with is bounded.
    if (value.size() > static_cast<std::size_t>(BN_num_bytes(prime_.get())))
      refuse_peer_value("DH value is larger than the prime");
    Bignum peer(BN_bin2bn(value.data(), static_cast<int>(value.size()), nullptr));
    const Bignum limit(BN_dup(prime_.get()));
    if (!peer || !limit) throw CryptoError("reading a DH value");
    require_ok(BN_sub_word(limit.get(), 1), "BN_sub_word");
    // RFC 4253 section 8: 1 < e < p - 1, the bounds themselves being of order 1 and 2.
    if (BN_cmp(peer.get(), BN_value_one()) <= 0 || BN_cmp(peer.get(), limit.get()) >= 0 ||
        bits_set(peer.get()) < kMinBitsSet)
      refuse_peer_value("DH value out of range");
    return peer;
  }
  // base ^ exponent_ mod prime, as long as the prime. The time depends on the lengths only.
  Secret power(const BIGNUM* base) const {
    const Bignum result(BN_secure_new());
    if (!result) throw CryptoError("BN_new");
    require_ok(BN_mod_exp_mont_consttime(result.get(), base, exponent_.get(), prime_.get(),
                                         context_.get(), montgomery_.get()),
               "DH exponentiation");
    Secret bytes(static_cast<std::size_t>(BN_num_bytes(prime_.get())));
    require_ok(
        BN_bn2binpad(result.get(), bytes.mutable_view().data(), static_cast<int>(bytes.size())),
        "DH exponentiation");
    return bytes;
  }

  Bignum prime_, generator_, exponent_;
  Montgomery montgomery_;
  BnContext context_;  // scratch
};

}  // namespace

std::unique_ptr<KeyAgreement> make_dh(const KexEntry& entry) {
  const auto at = std::ranges::find(kGroups, entry.group, &NamedGroup::name);
  if (at == kGroups.end()) throw std::invalid_argument("a DH group that is not in the table");
  Bignum generator(BN_new());
  if (!generator) throw CryptoError("BN_new");
  require_ok(BN_set_word(generator.get(), 2), "setting up a DH group");
  return std::make_unique<Dh>(Bignum(at->prime(nullptr)), std::move(generator));
}

std::unique_ptr<KeyPairAgreement> make_dh_in(const DhGroup& group) {
  const auto number = [](ByteView bytes) {
    return Bignum(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  };
  return std::make_unique<Dh>(number(group.prime), number(group.generator));
}

}  // namespace ssh2core
