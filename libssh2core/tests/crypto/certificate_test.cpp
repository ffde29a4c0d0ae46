// OpenSSH certificates: what is read, what is refused, and whose signature counts.
#include "libssh2core/crypto/certificate.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "libssh2core/tests/certificate_maker.h"
#include "libssh2core/tests/dsa_key.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

/// A key of each type that can be certified; those of tokens are public halves with an application.
Bytes new_key_blob(const SignatureEntry& row) {
  EvpPkey key;
  if (row.family == KeyFamily::Rsa)
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048}));
  if (row.family == KeyFamily::Ecdsa)
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row.group));
  if (row.family == KeyFamily::Ed448) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  if (row.family == KeyFamily::Dsa) key = new_dsa_key();
  const PrivateKey made = row.family == KeyFamily::Ed25519
                              ? PrivateKey::generate_ed25519()
                              : PrivateKey::from_evp(std::move(key)).value();
  if (!row.security_key) return made.public_blob();
  Reader fields(made.public_blob());
  (void)fields.string();
  Buffer out;
  Writer w(out);
  w.string(find_signature(row.signed_as)->key_type);
  w.raw(fields.rest());
  w.string("ssh:");
  return out.to_bytes();
}

/// RSA keys take long to make: one for each type.
const Bytes& key_blob(const SignatureEntry& row) {
  static std::map<std::string_view, Bytes> blobs;
  const auto [at, fresh] = blobs.try_emplace(row.key_type);
  if (fresh) at->second = new_key_blob(row);
  return at->second;
}

const PrivateKey& ca() {
  static const PrivateKey key = PrivateKey::generate_ed25519();
  return key;
}

Bytes good_certificate(const CertificateFields& fields = {}) {
  static const PrivateKey user = PrivateKey::generate_ed25519();
  return make_certificate(user.public_blob(), fields, ca(), "ssh-ed25519");
}

}  // namespace

class CertificateType : public testing::TestWithParam<SignatureEntry> {};

TEST_P(CertificateType, IsReadAndItsKeyIsUsable) {
  const SignatureEntry& row = GetParam();
  const Bytes plain = key_blob(row);
  CertificateFields fields;
  fields.type = row.key_type;
  fields.critical_options = {{"source-address", option_text("10.0.0.0/8")}};
  fields.extensions = {{"permit-pty", {}}, {"x@y", option_text("z")}};
  const Bytes blob = make_certificate(plain, fields, ca(), "ssh-ed25519");
  const auto key = PublicKey::from_blob(blob);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->type(), row.key_type);
  EXPECT_EQ(key->blob(), blob);
  EXPECT_EQ(key->plain_blob(), plain);
  EXPECT_EQ(key->plain_type(), find_signature(row.signed_as)->key_type);
  EXPECT_EQ(key->is_security_key(), row.security_key);
  const Certificate* const read = key->certificate();
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->serial, 7U);
  EXPECT_EQ(read->kind, Certificate::Kind::User);
  EXPECT_EQ(read->key_id, "ann's key");
  EXPECT_EQ(read->principals, NameList{"ann"});
  EXPECT_EQ(read->valid_before, ~std::uint64_t{0});
  EXPECT_EQ(find_option(read->critical_options, "source-address")->data, option_text("10.0.0.0/8"));
  EXPECT_EQ(read->extensions.size(), 2U);
  EXPECT_EQ(read->ca_key, ca().public_blob());
  EXPECT_TRUE(is_signed_by_its_ca(*read, default_ca_algorithms()));
  EXPECT_FALSE(is_signed_by_its_ca(*read, {"rsa-sha2-512"}));
}

TEST_P(CertificateType, RefusesEveryTruncationAndExtension) {
  CertificateFields fields;
  fields.type = GetParam().key_type;
  fields.critical_options = {{"verify-required", {}}};
  Bytes blob = make_certificate(key_blob(GetParam()), fields, ca(), "ssh-ed25519");
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_FALSE(parse_certificate(ByteView(blob).first(size)).has_value()) << size;
    EXPECT_FALSE(PublicKey::from_blob(ByteView(blob).first(size)).has_value()) << size;
  }
  blob.push_back(0);
  EXPECT_FALSE(parse_certificate(blob).has_value());
}

