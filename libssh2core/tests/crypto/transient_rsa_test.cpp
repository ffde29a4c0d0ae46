// RSA key exchange below its messages: OAEP by published figures, secrets and keys.
#include "libssh2core/crypto/transient_rsa.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>

#include "libssh2core/crypto/evp_key.h"
#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

EvpPkey rsa_pair(const TestVector& v) {
  const Bignum n = bignum_from(v.hex("N")), e = bignum_from(v.hex("E")),
               d = bignum_from(v.hex("D"));
  const ParamBuilder params = new_params();
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_RSA_N, n.get()), "N");
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_RSA_E, e.get()), "E");
  require_ok(OSSL_PARAM_BLD_push_BN(params.get(), OSSL_PKEY_PARAM_RSA_D, d.get()), "D");
  return key_from_params("RSA", EVP_PKEY_KEYPAIR, params);
}

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

}  // namespace

class OaepVectors : public testing::TestWithParam<TestVector> {};
TEST_P(OaepVectors, DecryptAsPublished) {
  const TestVector& v = GetParam();
  const KexEntry* method = find_kex(v.section);
  ASSERT_NE(method, nullptr);
  const EvpPkey key = rsa_pair(v);
  ASSERT_TRUE(key);
  const auto text = decrypt_oaep(key.get(), method->hash, v.hex("Encrypted"));
  EXPECT_EQ(text.has_value(), v.values.contains("Text"));
  if (text && v.values.contains("Text")) {
    EXPECT_EQ(to_bytes(text->view()), v.hex("Text"));
  }
}
INSTANTIATE_TEST_SUITE_P(Published, OaepVectors, testing::ValuesIn(load_vectors("oaep.vec")),
                         vector_name);

TEST(TransientRsaKey, FindsTheSecretThatAClientMadeForIt) {
  const auto key = TransientRsaKey::generate();
  for (const auto& [hash, bits] :
       {std::pair{"SHA1", 2048 - 2 * 160 - 49}, std::pair{"SHA256", 2048 - 2 * 256 - 49}}) {
    std::size_t longest = 0;
    for (int i = 0; i < 8; ++i) {
      const auto made = encrypt_fresh_secret(key->public_blob(), hash, 2048);
      ASSERT_TRUE(made);
      EXPECT_EQ(made->encrypted.size(), 256U);
      const auto found = key->decrypt(made->encrypted, hash);
      ASSERT_TRUE(found);
      EXPECT_EQ(to_bytes(found->view()), to_bytes(made->shared.view()));
      longest = std::max(longest, made->shared.size());
    }
    EXPECT_EQ(longest, static_cast<std::size_t>((bits + 7) / 8));  // all but never less in 8 times
  }
}

TEST(TransientRsaKey, RefusesWhatIsNoEncryptedNumber) {
  const auto key = TransientRsaKey::generate(), other = TransientRsaKey::generate();
  const auto made = encrypt_fresh_secret(key->public_blob(), "SHA256", 2048);
  ASSERT_TRUE(made);
  EXPECT_FALSE(other->decrypt(made->encrypted, "SHA256")) << "for another key";
  EXPECT_FALSE(key->decrypt(made->encrypted, "SHA1")) << "of the other method";
  EXPECT_FALSE(key->decrypt({}, "SHA256"));
  for (std::size_t size : {std::size_t{1}, made->encrypted.size() - 1})
    EXPECT_FALSE(key->decrypt(ByteView(made->encrypted).first(size), "SHA256"));
  Bytes longer = made->encrypted;
  longer.push_back(0);
  EXPECT_FALSE(key->decrypt(longer, "SHA256"));
  for (std::size_t at = 0; at < made->encrypted.size(); at += 17) {
    Bytes changed = made->encrypted;
    changed.at(at) ^= 1;
    EXPECT_FALSE(key->decrypt(changed, "SHA256")) << at;
  }
}

TEST(TransientRsaKey, OfAServerMustBeLongEnough) {
  const auto key = TransientRsaKey::generate();
  const Bytes good = to_bytes(key->public_blob());
  EXPECT_TRUE(encrypt_fresh_secret(good, "SHA256", 2048));
  EXPECT_FALSE(encrypt_fresh_secret(good, "SHA256", 2049));
  Bytes even = good;
  even.back() &= 0xfe;
  EXPECT_FALSE(encrypt_fresh_secret(even, "SHA256", 1024));
  Bytes named = good;
  named.at(4) = 'x';
  EXPECT_FALSE(encrypt_fresh_secret(named, "SHA256", 1024));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW((void)encrypt_fresh_secret(ByteView(good).first(size), "SHA256", 1024),
                 ProtocolError)
        << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_THROW((void)encrypt_fresh_secret(longer, "SHA256", 1024), ProtocolError);
}

TEST(TransientRsaKeys, KeepAKeyForAnHour) {
  TransientRsaKeys keys;
  const Clock::Steady start{};
  keys.prepare(start);
  const auto first = keys.get();
  EXPECT_EQ(keys.get(), first);
  keys.forget_if_old(start + std::chrono::minutes(59));
  keys.prepare(start + std::chrono::minutes(59));
  EXPECT_EQ(keys.get(), first);
  keys.prepare(start + std::chrono::minutes(60));
  const auto second = keys.get();
  EXPECT_NE(to_bytes(second->public_blob()), to_bytes(first->public_blob()));
  keys.forget_if_old(start + std::chrono::minutes(119));
  EXPECT_EQ(keys.get(), second);
  keys.forget_if_old(start + std::chrono::minutes(120));
  EXPECT_NE(to_bytes(keys.get()->public_blob()), to_bytes(second->public_blob()));
}

}  // namespace ssh2core
