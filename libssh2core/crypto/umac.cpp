// UMAC (RFC 4418) as draft-miller-secsh-umac puts it on packets: the sequence number, as 64 bits,
// is the nonce, and the message is the packet alone.
#include <nettle/umac.h>

#include <array>

#include "libssh2core/crypto/packet_mac.h"

namespace ssh2core {

namespace {

struct Umac64 {
  using Context = umac64_ctx;
  static constexpr auto kSetKey = umac64_set_key;
  static constexpr auto kSetNonce = umac64_set_nonce;
  static constexpr auto kUpdate = umac64_update;
  static constexpr auto kDigest = umac64_digest;
  static constexpr std::size_t kTagBytes = UMAC64_DIGEST_SIZE;
};

struct Umac128 {
  using Context = umac128_ctx;
  static constexpr auto kSetKey = umac128_set_key;
  static constexpr auto kSetNonce = umac128_set_nonce;
  static constexpr auto kUpdate = umac128_update;
  static constexpr auto kDigest = umac128_digest;
  static constexpr std::size_t kTagBytes = UMAC128_DIGEST_SIZE;
};

template <class Size>
class UmacMac final : public PacketMac {
 public:
  explicit UmacMac(ByteView key) { Size::kSetKey(&context_, key.data()); }
  UmacMac(const UmacMac&) = delete;
  UmacMac& operator=(const UmacMac&) = delete;
  ~UmacMac() override {
    Secret::cleanse({reinterpret_cast<std::uint8_t*>(&context_), sizeof(context_)});
  }

 private:
  ByteView compute(std::uint32_t sequence, ByteView data) override {
    std::array<std::uint8_t, 8> nonce{};
    store_u32(nonce.data() + 4, sequence);
    Size::kSetNonce(&context_, nonce.size(), nonce.data());
    Size::kUpdate(&context_, data.size(), data.data());
    Size::kDigest(&context_, tag_.size(), tag_.data());
    return tag_;
  }

  typename Size::Context context_;
  std::array<std::uint8_t, Size::kTagBytes> tag_{};
};

}  // namespace

std::unique_ptr<PacketMac> make_umac(const MacEntry& entry, ByteView key) {
  static_assert(UMAC_KEY_SIZE == 16);
  if (entry.tag_bytes == Umac64::kTagBytes) return std::make_unique<UmacMac<Umac64>>(key);
  return std::make_unique<UmacMac<Umac128>>(key);
}

}  // namespace ssh2core
