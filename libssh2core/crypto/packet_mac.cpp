#include "libssh2core/crypto/packet_mac.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "libssh2core/crypto/hmac.h"
#include "libssh2core/crypto/openssl.h"

namespace ssh2core {

namespace {

class HmacMac final : public PacketMac {
 public:
  HmacMac(const MacEntry& entry, ByteView key)
      : hmac_(entry.digest, key), tag_bytes_(entry.tag_bytes) {}

 private:
  ByteView compute(std::uint32_t sequence, ByteView data) override {
    std::array<std::uint8_t, 4> number;
    store_u32(number.data(), sequence);
    hmac_.start();
    hmac_.update(number);
    hmac_.update(data);
    return hmac_.finish().first(tag_bytes_);
  }

  Hmac hmac_;
  std::size_t tag_bytes_;
};

class NoMac final : public PacketMac {
  ByteView compute(std::uint32_t, ByteView) override { return {}; }
};

}  // namespace

void PacketMac::write(std::uint32_t sequence, ByteView data, std::uint8_t* tag) {
  std::ranges::copy(compute(sequence, data), tag);
}

bool PacketMac::check(std::uint32_t sequence, ByteView data, const std::uint8_t* tag) {
  const ByteView expected = compute(sequence, data);
  return CRYPTO_memcmp(expected.data(), tag, expected.size()) == 0;
}

std::unique_ptr<PacketMac> make_packet_mac(const MacEntry& entry, ByteView key) {
  switch (entry.kind) {
    case MacKind::None:
      return std::make_unique<NoMac>();
    case MacKind::Umac:
      return make_umac(entry, key);
    case MacKind::Hmac:
      break;
  }
  return std::make_unique<HmacMac>(entry, key);
}

bool is_available(const MacEntry& entry) {
  const bool there =
      entry.kind != MacKind::Hmac || EvpMd(EVP_MD_fetch(nullptr, entry.digest, nullptr)) != nullptr;
  ERR_clear_error();
  return there;
}

}  // namespace ssh2core
