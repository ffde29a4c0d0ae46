// Public and private keys: blobs, signatures, and what must be refused.
#include "libssh2core/crypto/key.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <functional>
#include <random>

#include "libssh2core/crypto/signature_body.h"
#include "libssh2core/tests/dsa_key.h"
#include "libssh2core/tests/vectors.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

namespace {

EVP_PKEY* new_ec_key(const char* curve) { return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve); }

PrivateKey new_key(std::string_view type) {
  EvpPkey key;
  if (type == "ssh-rsa") key.reset(EVP_RSA_gen(2048));
  if (type == "ecdsa-sha2-nistp256") key.reset(new_ec_key("P-256"));
  if (type == "ecdsa-sha2-nistp384") key.reset(new_ec_key("P-384"));
  if (type == "ecdsa-sha2-nistp521") key.reset(new_ec_key("P-521"));
  if (type == "ssh-ed448") key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  if (type == "ssh-dss") key = new_dsa_key();
  if (type == "ssh-ed25519") return PrivateKey::generate_ed25519();
  return PrivateKey::from_evp(std::move(key)).value();
}

Bytes wire(const std::function<void(Writer&)>& fill) {
  Buffer out;
  Writer w(out);
  fill(w);
  return out.to_bytes();
}

Bytes rsa_blob(ByteView exponent, ByteView modulus) {
  return wire([&](Writer& w) {
    w.string("ssh-rsa");
    w.mpint(exponent);
    w.mpint(modulus);
  });
}

Bytes odd_modulus(std::size_t bits) {
  Bytes modulus(bits / 8, 0xff);
  return modulus;
}

bool takes_rsa(ByteView exponent, ByteView modulus) {
  return PublicKey::from_blob(rsa_blob(exponent, modulus)).has_value();
}

/// Rows whose keys can be made here; those of tokens cannot.
std::vector<SignatureEntry> rows_with_private_keys() {
  std::vector<SignatureEntry> rows(kSignatures.begin(), kSignatures.end());
  std::erase_if(rows, [](const SignatureEntry& row) { return row.security_key; });
  return rows;
}

constexpr std::uint8_t kF4[] = {1, 0, 1};

std::string entry_name(const testing::TestParamInfo<SignatureEntry>& info) {
  std::string name(info.param.name);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

}  // namespace

class SignatureVectors : public testing::TestWithParam<TestVector> {};

TEST_P(SignatureVectors, VerifyAsPublished) {
  const TestVector& v = GetParam();
  const auto key = PublicKey::from_blob(v.hex("Blob"));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->blob(), v.hex("Blob"));
  EXPECT_EQ(key->verify(v.section, v.hex("Data"), v.hex("Signature")), v.text("Result") == "valid");
}

TEST(EdwardsKey, SignsAsPublished) {
  std::size_t checked = 0;
  for (const TestVector& v : load_vectors("signature.vec")) {
    if (!v.values.contains("Seed")) continue;
    ++checked;
    const Bytes seed = v.hex("Seed");
    const auto key = PrivateKey::from_evp(EvpPkey(EVP_PKEY_new_raw_private_key_ex(
                                              nullptr, seed.size() == 57 ? "ED448" : "ED25519",
                                              nullptr, seed.data(), seed.size())))
                         .value();
    EXPECT_EQ(key.public_blob(), v.hex("Blob"));
    EXPECT_EQ(key.sign(v.section, v.hex("Data")), v.hex("Signature"));
  }
  EXPECT_NE(checked, 0U);
}

INSTANTIATE_TEST_SUITE_P(Published, SignatureVectors,
                         testing::ValuesIn(load_vectors("signature.vec")), vector_name);

TEST(SignatureTable, HasAVectorForEveryRow) {
  const auto vectors = load_vectors("signature.vec");
  for (const SignatureEntry& entry : kSignatures)
    EXPECT_NE(std::ranges::count(vectors, entry.name, &TestVector::section), 0) << entry.name;
}

class SignatureAlgorithm : public testing::TestWithParam<SignatureEntry> {};

