// CPNI-957037: under CBC with a MAC over the plaintext nobody may learn where a packet is wrong.
#include <gtest/gtest.h>

#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/transport/packet_reader.h"

namespace ssh2core {
namespace {

std::unique_ptr<PacketCipher> cbc(Direction direction, const char* mac) {
  const CipherEntry& cipher = *find_cipher("aes128-cbc");
  const PacketKeys keys{Secret(cipher.iv_bytes), Secret(cipher.key_bytes),
                        Secret(find_mac(mac)->key_bytes)};
  return make_packet_cipher(cipher, find_mac(mac), keys, direction);
}

Bytes sealed(std::uint32_t length, std::uint8_t padding, std::size_t size) {
  const auto sealer = cbc(Direction::Seal, "hmac-sha1");
  Bytes packet(4 + size + sealer->tag_bytes(), 0x41);
  store_u32(packet.data(), length);
  packet[4] = padding;
  sealer->seal(0, packet);
  return packet;
}

struct End {
  std::size_t bytes;  // that were taken until then
  std::string what;
  Reason reason;
};

/// Feeds the packet and zeros behind it, in small pieces, until the end.
End end_of(Bytes input, const char* mac = "hmac-sha1") {
  constexpr std::size_t kPiece = 100;
  PacketReader packets;
  packets.change_cipher(cbc(Direction::Open, mac), true);
  input.resize(400000);
  for (std::size_t at = 0; at < input.size(); at += kPiece) {
    packets.buffer().append(ByteView(input).subspan(at, kPiece));
    try {
      if (packets.next()) return {at, "taken", Reason::Lost};
    } catch (const ProtocolError& error) {
      return {at, error.what(), error.reason};
    }
  }
  return {input.size(), "no end", Reason::Lost};
}

TEST(HiddenFault, EveryFaultEndsAtTheSamePlaceWithTheSameWords) {
  std::vector<Bytes> faults;
  for (const std::uint32_t length : {0U, 5U, 13U, 29U, 262145U, 0x7fffffffU, 0xffffffffU})
    faults.push_back(sealed(length, 4, 60));               // length
  for (const std::size_t at : {20UL, 40UL, 65UL, 83UL}) {  // content and MAC
    faults.push_back(sealed(60, 4, 60));
    faults.back()[at] ^= 1;
  }
  faults.push_back(sealed(200012, 4, 200012));  // a MAC that is late
  faults.back()[100] ^= 1;
  for (const std::uint8_t padding : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{200}})
    faults.push_back(sealed(60, padding, 60));  // padding
  const End first = end_of(faults[0]);
  EXPECT_EQ(first.reason, Reason::Mac);
  EXPECT_GT(first.bytes, std::size_t{kMaxPacketLength});
  for (const Bytes& packet : faults) {
    const End end = end_of(packet);
    EXPECT_EQ(end.bytes, first.bytes);
    EXPECT_EQ(end.what, first.what);
    EXPECT_EQ(end.reason, first.reason);
  }
}

TEST(HiddenFault, AGoodPacketIsTakenAtOnce) { EXPECT_EQ(end_of(sealed(60, 4, 60)).bytes, 0U); }

TEST(HiddenFault, EncryptThenMacHasNothingToHide) {
  EXPECT_EQ(end_of(Bytes(84, 0xff), "hmac-sha1-etm@openssh.com").bytes, 0U);
}

}  // namespace
}  // namespace ssh2core
