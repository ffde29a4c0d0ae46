// Key agreement against published figures, between two roles, and with values no peer may send.
#include <gtest/gtest.h>
#include <openssl/bn.h>

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_pair_agreement.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

std::unique_ptr<KeyAgreement> make(std::string_view name) {
  const KexEntry* entry = find_kex(name);
  if (entry == nullptr) throw std::runtime_error(std::string(name) + " is not in kKexMethods");
  return entry->make(*entry);
}

// Methods that have a pair of keys can be given one.
std::unique_ptr<KeyAgreement> make_with(std::string_view name, ByteView private_key) {
  auto agreement = make(name);
  dynamic_cast<KeyPairAgreement&>(*agreement).use_private_key(private_key);
  return agreement;
}

Bytes last_byte_less(Bytes bytes, std::uint8_t difference) {
  std::uint8_t& last = bytes.at(bytes.size() - 1);
  last = static_cast<std::uint8_t>(last - difference);
  return bytes;
}

Bytes to_bytes(const Secret& secret) { return {secret.view().begin(), secret.view().end()}; }

void expect_refused(std::string_view method, ByteView value, const std::string& what) {
  const auto client = make(method), server = make(method);
  (void)client->client_value();
  for (int role = 0; role < 2; ++role) {
    try {
      if (role == 0) (void)client->client_finish(value);
      if (role == 1) (void)server->server_answer(value);
      ADD_FAILURE() << method << " took " << what;
    } catch (const ProtocolError& e) {
      EXPECT_EQ(e.reason, Reason::KeyExchange) << what;
    }
  }
}

std::string entry_name(const testing::TestParamInfo<KexEntry>& info) {
  std::string name(info.param.name);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

/// The rows that KeyAgreement is for. The others are in transport/kex_conversation_test.cpp.
std::vector<KexEntry> one_round_methods() {
  std::vector<KexEntry> rows;
  for (const KexEntry& entry : kKexMethods)
    if (entry.shape == KexShape::OneRound) rows.push_back(entry);
  return rows;
}

}  // namespace

class KexVectors : public testing::TestWithParam<TestVector> {};

TEST_P(KexVectors, BothRolesAgreeAsPublished) {
  const TestVector& v = GetParam();
  const Bytes private_key = v.hex("Private"), peer = v.hex("Peer");
  const auto client = make_with(v.section, private_key);
  EXPECT_EQ(client->client_value(), v.hex("Public"));
  EXPECT_EQ(to_bytes(client->client_finish(peer)), v.hex("Shared"));
  EXPECT_EQ(to_bytes(client->private_key()), private_key);
  const auto server = make_with(v.section, private_key);
  const KeyAgreement::Answer answer = server->server_answer(peer);
  EXPECT_EQ(answer.server_value, v.hex("Public"));
  EXPECT_EQ(to_bytes(answer.shared), v.hex("Shared"));
}

INSTANTIATE_TEST_SUITE_P(Published, KexVectors, testing::ValuesIn(load_vectors("kex.vec")),
                         vector_name);

TEST(KexTable, HasAVectorForEveryRowOfOneRound) {
  auto vectors = load_vectors("kex.vec");
  for (TestVector& hybrid : load_vectors("hybrid_kex.vec")) vectors.push_back(std::move(hybrid));
  for (const KexEntry& entry : one_round_methods())
    EXPECT_NE(std::ranges::count(vectors, entry.name, &TestVector::section), 0) << entry.name;
}

class KexMethod : public testing::TestWithParam<KexEntry> {};

TEST_P(KexMethod, TwoRolesAgreeOnAFreshSecret) {
  const auto client = make(GetParam().name), server = make(GetParam().name);
  EXPECT_TRUE(client->private_key().empty());
  const Bytes value = client->client_value();
  KeyAgreement::Answer answer = server->server_answer(value);
  const Secret shared = client->client_finish(answer.server_value);
  EXPECT_EQ(to_bytes(shared), to_bytes(answer.shared));
  EXPECT_NE(value, answer.server_value);
  const auto again = make(GetParam().name);
  EXPECT_NE(again->client_value(), value);
  if (dynamic_cast<KeyPairAgreement*>(client.get()) == nullptr) return;
  // What a key log holds is enough to come to the same secret.
  EXPECT_FALSE(client->private_key().empty());
  const auto reader = make_with(GetParam().name, server->private_key().view());
  EXPECT_EQ(reader->client_value(), answer.server_value);
  EXPECT_EQ(to_bytes(reader->client_finish(value)), to_bytes(shared));
}