TEST_P(SignatureAlgorithm, SignsWhatVerifies) {
  const SignatureEntry& row = GetParam();
  const PrivateKey key = new_key(row.key_type);
  const auto public_key = PublicKey::from_blob(key.public_blob());
  ASSERT_TRUE(public_key.has_value());
  EXPECT_EQ(public_key->type(), row.key_type);
  EXPECT_EQ(key.type(), row.key_type);
  EXPECT_EQ(public_key->bits(), key.bits());
  ASSERT_TRUE(key.can_sign(row.name));
  for (int round = 0; round < 20; ++round) {
    const Bytes data(static_cast<std::size_t>(round) * 7, static_cast<std::uint8_t>(round));
    const Bytes signature = key.sign(row.name, data);
    EXPECT_LE(signature.size(), row.signature_bytes);
    EXPECT_TRUE(public_key->verify(row.name, data, signature));
    Bytes other = data;
    other.push_back(0);
    EXPECT_FALSE(public_key->verify(row.name, other, signature));
  }
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(SignatureAlgorithm, FitsOnlyItsOwnKeysAndName) {
  const SignatureEntry& row = GetParam();
  const PrivateKey key = new_key(row.key_type);
  const auto public_key = PublicKey::from_blob(key.public_blob());
  const Bytes data(32, 7);
  const Bytes signature = key.sign(row.name, data);
  for (const SignatureEntry& other : kSignatures) {
    EXPECT_EQ(key.can_sign(other.name), other.key_type == row.key_type);
    if (other.name == row.name) continue;
    EXPECT_FALSE(public_key->verify(other.name, data, signature));
    if (other.key_type == row.key_type) continue;
    EXPECT_THROW((void)key.sign(other.name, data), std::invalid_argument);
  }
  EXPECT_FALSE(key.can_sign("ssh-none"));
  EXPECT_FALSE(public_key->verify("ssh-none", data, signature));
  EXPECT_FALSE(
      PublicKey::from_blob(new_key(row.key_type).public_blob())->verify(row.name, data, signature))
      << "another key";
}

TEST_P(SignatureAlgorithm, RefusesEveryTruncationAndExtension) {
  const SignatureEntry& row = GetParam();
  const PrivateKey key = new_key(row.key_type);
  const Bytes blob = key.public_blob(), data(32, 7), signature = key.sign(row.name, data);
  const auto public_key = PublicKey::from_blob(blob);
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(PublicKey::from_blob(ByteView(blob).first(size)).has_value()) << size;
  for (std::size_t size = 0; size < signature.size(); ++size)
    EXPECT_FALSE(public_key->verify(row.name, data, ByteView(signature).first(size))) << size;
  Bytes long_blob = blob, long_signature = signature;
  long_blob.push_back(0);
  long_signature.push_back(0);
  EXPECT_FALSE(PublicKey::from_blob(long_blob).has_value());
  EXPECT_FALSE(public_key->verify(row.name, data, long_signature));
}

TEST_P(SignatureAlgorithm, RefusesABodyOfAnotherLength) {
  const SignatureEntry& row = GetParam();
  const PrivateKey key = new_key(row.key_type);
  const auto public_key = PublicKey::from_blob(key.public_blob());
  const Bytes data(32, 7), signature = key.sign(row.name, data);
  Reader fields(signature);
  (void)fields.string();
  const ByteView body = fields.string();
  Bytes longer(body.begin(), body.end());
  longer.push_back(0);
  for (std::size_t size = 0; size <= longer.size(); ++size) {
    const Bytes other = wire([&](Writer& w) {
      w.string(row.name);
      w.string(ByteView(longer).first(size));
    });
    EXPECT_EQ(public_key->verify(row.name, data, other), size == body.size()) << size;
  }
}

TEST_P(SignatureAlgorithm, SurvivesMutations) {
  const SignatureEntry& row = GetParam();
  const PrivateKey key = new_key(row.key_type);
  const Bytes data(32, 7), signature = key.sign(row.name, data);
  const auto public_key = PublicKey::from_blob(key.public_blob());
  std::mt19937 random(20250102);
  for (int round = 0; round < 300; ++round) {
    Bytes bytes = round % 2 == 0 ? key.public_blob() : signature;
    for (unsigned change = 0; change <= random() % 3; ++change)
      bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    if (round % 2 == 1) {
      EXPECT_EQ(public_key->verify(row.name, data, bytes), bytes == signature);
    } else if (const auto other = PublicKey::from_blob(bytes);
               other && bytes != key.public_blob()) {
      EXPECT_FALSE(other->verify(row.name, data, signature));
    }
  }
  EXPECT_EQ(ERR_peek_error(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, SignatureAlgorithm, testing::ValuesIn(rows_with_private_keys()),
                         entry_name);

TEST(SecurityKey, SaysWhatTheTokenDid) {
  std::size_t checked = 0;
  for (const TestVector& v : load_vectors("signature.vec")) {
    if (!find_signature(v.section)->security_key || v.text("Result") != "valid") continue;
    ++checked;
    const auto key = PublicKey::from_blob(v.hex("Blob"));
    EXPECT_TRUE(key->is_security_key());
    EXPECT_EQ(key->bits(), 256);
    const Bytes blob = v.hex("Blob"), data = v.hex("Data"), signature = v.hex("Signature");
    EXPECT_TRUE(token_flags(signature)->touched);
    EXPECT_FALSE(token_flags(signature)->verified);
    for (std::size_t size = 0; size < blob.size(); ++size)
      EXPECT_FALSE(PublicKey::from_blob(ByteView(blob).first(size)).has_value()) << size;
    for (std::size_t size = 0; size < signature.size(); ++size) {
      EXPECT_FALSE(key->verify(v.section, data, ByteView(signature).first(size))) << size;
      EXPECT_FALSE(token_flags(ByteView(signature).first(size)).has_value()) << size;
    }
    std::mt19937 random(20250103);
    for (int round = 0; round < 200; ++round) {
      Bytes changed = signature;
      changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
      EXPECT_FALSE(key->verify(v.section, data, changed));
    }
  }
  EXPECT_EQ(checked, 2U);
}

TEST(DsaKey, HasSaneNumbers) {
  const PrivateKey key = new_key("ssh-dss");
  Reader fields(key.public_blob());
  (void)fields.string();
  const ByteView p = fields.mpint(), q = fields.mpint(), g = fields.mpint(), y = fields.mpint();
  const auto takes = [](ByteView a, ByteView b, ByteView c, ByteView d) {
    return PublicKey::from_blob(wire([&](Writer& w) {
             w.string("ssh-dss");
             for (const ByteView number : {a, b, c, d}) w.mpint(number);
           }))
        .has_value();
  };
  const Bytes one{1};
  EXPECT_TRUE(takes(p, q, g, y));
  EXPECT_FALSE(takes(p, q, g, one));
  EXPECT_FALSE(takes(p, q, g, {}));
  EXPECT_FALSE(takes(p, q, g, p)) << "y is not below p";
  EXPECT_FALSE(takes(p, q, one, y));
  EXPECT_FALSE(takes(p, q.first(19), g, y)) << "a group of 152 bits";
  EXPECT_FALSE(takes(p, g, g, y)) << "a group far too large";
  EXPECT_FALSE(takes(Bytes(64, 0xff), q, one, one)) << "512 bits";
  EXPECT_FALSE(takes(Bytes(1024, 0xff), q, g, y)) << "8192 bits";
}

TEST(RsaKey, HasSaneNumbers) {
  EXPECT_TRUE(takes_rsa(kF4, odd_modulus(1024)));
  EXPECT_TRUE(takes_rsa(Bytes{3}, odd_modulus(2048)));
  EXPECT_TRUE(takes_rsa(kF4, odd_modulus(16384)));
  EXPECT_FALSE(takes_rsa(kF4, odd_modulus(1016))) << "too short";
  EXPECT_FALSE(takes_rsa(kF4, odd_modulus(16392))) << "too long";
  Bytes even = odd_modulus(2048);
  even.back() = 0xfe;
  EXPECT_FALSE(takes_rsa(kF4, even)) << "even modulus";
  EXPECT_FALSE(takes_rsa(Bytes{}, odd_modulus(2048))) << "exponent 0";
  EXPECT_FALSE(takes_rsa(Bytes{1}, odd_modulus(2048))) << "exponent 1";
  EXPECT_FALSE(takes_rsa(Bytes{4}, odd_modulus(2048))) << "even exponent";
  EXPECT_FALSE(takes_rsa(Bytes(9, 0xff), odd_modulus(2048))) << "huge exponent";
}

TEST(RsaKey, SuperfluousZerosAreTheSameKey) {
  const Bytes modulus = odd_modulus(1024);
  const Bytes padded = wire([&](Writer& w) {
    w.string("ssh-rsa");
    w.string(ByteView(Bytes{0, 0, 1, 0, 1}));
    w.u32(static_cast<std::uint32_t>(modulus.size() + 3));
    w.raw(Bytes(3, 0));
    w.raw(modulus);
  });
  const auto key = PublicKey::from_blob(padded);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->blob(), rsa_blob(kF4, modulus));
}

TEST(RsaKey, TakesASignatureWithoutItsLeadingZeros) {
  const PrivateKey key = new_key("ssh-rsa");
  const auto public_key = PublicKey::from_blob(key.public_blob());
  for (std::uint32_t number = 0; number < 4000; ++number) {  // one in 256 begins with a zero
    Bytes data(4);
    store_u32(data.data(), number);
    const Bytes signature = key.sign("rsa-sha2-256", data);
    Reader fields(signature);
    const ByteView name = fields.string();
    ByteView body = fields.string();
    EXPECT_EQ(body.size(), 256U) << "as long as the modulus";
    if (body[0] != 0) continue;
    while (body[0] == 0) body = body.subspan(1);
    const Bytes stripped = wire([&](Writer& w) {
      w.string(name);
      w.string(body);
    });
    EXPECT_TRUE(public_key->verify("rsa-sha2-256", data, stripped));
    return;
  }
  FAIL() << "no signature began with a zero";
}

TEST(EcdsaSignature, RefusesNegativeAndOverlongNumbers) {
  const PrivateKey key = new_key("ecdsa-sha2-nistp256");
  const auto public_key = PublicKey::from_blob(key.public_blob());
  const Bytes data(32, 7), signature = key.sign("ecdsa-sha2-nistp256", data);
  Reader outer(signature);
  (void)outer.string();
  Reader body(outer.string());
  const ByteView r = body.mpint(), s = body.mpint();
  const auto verify_with = [&](ByteView r_field, ByteView s_field, ByteView tail) {
    const Bytes inner = wire([&](Writer& w) {
      w.string(r_field);
      w.string(s_field);
      w.raw(tail);
    });
    const Bytes whole = wire([&](Writer& w) {
      w.string("ecdsa-sha2-nistp256");
      w.string(inner);
    });
    return public_key->verify("ecdsa-sha2-nistp256", data, whole);
  };
  const auto padded = [](ByteView number, std::uint8_t first) {
    Bytes bytes(1 + number.size(), first);
    std::ranges::copy(number, bytes.begin() + 1);
    return bytes;
  };
  EXPECT_TRUE(verify_with(padded(r, 0), padded(s, 0), {}));
  EXPECT_FALSE(verify_with(padded(r, 0), padded(s, 0), Bytes{0})) << "bytes left over";
  EXPECT_FALSE(verify_with(padded(r, 0xff), padded(s, 0), {})) << "negative";
  EXPECT_FALSE(verify_with(padded(padded(r, 1), 0), padded(s, 0), {})) << "longer than the order";
  EXPECT_FALSE(verify_with({}, padded(s, 0), {})) << "zero";
  EXPECT_FALSE(verify_with(padded(r, 0), {}, {})) << "zero";
}

// Algorithm, digest and signature are right then; only the key is of another curve.
TEST(EcdsaSignature, RefusesAnotherCurvesKey) {
  const PrivateKey key = new_key("ecdsa-sha2-nistp256");
  const SignatureEntry& row = *find_signature("ecdsa-sha2-nistp384");
  const Bytes data(32, 7);
  const EvpMdCtx context(EVP_MD_CTX_new());
  EVP_DigestSignInit_ex(context.get(), nullptr, row.digest, nullptr, nullptr, key.evp(), nullptr);
  Bytes der(200);
  std::size_t size = der.size();
  ASSERT_EQ(EVP_DigestSign(context.get(), der.data(), &size, data.data(), data.size()), 1);
  der.resize(size);
  const Bytes signature = wire([&](Writer& w) {
    w.string(row.name);
    w.string(signature_from_evp(row, der));
  });
  EXPECT_FALSE(PublicKey::from_blob(key.public_blob())->verify(row.name, data, signature));
}

TEST(EcdsaKey, RefusesAnotherCurvesName) {
  const PrivateKey key = new_key("ecdsa-sha2-nistp256");
  Reader fields(key.public_blob());
  (void)fields.string();
  (void)fields.string();
  const ByteView point = fields.string();
  EXPECT_FALSE(PublicKey::from_blob(wire([&](Writer& w) {
                 w.string("ecdsa-sha2-nistp256");
                 w.string("nistp384");
                 w.string(point);
               })).has_value());
}

TEST(PublicKey, RefusesUnknownTypes) {
  EXPECT_FALSE(PublicKey::from_blob({}).has_value());
  for (const char* type : {"", "ssh-dss", "rsa-sha2-256", "ssh-ed25519-cert-v01@openssh.com"})
    EXPECT_FALSE(PublicKey::from_blob(wire([&](Writer& w) {
                   w.string(type);
                   w.string(ByteView(Bytes(32, 1)));
                 })).has_value())
        << type;
}

TEST(PrivateKey, SaysWhatItIs) {
  EXPECT_EQ(new_key("ssh-ed25519").bits(), 256);
  EXPECT_EQ(new_key("ssh-rsa").bits(), 2048);
  EXPECT_EQ(new_key("ecdsa-sha2-nistp521").bits(), 521);
}

TEST(PrivateKey, WrapsOnlyWhatCanSign) {
  EXPECT_FALSE(PrivateKey::from_evp(EvpPkey()).has_value());
  EXPECT_FALSE(PrivateKey::from_evp(EvpPkey(new_ec_key("secp256k1"))).has_value());
  EXPECT_FALSE(
      PrivateKey::from_evp(EvpPkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"))).has_value());
  EXPECT_FALSE(PrivateKey::from_evp(EvpPkey(EVP_RSA_gen(512))).has_value()) << "too short";
  const Bytes public_only(32, 1);
  EvpPkey half(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, public_only.data(),
                                              public_only.size()));
  EXPECT_FALSE(PrivateKey::from_evp(std::move(half)).has_value());
  EXPECT_THROW((void)PrivateKey::ed25519_from_seed(Secret(std::size_t{31})), CryptoError);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace ssh2core
