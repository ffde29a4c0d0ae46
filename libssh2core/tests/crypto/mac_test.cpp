// HMAC, and the MACs of the table on whole packets.
#include <gtest/gtest.h>
#include <nettle/umac.h>

#include "libssh2core/crypto/hmac.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

class HmacVectors : public testing::TestWithParam<TestVector> {};

TEST_P(HmacVectors, GivesThePublishedTagEachTime) {
  const TestVector& v = GetParam();
  const Bytes in = v.hex("In"), out = v.hex("Out");
  Hmac hmac(v.section.c_str(), v.hex("Key"));
  for (int round = 0; round < 3; ++round) {
    hmac.start();
    hmac.update(as_bytes("a message that is given up"));
    hmac.start();
    hmac.update(ByteView(in).first(in.size() / 2));
    hmac.update(ByteView(in).subspan(in.size() / 2));
    EXPECT_TRUE(std::ranges::equal(hmac.finish(), out));
  }
}

INSTANTIATE_TEST_SUITE_P(Published, HmacVectors, testing::ValuesIn(load_vectors("hmac.vec")),
                         vector_name);

class MacVectors : public testing::TestWithParam<TestVector> {
 protected:
  static std::unique_ptr<PacketCipher> make(Direction direction) {
    const TestVector& v = GetParam();
    PacketKeys keys;
    keys.mac_key = Secret(ByteView(v.hex("MacKey")));
    keys.key = Secret(ByteView(v.hex("Key")));
    keys.iv = Secret(ByteView(v.hex("Iv")));
    return make_packet_cipher(*find_cipher("aes128-ctr"), find_mac(v.section), keys, direction);
  }
};

TEST_P(MacVectors, SealAndOpenAsComputed) {
  const TestVector& v = GetParam();
  ASSERT_NE(find_mac(v.section), nullptr) << v.section << " is not in kMacs";
  const auto sealer = make(Direction::Seal), opener = make(Direction::Open);
  auto sequence = static_cast<std::uint32_t>(std::stoul(v.text("Sequence")));
  for (const std::string number : {"", "2"}) {
    const Bytes in = v.hex("In" + number), out = v.hex("Out" + number);
    Bytes packet = in;
    packet.resize(in.size() + sealer->tag_bytes());
    sealer->seal(sequence, packet);
    EXPECT_EQ(packet, out);
    const MutableView head = MutableView(packet).first(opener->head_bytes());
    EXPECT_EQ(opener->open_length(sequence, head), in.size() - 4);
    EXPECT_TRUE(opener->open(sequence++, packet));
    EXPECT_TRUE(std::equal(in.begin() + 4, in.end(), packet.begin() + 4));
  }
}

INSTANTIATE_TEST_SUITE_P(Computed, MacVectors, testing::ValuesIn(load_vectors("mac.vec")),
                         vector_name);

// Packets have nonces that begin with zeros, so the published figures are those of the library.
class UmacVectors : public testing::TestWithParam<TestVector> {};

TEST_P(UmacVectors, TheLibraryGivesThePublishedTag) {
  const TestVector& v = GetParam();
  const Bytes key = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
                     'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'};
  const Bytes piece = v.hex("In");
  umac64_ctx short_tag;
  umac128_ctx long_tag;
  umac64_set_key(&short_tag, key.data());
  umac128_set_key(&long_tag, key.data());
  umac64_set_nonce(&short_tag, 8, key.data() + 1);
  umac128_set_nonce(&long_tag, 8, key.data() + 1);
  for (unsigned long left = std::stoul(v.text("Times")); left != 0; --left) {
    umac64_update(&short_tag, piece.size(), piece.data());
    umac128_update(&long_tag, piece.size(), piece.data());
  }
  Bytes tag(8);
  umac64_digest(&short_tag, tag.size(), tag.data());
  EXPECT_EQ(tag, v.hex("Out64"));
  tag.resize(12);
  umac128_digest(&long_tag, tag.size(), tag.data());
  EXPECT_EQ(tag, v.hex("Out96"));
}

INSTANTIATE_TEST_SUITE_P(Rfc4418, UmacVectors, testing::ValuesIn(load_vectors("umac.vec")),
                         vector_name);

TEST(MacTable, HasVectorsForEveryRowAndItsDigest) {
  const auto packets = load_vectors("mac.vec"), digests = load_vectors("hmac.vec");
  for (const MacEntry& mac : kMacs) {
    EXPECT_NE(std::ranges::count(packets, mac.name, &TestVector::section), 0) << mac.name;
    if (mac.kind == MacKind::Hmac) {
      EXPECT_NE(std::ranges::count(digests, mac.digest, &TestVector::section), 0) << mac.name;
    }
  }
}

}  // namespace ssh2core
