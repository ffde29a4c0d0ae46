// AES-GCM on packets (RFC 5647 section 7): the length is sent in clear as associated data.
#include <algorithm>

#include "libssh2core/crypto/aes_gcm.h"
#include "libssh2core/crypto/packet_ciphers.h"

namespace ssh2core {

namespace {

class GcmCipher final : public PacketCipher {
 public:
  GcmCipher(const CipherEntry& cipher, const PacketKeys& keys, Direction direction)
      : PacketCipher(4, cipher.block_bytes, false, AesGcm::kTagBytes),
        gcm_(cipher.evp_name, keys.key.view(), direction) {
    std::ranges::copy(keys.iv.view(), iv_.begin());
  }

  void seal(std::uint32_t, MutableView packet) override {
    const std::size_t end = packet.size() - AesGcm::kTagBytes;
    gcm_.seal(iv_, packet.first(4), packet.subspan(4, end - 4), packet.data() + end);
    next_iv();
  }

  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    return load_u32(head.data());
  }

  bool open(std::uint32_t, MutableView packet) override {
    if (packet.size() < 4 + AesGcm::kTagBytes) return false;
    const std::size_t end = packet.size() - AesGcm::kTagBytes;
    const bool ok =
        gcm_.open(iv_, packet.first(4), packet.subspan(4, end - 4), packet.data() + end);
    next_iv();
    return ok;
  }

 private:
  // RFC 5647 section 7.1: after each packet the last 8 bytes count up, without a carry out of them.
  void next_iv() {
    for (std::size_t at = iv_.size(); at-- > 4;)
      if (++iv_[at] != 0) return;
  }

  AesGcm gcm_;
  AesGcm::Iv iv_{};  // of the next packet: with the key, all the state there is
};

}  // namespace

std::unique_ptr<PacketCipher> make_gcm(const CipherEntry& cipher, const PacketKeys& keys,
                                       Direction direction) {
  return std::make_unique<GcmCipher>(cipher, keys, direction);
}

}  // namespace ssh2core
