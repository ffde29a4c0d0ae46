// Every cipher with every MAC: what is sealed opens again, and nothing else does.
#include <gtest/gtest.h>

#include <random>

#include "libssh2core/crypto/cipher_table.h"
#include "libssh2core/crypto/mac_table.h"

namespace ssh2core {

namespace {

struct Suite {
  const CipherEntry* cipher;
  const MacEntry* mac;  // nullptr for an AEAD
};

std::vector<Suite> all_suites() {
  std::vector<Suite> suites;
  for (const CipherEntry& cipher : kCiphers) {
    if (cipher.is_aead()) {
      suites.push_back({&cipher, nullptr});
    } else {
      for (const MacEntry& mac : kMacs) suites.push_back({&cipher, &mac});
    }
  }
  return suites;
}

std::string suite_name(const testing::TestParamInfo<Suite>& info) {
  std::string name(info.param.cipher->name);
  if (info.param.mac != nullptr) name += "_" + std::string(info.param.mac->name);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

Secret counting(std::size_t size, std::uint8_t from) {
  Secret secret(size);
  for (std::uint8_t& byte : secret.mutable_view()) byte = from++;
  return secret;
}

}  // namespace

class PacketSuite : public testing::TestWithParam<Suite> {
 protected:
  static std::unique_ptr<PacketCipher> make(Direction direction) {
    const auto [cipher, mac] = GetParam();
    PacketKeys keys;
    keys.key = counting(cipher->key_bytes, 1);
    keys.iv = counting(cipher->iv_bytes, 100);
    if (mac != nullptr) keys.mac_key = counting(mac->key_bytes, 200);
    return make_packet_cipher(*cipher, mac, keys, direction);
  }
  // A plain packet with room for the tag, padded as the cipher wants it.
  static Bytes packet_of(std::size_t payload, const PacketCipher& cipher) {
    const std::size_t counted = (cipher.length_is_padded() ? 4 : 0) + 1 + payload;
    std::size_t padding = cipher.block_bytes() - counted % cipher.block_bytes();
    if (padding < 4) padding += cipher.block_bytes();
    Bytes packet(4 + 1 + payload + padding);
    for (std::size_t i = 0; i < packet.size(); ++i) packet[i] = static_cast<std::uint8_t>(i * 7);
    store_u32(packet.data(), static_cast<std::uint32_t>(packet.size() - 4));
    packet[4] = static_cast<std::uint8_t>(padding);
    packet.resize(packet.size() + cipher.tag_bytes());
    return packet;
  }
  static bool changes_nothing() {
    const auto [cipher, mac] = GetParam();
    return cipher->mode == CipherMode::None && mac->kind == MacKind::None;
  }
  static bool checks_nothing() {
    const MacEntry* mac = GetParam().mac;
    return mac != nullptr && mac->kind == MacKind::None;
  }
  static bool open(PacketCipher& cipher, std::uint32_t sequence, Bytes& packet) {
    (void)cipher.open_length(sequence, MutableView(packet).first(cipher.head_bytes()));
    return cipher.open(sequence, packet);
  }
};

TEST_P(PacketSuite, RoundTripOfEverySize) {
  const auto sealer = make(Direction::Seal), opener = make(Direction::Open);
  std::vector<std::size_t> sizes(301);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = i;
  sizes.push_back(32768);
  std::uint32_t sequence = 0xffffff80;  // wraps on the way
  for (const std::size_t size : sizes) {
    const Bytes plain = packet_of(size, *sealer);
    Bytes packet = plain;
    sealer->seal(sequence, packet);
    ASSERT_EQ(packet == plain, changes_nothing());
    const MutableView head = MutableView(packet).first(opener->head_bytes());
    ASSERT_EQ(opener->open_length(sequence, head), load_u32(plain.data()));
    ASSERT_TRUE(opener->open(sequence, packet)) << size;
    const std::size_t end = packet.size() - opener->tag_bytes();
    ASSERT_TRUE(std::ranges::equal(MutableView(packet).first(end).subspan(4),
                                   ByteView(plain).first(end).subspan(4)))
        << size;
    ++sequence;
  }
}

TEST_P(PacketSuite, RefusesEveryFlippedBit) {
  if (checks_nothing()) return;
  const auto sealer = make(Direction::Seal);
  Bytes sealed = packet_of(5, *sealer);
  sealer->seal(3, sealed);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes packet = sealed;
    packet[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(open(*make(Direction::Open), 3, packet)) << "bit " << bit;
  }
}

TEST_P(PacketSuite, RefusesAPacketOutOfItsPlace) {
  if (checks_nothing()) return;
  const auto sealer = make(Direction::Seal);
  Bytes first = packet_of(5, *sealer), second = packet_of(5, *sealer);
  sealer->seal(3, first);
  sealer->seal(4, second);
  // GCM takes no sequence number (RFC 5647): there the counter finds it out.
  EXPECT_FALSE(open(*make(Direction::Open), 3, second));
  if (GetParam().cipher->mode != CipherMode::Gcm) {
    Bytes copy = first;
    EXPECT_FALSE(open(*make(Direction::Open), 4, copy));
  }
  const auto opener = make(Direction::Open);
  Bytes once = first, again = first;
  EXPECT_TRUE(open(*opener, 3, once));
  EXPECT_FALSE(open(*opener, 4, again));
}

TEST_P(PacketSuite, RefusesWhatIsTooShort) {
  const auto sealer = make(Direction::Seal);
  Bytes sealed = packet_of(40, *sealer);
  sealer->seal(0, sealed);
  if (checks_nothing()) return;
  const std::size_t least = std::max<std::size_t>(16, sealer->head_bytes());
  for (std::size_t size = least; size < sealed.size(); ++size) {
    Bytes packet(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(open(*make(Direction::Open), 0, packet)) << size;
  }
}

TEST_P(PacketSuite, RefusesNoise) {
  if (checks_nothing()) return;
  std::mt19937 random(20250101);
  for (int round = 0; round < 50; ++round) {
    Bytes packet(16 + random() % 200);
    for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(random());
    EXPECT_FALSE(open(*make(Direction::Open), 0, packet));
  }
}

TEST_P(PacketSuite, SizesAreThoseOfTheTables) {
  const auto cipher = make(Direction::Seal);
  const auto [entry, mac] = GetParam();
  const std::size_t block = std::max<std::size_t>(8, entry->block_bytes);
  EXPECT_EQ(cipher->block_bytes(), block);
  EXPECT_EQ(cipher->tag_bytes(), mac != nullptr ? mac->tag_bytes : 16U);
  const bool clear_length = mac == nullptr || mac->encrypt_then_mac;
  EXPECT_EQ(cipher->length_is_padded(), !clear_length);
  EXPECT_EQ(cipher->head_bytes(), clear_length ? 4U : block);
  EXPECT_EQ(cipher->must_hide_faults(), entry->mode == CipherMode::Cbc && !clear_length);
}

INSTANTIATE_TEST_SUITE_P(All, PacketSuite, testing::ValuesIn(all_suites()), suite_name);

TEST(PlainPacketCipher, LeavesPacketsAsTheyAre) {
  const auto cipher = make_plain_packet_cipher();
  Bytes packet{0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const Bytes before = packet;
  cipher->seal(0, packet);
  EXPECT_EQ(cipher->open_length(0, MutableView(packet).first(4)), 12U);
  EXPECT_TRUE(cipher->open(0, packet));
  EXPECT_EQ(packet, before);
  EXPECT_TRUE(cipher->length_is_padded());
  EXPECT_EQ(cipher->block_bytes(), 8U);
  EXPECT_EQ(cipher->tag_bytes(), 0U);
}

TEST(MakePacketCipher, RefusesKeysOfAnotherSize) {
  const CipherEntry& gcm = *find_cipher("aes256-gcm@openssh.com");
  const CipherEntry& ctr = *find_cipher("aes256-ctr");
  const MacEntry& mac = *find_mac("hmac-sha2-256");
  PacketKeys keys;
  keys.iv = Secret(std::size_t{12});
  keys.key = Secret(std::size_t{16});
  EXPECT_THROW((void)make_packet_cipher(gcm, nullptr, keys, Direction::Seal),
               std::invalid_argument);
  keys.iv = Secret(std::size_t{16});
  keys.key = Secret(std::size_t{32});
  EXPECT_THROW((void)make_packet_cipher(ctr, nullptr, keys, Direction::Seal),
               std::invalid_argument);
  EXPECT_THROW((void)make_packet_cipher(ctr, &mac, keys, Direction::Seal), std::invalid_argument);
}

}  // namespace ssh2core