TEST_P(CertificateType, AChangedByteIsRefusedOrUnsigned) {
  CertificateFields fields;
  fields.type = GetParam().key_type;
  const Bytes blob = make_certificate(key_blob(GetParam()), fields, ca(), "ssh-ed25519");
  std::mt19937 random(20250104);
  for (int round = 0; round < 300; ++round) {
    Bytes changed = blob;
    changed[random() % changed.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    const auto read = parse_certificate(changed);
    if (read && read->ca_key == ca().public_blob()) {
      EXPECT_FALSE(is_signed_by_its_ca(*read, default_ca_algorithms()));
    }
    (void)PublicKey::from_blob(changed);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CertificateType, testing::ValuesIn(kCertificates),
                         [](const testing::TestParamInfo<SignatureEntry>& row) {
                           std::string name(row.param.name);
                           for (char& c : name)
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           return name;
                         });

TEST(Certificate, KeysSignUnderTheirCertificatesName) {
  const PrivateKey user = PrivateKey::generate_ed25519();
  const auto key =
      PublicKey::from_blob(make_certificate(user.public_blob(), {}, ca(), "ssh-ed25519"));
  const Bytes data(32, 7), signature = user.sign("ssh-ed25519", data);
  EXPECT_TRUE(key->verify("ssh-ed25519-cert-v01@openssh.com", data, signature));
  EXPECT_FALSE(key->verify("ssh-ed25519", data, signature)) << "the plain key's algorithm";
  EXPECT_FALSE(
      key->verify("ssh-ed25519-cert-v01@openssh.com", data, ca().sign("ssh-ed25519", data)));
}

TEST(Certificate, RefusesKindsThatAreNone) {
  CertificateFields fields;
  fields.kind = 2;
  EXPECT_EQ(parse_certificate(good_certificate(fields))->kind, Certificate::Kind::Host);
  for (const std::uint32_t kind : {0U, 3U, 0x01000000U}) {
    fields.kind = kind;
    EXPECT_FALSE(parse_certificate(good_certificate(fields)).has_value()) << kind;
  }
}

TEST(Certificate, IsBounded) {
  CertificateFields fields;
  fields.principals.assign(kMostPrincipals, "ann");
  EXPECT_TRUE(parse_certificate(good_certificate(fields)).has_value());
  fields.principals.emplace_back("bob");
  EXPECT_FALSE(parse_certificate(good_certificate(fields)).has_value());
  fields.principals = {"ann"};
  for (std::size_t i = 0; i < kMostCertificateOptions; ++i)
    fields.extensions.push_back({std::string("x").append(std::to_string(i)), {}});
  EXPECT_TRUE(parse_certificate(good_certificate(fields)).has_value());
  fields.extensions.push_back({"y", {}});
  EXPECT_FALSE(parse_certificate(good_certificate(fields)).has_value());
  fields.extensions.clear();
  fields.key_id.assign(kMostCertificateBytes, 'x');
  EXPECT_FALSE(parse_certificate(good_certificate(fields)).has_value());
}

TEST(Certificate, RefusesAnOptionTwice) {
  CertificateFields fields;
  fields.critical_options = {{"force-command", option_text("internal-sftp")},
                             {"force-command", option_text("scp")}};
  EXPECT_FALSE(parse_certificate(good_certificate(fields)).has_value());
}

TEST(Certificate, ACertificateIsNoCa) {
  const Bytes chain = good_certificate();
  const auto inner = parse_certificate(chain);
  Certificate outer = *inner;
  outer.ca_key = chain;
  EXPECT_FALSE(is_signed_by_its_ca(outer, default_ca_algorithms()));
  // And on the wire: the CA's key is replaced by a certificate.
  Buffer out;
  Writer w(out);
  Reader fields(inner->signed_part);
  const std::size_t before = inner->signed_part.size() - 4 - inner->ca_key.size();
  w.raw(fields.raw(before));
  w.string(chain);
  w.string(inner->signature);
  EXPECT_FALSE(parse_certificate(out.view()).has_value());
}

TEST(Certificate, CasDoNotSignWithSha1) {
  const auto rsa =
      PrivateKey::from_evp(EvpPkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})));
  const Bytes user = PrivateKey::generate_ed25519().public_blob();
  const auto strong = parse_certificate(make_certificate(user, {}, *rsa, "rsa-sha2-512"));
  const auto weak = parse_certificate(make_certificate(user, {}, *rsa, "ssh-rsa"));
  EXPECT_TRUE(is_signed_by_its_ca(*strong, default_ca_algorithms()));
  EXPECT_FALSE(is_signed_by_its_ca(*weak, default_ca_algorithms()));
  EXPECT_TRUE(is_signed_by_its_ca(*weak, {"ssh-rsa"})) << "when asked for";
}

TEST(Certificate, PublishedOnesAreRead) {
  std::size_t checked = 0;
  for (const TestVector& v : load_vectors("certificate.vec")) {
    const auto key = PublicKey::from_blob(v.hex("Blob"));
    ASSERT_TRUE(key && key->certificate() != nullptr) << v.line;
    const Certificate& certificate = *key->certificate();
    EXPECT_EQ(key->type(), v.section);
    EXPECT_EQ(certificate.key_id, v.text("KeyId"));
    EXPECT_EQ(certificate.principals, NameList{v.text("Principal")});
    EXPECT_EQ(std::to_string(static_cast<int>(certificate.kind)), v.text("Kind"));
    EXPECT_EQ(std::to_string(certificate.critical_options.size()), v.text("CriticalOptions"));
    EXPECT_TRUE(is_signed_by_its_ca(certificate, {v.text("CaAlgorithm")}));
    ++checked;
  }
  EXPECT_EQ(checked, 4U);
}

}  // namespace ssh2core
