// The ciphers against published packets and figures.
#include <gtest/gtest.h>

#include "libssh2core/crypto/aes_gcm.h"
#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

namespace {

// The CTR rows need a MAC, which their vectors say nothing of.
std::unique_ptr<PacketCipher> make_with_any_mac(const TestVector& v, Direction direction) {
  const CipherEntry* cipher = find_cipher(v.section);
  if (cipher == nullptr) throw std::runtime_error(v.section + " is not in kCiphers");
  const MacEntry* mac = cipher->is_aead() ? nullptr : find_mac("hmac-sha2-256");
  PacketKeys keys;
  keys.key = Secret(ByteView(v.hex("Key")));
  keys.iv = Secret(ByteView(v.hex("Iv")));
  if (mac != nullptr) keys.mac_key = Secret(mac->key_bytes);
  return make_packet_cipher(*cipher, mac, keys, direction);
}

Bytes with_tag_room(Bytes packet, const PacketCipher& cipher) {
  packet.resize(packet.size() + cipher.tag_bytes());
  return packet;
}

// The vectors that have a tag, and so can be opened.
std::vector<TestVector> aead_vectors() {
  auto vectors = load_vectors("cipher.vec");
  std::erase_if(vectors, [](const TestVector& v) {
    const CipherEntry* cipher = find_cipher(v.section);
    return cipher == nullptr || !cipher->is_aead();
  });
  return vectors;
}

}  // namespace

class CipherVectors : public testing::TestWithParam<TestVector> {};

TEST_P(CipherVectors, SealsAsPublished) {
  const TestVector& v = GetParam();
  const auto cipher = make_with_any_mac(v, Direction::Seal);
  auto sequence = static_cast<std::uint32_t>(std::stoul(v.text("Sequence")));
  for (const std::string number : {"", "2"}) {
    if (!v.values.contains("In" + number)) continue;
    const Bytes expected = v.hex("Out" + number);
    Bytes packet = with_tag_room(v.hex("In" + number), *cipher);
    cipher->seal(sequence++, packet);
    packet.resize(expected.size());
    EXPECT_EQ(packet, expected) << "In" << number;
  }
}

class AeadVectors : public CipherVectors {};

TEST_P(AeadVectors, OpensAsPublished) {
  const TestVector& v = GetParam();
  const auto cipher = make_with_any_mac(v, Direction::Open);
  auto sequence = static_cast<std::uint32_t>(std::stoul(v.text("Sequence")));
  for (const std::string number : {"", "2"}) {
    if (!v.values.contains("In" + number)) continue;
    const Bytes expected = v.hex("In" + number);
    Bytes packet = v.hex("Out" + number);
    EXPECT_EQ(cipher->open_length(sequence, MutableView(packet).first(4)),
              load_u32(expected.data()));
    EXPECT_TRUE(cipher->open(sequence++, packet));
    EXPECT_TRUE(std::equal(expected.begin() + 4, expected.end(), packet.begin() + 4));
  }
}

INSTANTIATE_TEST_SUITE_P(Published, CipherVectors, testing::ValuesIn(load_vectors("cipher.vec")),
                         vector_name);

INSTANTIATE_TEST_SUITE_P(Published, AeadVectors, testing::ValuesIn(aead_vectors()), vector_name);

TEST(CipherTable, HasAVectorForEveryRow) {
  const auto vectors = load_vectors("cipher.vec");
  for (const CipherEntry& cipher : kCiphers)
    EXPECT_NE(std::ranges::count(vectors, cipher.name, &TestVector::section), 0) << cipher.name;
}

class GcmVectors : public testing::TestWithParam<TestVector> {};

TEST_P(GcmVectors, SealsAndOpensAsPublished) {
  const TestVector& v = GetParam();
  AesGcm::Iv iv{};
  std::ranges::copy(v.hex("Iv"), iv.begin());
  const Bytes in = v.hex("In"), out = v.hex("Out"), aad = v.hex("Aad"), key = v.hex("Key");
  Bytes data = in;
  data.resize(in.size() + AesGcm::kTagBytes);
  const auto content = MutableView(data).first(in.size());
  AesGcm(v.section.c_str(), key, Direction::Seal).seal(iv, aad, content, data.data() + in.size());
  EXPECT_EQ(data, out);
  AesGcm opener(v.section.c_str(), key, Direction::Open);
  EXPECT_TRUE(opener.open(iv, aad, content, data.data() + in.size()));
  EXPECT_TRUE(std::ranges::equal(content, in));
  data = out;
  data.back() ^= 1;
  EXPECT_FALSE(opener.open(iv, aad, content, data.data() + in.size()));
}

INSTANTIATE_TEST_SUITE_P(McGrew, GcmVectors, testing::ValuesIn(load_vectors("gcm.vec")),
                         vector_name);

TEST(CipherTable, EveryGcmRowHasPublishedFigures) {
  const auto vectors = load_vectors("gcm.vec");
  for (const CipherEntry& cipher : kCiphers) {
    if (cipher.mode != CipherMode::Gcm) continue;
    EXPECT_NE(std::ranges::count(vectors, cipher.evp_name, &TestVector::section), 0);
  }
}

}  // namespace ssh2core