TEST_P(KexMethod, RefusesValuesOfTheWrongLength) {
  const auto other = make(GetParam().name);
  Bytes value = other->client_value();
  expect_refused(GetParam().name, {}, "nothing");
  value.push_back(0x55);
  expect_refused(GetParam().name, value, "one byte too many");
  value.pop_back();
  if (GetParam().values == ValueEncoding::Mpint) return;  // a shorter number is a number
  value.pop_back();
  expect_refused(GetParam().name, value, "one byte too few");
}

TEST_P(KexMethod, FinishNeedsAValueFirst) {
  EXPECT_THROW((void)make(GetParam().name)->client_finish(Bytes(32, 9)), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(All, KexMethod, testing::ValuesIn(one_round_methods()), entry_name);

// RFC 7748 section 7: the values of small order, whose secret is zero for every key.
TEST(X25519, RefusesValuesOfSmallOrder) {
  for (const char* hex : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       })
    expect_refused("curve25519-sha256", from_hex(hex), hex);
}

// RFC 7748 section 7 names 0 and 1; p - 1 is the third, and p and p + 1 are 0 and 1 again.
TEST(X448, RefusesValuesOfSmallOrder) {
  const Bytes zero(56, 0);
  Bytes one = zero, prime(56, 0xff);
  one.at(0) = 1;
  prime.at(28) = 0xfe;  // 2^448 - 2^224 - 1, the lowest byte first
  Bytes above(56, 0xff);
  std::fill(above.begin(), above.begin() + 28, 0);
  Bytes below_prime = prime;
  below_prime.at(0) = 0xfe;
  for (const Bytes& value : {zero, one, below_prime, prime, above})
    expect_refused("curve448-sha512", value, "a value of small order");
}

class EcdhMethod : public testing::TestWithParam<const char*> {};

TEST_P(EcdhMethod, RefusesWhatIsNoUncompressedPoint) {
  const Bytes point = make(GetParam())->client_value();
  const std::size_t field = (point.size() - 1) / 2;
  expect_refused(GetParam(), last_byte_less(point, 1), "a point beside the curve");
  Bytes compressed(point.begin(), point.begin() + 1 + static_cast<std::ptrdiff_t>(field));
  compressed.at(0) = (point.back() & 1) == 0 ? 2 : 3;
  expect_refused(GetParam(), compressed, "a compressed point");
  expect_refused(GetParam(), Bytes{0}, "infinity");
  expect_refused(GetParam(), Bytes(point.size(), 0), "zeros");
  for (const std::uint8_t form : Bytes{0, 2, 3, 5, 6, 7, 255}) {
    Bytes other = point;
    other.at(0) = form;
    expect_refused(GetParam(), other, "form " + std::to_string(form));
  }
  Bytes large(point.size(), 0xff);  // coordinates not below the prime
  large.at(0) = 4;
  expect_refused(GetParam(), large, "coordinates that are too large");
}

TEST_P(EcdhMethod, RefusesPrivateKeysOutOfRange) {
  const auto agreement = make(GetParam());
  auto& pair = dynamic_cast<KeyPairAgreement&>(*agreement);
  EXPECT_THROW(pair.use_private_key(Bytes(32, 0)), CryptoError);
  EXPECT_THROW(pair.use_private_key(Bytes(66, 0xff)), CryptoError);
}

INSTANTIATE_TEST_SUITE_P(All, EcdhMethod,
                         testing::Values("ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
                                         "ecdh-sha2-nistp521"),
                         [](const auto& curve) { return std::string(curve.param).substr(10); });

TEST(Dh, RefusesValuesOutOfRange) {
  for (const TestVector& v : load_vectors("kex.vec")) {
    if (!v.values.contains("Prime")) continue;
    const Bytes prime = v.hex("Prime");
    for (const Bytes& value :
         {Bytes{}, Bytes{0}, Bytes{1}, Bytes{0, 0, 1}, prime, last_byte_less(prime, 1)})
      expect_refused(v.section, value, "a value out of range");
    Bytes few_bits(prime.size(), 0);
    few_bits.at(1) = 0x07;  // three bits set
    expect_refused(v.section, few_bits, "a value with three bits set");
    few_bits.at(prime.size() - 1) = 0x01;
    EXPECT_NO_THROW((void)make(v.section)->server_answer(few_bits));
    EXPECT_NO_THROW((void)make(v.section)->server_answer(last_byte_less(prime, 2)))
        << "p - 2 is in range";
  }
}

TEST(Dh, ExponentsAreAsLongAsTheStrengthNeeds) {
  const auto agreement = make("diffie-hellman-group14-sha256");
  EXPECT_NE(agreement->client_value().at(0), 0) << "a leading zero";
  EXPECT_EQ(agreement->private_key().size(), 64U);
}

}  // namespace ssh2core
