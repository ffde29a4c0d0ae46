// No protection: the packets before the first NEWKEYS (RFC 4253 section 6).
#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

namespace {

class PlainCipher final : public PacketCipher {
 public:
  PlainCipher() : PacketCipher(4, 8, true, 0) {}
  void seal(std::uint32_t, MutableView) override {}
  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    return load_u32(head.data());
  }
  bool open(std::uint32_t, MutableView) override { return true; }
};

}  // namespace

std::unique_ptr<PacketCipher> make_plain_packet_cipher() { return std::make_unique<PlainCipher>(); }

}  // namespace ssh2core
