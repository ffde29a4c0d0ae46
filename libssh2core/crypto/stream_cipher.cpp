// Ciphers whose state runs on from packet to packet (RFC 4253 section 6.3, RFC 4344), with a MAC
// over the plaintext (RFC 4253 section 6.4) or, in the -etm@openssh.com forms, the ciphertext.
#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "libssh2core/crypto/hmac.h"
#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/packet_ciphers.h"

namespace ssh2core {

namespace {

// One long EVP operation without padding; works for every mode that takes whole blocks. Its whole
// state is the IV that EVP_CIPHER_CTX_get_updated_iv() gives between packets.
class RunningCipher {
 public:
  RunningCipher(const CipherEntry& entry, const PacketKeys& keys, Direction direction)
      : cipher_(EVP_CIPHER_fetch(nullptr, entry.evp_name, nullptr)),
        context_(EVP_CIPHER_CTX_new()) {
    if (!cipher_ || !context_) throw CryptoError(std::string("fetching cipher ") + entry.evp_name);
    require_ok(
        EVP_CipherInit_ex2(context_.get(), cipher_.get(), keys.key.view().data(),
                           keys.iv.view().data(), direction == Direction::Seal ? 1 : 0, nullptr),
        "setting the cipher's key");
    require_ok(EVP_CIPHER_CTX_set_padding(context_.get(), 0), "EVP_CIPHER_CTX_set_padding");
  }
  void apply(MutableView data) {
    if (data.empty()) return;
    int length = 0;
    require_ok(EVP_CipherUpdate(context_.get(), data.data(), &length, data.data(),
                                static_cast<int>(data.size())),
               "EVP_CipherUpdate");
  }

 private:
  EvpCipher cipher_;
  EvpCipherCtx context_;
};

// The MAC of a packet: over its sequence number, then its bytes.
class PacketMac {
 public:
  PacketMac(const MacEntry& entry, ByteView key)
      : hmac_(entry.digest, key), tag_bytes_(entry.tag_bytes) {}
  void write(std::uint32_t sequence, ByteView data, std::uint8_t* tag) {
    std::ranges::copy(compute(sequence, data), tag);
  }
  [[nodiscard]] bool check(std::uint32_t sequence, ByteView data, const std::uint8_t* tag) {
    return CRYPTO_memcmp(compute(sequence, data).data(), tag, tag_bytes_) == 0;
  }

 private:
  ByteView compute(std::uint32_t sequence, ByteView data) {
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

std::size_t padding_block(const CipherEntry& cipher) {
  return std::max<std::size_t>(8, cipher.block_bytes);
}

// RFC 4253 section 6.4: everything is encrypted, the MAC is over the plaintext.
class EncryptAndMac final : public PacketCipher {
 public:
  EncryptAndMac(const CipherEntry& cipher, const MacEntry& mac, const PacketKeys& keys,
                Direction direction)
      : PacketCipher(padding_block(cipher), padding_block(cipher), true, mac.tag_bytes),
        cipher_(cipher, keys, direction),
        mac_(mac, keys.mac_key.view()) {}

  void seal(std::uint32_t sequence, MutableView packet) override {
    const MutableView data = packet.first(packet.size() - tag_bytes());
    mac_.write(sequence, data, packet.data() + data.size());
    cipher_.apply(data);
  }
  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    cipher_.apply(head.first(head_bytes()));
    return load_u32(head.data());
  }
  bool open(std::uint32_t sequence, MutableView packet) override {
    if (packet.size() < head_bytes() + tag_bytes()) return false;
    const MutableView data = packet.first(packet.size() - tag_bytes());
    cipher_.apply(data.subspan(head_bytes()));
    return mac_.check(sequence, data, packet.data() + data.size());
  }

 private:
  RunningCipher cipher_;
  PacketMac mac_;
};

// The -etm@openssh.com forms: the length is sent in clear, the MAC is over it and the ciphertext.
class EncryptThenMac final : public PacketCipher {
 public:
  EncryptThenMac(const CipherEntry& cipher, const MacEntry& mac, const PacketKeys& keys,
                 Direction direction)
      : PacketCipher(4, padding_block(cipher), false, mac.tag_bytes),
        cipher_(cipher, keys, direction),
        mac_(mac, keys.mac_key.view()) {}

  void seal(std::uint32_t sequence, MutableView packet) override {
    const MutableView data = packet.first(packet.size() - tag_bytes());
    cipher_.apply(data.subspan(4));
    mac_.write(sequence, data, packet.data() + data.size());
  }
  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    return load_u32(head.data());
  }
  bool open(std::uint32_t sequence, MutableView packet) override {
    if (packet.size() < 4 + tag_bytes()) return false;
    const MutableView data = packet.first(packet.size() - tag_bytes());
    if (!mac_.check(sequence, data, packet.data() + data.size())) return false;
    cipher_.apply(data.subspan(4));
    return true;
  }

 private:
  RunningCipher cipher_;
  PacketMac mac_;
};

}  // namespace

std::unique_ptr<PacketCipher> make_stream(const CipherEntry& cipher, const MacEntry& mac,
                                          const PacketKeys& keys, Direction direction) {
  if (mac.encrypt_then_mac) return std::make_unique<EncryptThenMac>(cipher, mac, keys, direction);
  return std::make_unique<EncryptAndMac>(cipher, mac, keys, direction);
}

}  // namespace ssh2core
