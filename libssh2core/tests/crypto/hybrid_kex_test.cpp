// Hybrid key exchange: the client's side against figures put together from published ones, both
// sides with each other, and values no peer may send.
#include "libssh2core/crypto/hybrid_kex.h"

#include <gtest/gtest.h>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/tests/crypto/kat_random.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

std::unique_ptr<KeyAgreement> make(std::string_view name) {
  const KexEntry* entry = find_kex(name);
  if (entry == nullptr) throw std::runtime_error(std::string(name) + " is not in kKexMethods");
  return entry->make(*entry);
}

Bytes to_bytes(const Secret& secret) { return {secret.view().begin(), secret.view().end()}; }

std::unique_ptr<KemPrivateKey> kem_key(const TestVector& v) {
  if (v.values.contains("D")) return ml_kem_from_seed(v.text("Kem"), v.hex("D"), v.hex("Z"));
  KatRandom random(v.hex("Seed"));
  return find_own_kem(v.text("Kem"))->generate(random);
}

}  // namespace

class HybridVectors : public testing::TestWithParam<TestVector> {};

TEST_P(HybridVectors, ClientComesToThePublishedSecret) {
  const TestVector& v = GetParam();
  const auto client = make(v.section);
  dynamic_cast<HybridAgreement&>(*client).use_private_keys(kem_key(v), v.hex("Private"));
  const Bytes value = client->client_value();
  EXPECT_EQ(hash("SHA256", value), v.hex("ClientSha256"));
  const Bytes server_value = v.hex("Server");
  EXPECT_EQ(to_bytes(client->client_finish(server_value)), v.hex("Shared"));
  EXPECT_TRUE(client->private_key().empty());
  // Another ciphertext gives another secret and no error (FIPS 203: implicit rejection).
  for (const std::size_t at : {std::size_t{0}, server_value.size() / 2}) {
    Bytes wrong = server_value;
    wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ 1);
    EXPECT_NE(to_bytes(client->client_finish(wrong)), v.hex("Shared"));
  }
}

INSTANTIATE_TEST_SUITE_P(Composed, HybridVectors, testing::ValuesIn(load_vectors("hybrid_kex.vec")),
                         vector_name);

// RFC 9941 section 3, draft-ietf-sshm-mlkem-hybrid-kex section 2.
TEST(HybridKex, ValuesAreAsLongAsTheDraftsSay) {
  struct Expectation {
    const char* name;
    std::size_t client, server, shared;
  };
  for (const Expectation& e : {Expectation{"sntrup761x25519-sha512", 1190, 1071, 64},
                               {"sntrup761x25519-sha512@openssh.com", 1190, 1071, 64},
                               {"mlkem768x25519-sha256", 1216, 1120, 32},
                               {"mlkem768nistp256-sha256", 1249, 1153, 32},
                               {"mlkem1024nistp384-sha384", 1665, 1665, 48}}) {
    const auto client = make(e.name), server = make(e.name);
    const Bytes value = client->client_value();
    const KeyAgreement::Answer answer = server->server_answer(value);
    EXPECT_EQ(value.size(), e.client) << e.name;
    EXPECT_EQ(answer.server_value.size(), e.server) << e.name;
    EXPECT_EQ(answer.shared.size(), e.shared) << e.name;
    EXPECT_EQ(find_kex(e.name)->shared, ValueEncoding::String);
    EXPECT_EQ(to_bytes(client->client_finish(answer.server_value)), to_bytes(answer.shared));
  }
}

TEST(HybridKex, RefusesAnEncapsulationKeyWithCoefficientsThatAreTooLarge) {
  for (const char* name :
       {"mlkem768x25519-sha256", "mlkem768nistp256-sha256", "mlkem1024nistp384-sha384"}) {
    Bytes value = make(name)->client_value();
    value[0] = 0xff, value[1] = static_cast<std::uint8_t>(value[1] | 15);  // 4095
    try {
      (void)make(name)->server_answer(value);
      ADD_FAILURE() << name;
    } catch (const ProtocolError& e) {
      EXPECT_EQ(e.reason, Reason::KeyExchange);
    }
  }
}

TEST(HybridKex, RefusesABadClassicalHalfInBothRoles) {
  for (const KexEntry& entry : kKexMethods) {
    if (entry.make != make_hybrid) continue;
    const auto client = entry.make(entry);
    Bytes value = client->client_value();
    Bytes answer = entry.make(entry)->server_answer(value).server_value;
    const std::size_t half = entry.group == std::string_view("ML-KEM-768+P-256")    ? 65
                             : entry.group == std::string_view("ML-KEM-1024+P-384") ? 97
                                                                                    : 32;
    for (Bytes* bytes : {&value, &answer})  // zero: of small order, or no point
      std::fill(bytes->end() - static_cast<std::ptrdiff_t>(half), bytes->end(), std::uint8_t{0});
    EXPECT_THROW((void)entry.make(entry)->server_answer(value), ProtocolError) << entry.name;
    EXPECT_THROW((void)client->client_finish(answer), ProtocolError) << entry.name;
  }
}

TEST(HybridKex, NeverTakesAValueThatWasCut) {
  const auto client = make("mlkem768x25519-sha256");
  const Bytes value = client->client_value();
  const Bytes answer = make("mlkem768x25519-sha256")->server_answer(value).server_value;
  for (std::size_t size = 0; size < value.size(); ++size)
    EXPECT_THROW((void)make("mlkem768x25519-sha256")->server_answer(ByteView(value).first(size)),
                 ProtocolError);
  for (std::size_t size = 0; size < answer.size(); ++size)
    EXPECT_THROW((void)client->client_finish(ByteView(answer).first(size)), ProtocolError);
}

}  // namespace ssh2core
