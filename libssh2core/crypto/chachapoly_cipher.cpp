// chacha20-poly1305@openssh.com (PROTOCOL.chacha20poly1305 of OpenSSH): the length is encrypted
// with a key of its own, the rest with the main key; the tag covers both as they are on the wire.
#include <openssl/crypto.h>

#include <array>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/packet_ciphers.h"

namespace ssh2core {

namespace {

constexpr std::size_t kKeyBytes = 32, kTagBytes = 16;
constexpr std::size_t kBlockBytes = 64;  // of the keystream

// ChaCha20 with a 64-bit nonce: EVP's 16-byte IV is the block counter (little-endian), then it.
class ChaCha20 {
 public:
  ChaCha20(const EVP_CIPHER* cipher, ByteView key) : context_(EVP_CIPHER_CTX_new()) {
    if (!context_) throw CryptoError("EVP_CIPHER_CTX_new");
    require_ok(EVP_EncryptInit_ex2(context_.get(), cipher, key.data(), nullptr, nullptr),
               "setting the ChaCha20 key");
  }
  // To the start of the keystream of one packet; the nonce is the number as 64 bits, big-endian.
  void start(std::uint32_t sequence) {
    std::array<std::uint8_t, 16> iv{};
    store_u32(iv.data() + 12, sequence);
    require_ok(EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, iv.data(), nullptr),
               "setting the ChaCha20 nonce");
  }
  // Whole blocks of keystream are used, except by the last call after a start().
  void apply(MutableView data) {
    int length = 0;
    require_ok(EVP_EncryptUpdate(context_.get(), data.data(), &length, data.data(),
                                 static_cast<int>(data.size())),
               "ChaCha20");
  }

 private:
  EvpCipherCtx context_;
};

class ChaChaPolyCipher final : public PacketCipher {
 public:
  ChaChaPolyCipher(const CipherEntry& entry, const PacketKeys& keys)
      : PacketCipher(4, entry.block_bytes, false, kTagBytes),
        cipher_(EVP_CIPHER_fetch(nullptr, entry.evp_name, nullptr)),
        main_(cipher_.get(), keys.key.view().first(kKeyBytes)),
        length_(cipher_.get(), keys.key.view().subspan(kKeyBytes)) {
    const EvpMac poly1305(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
    if (poly1305) mac_.reset(EVP_MAC_CTX_new(poly1305.get()));
    if (!cipher_ || !mac_) throw CryptoError("fetching ChaCha20 and Poly1305");
  }

  void seal(std::uint32_t sequence, MutableView packet) override {
    const MutableView sealed = packet.first(packet.size() - kTagBytes);
    length_.start(sequence);
    length_.apply(sealed.first(4));
    start_packet(sequence);
    main_.apply(sealed.subspan(4));
    write_tag(sealed, packet.data() + sealed.size());
  }

  std::uint32_t open_length(std::uint32_t sequence, MutableView head) override {
    // Decrypted in a copy: the tag is over the encrypted bytes.
    std::array<std::uint8_t, 4> clear{head[0], head[1], head[2], head[3]};
    length_.start(sequence);
    length_.apply(clear);
    return load_u32(clear.data());
  }

  bool open(std::uint32_t sequence, MutableView packet) override {
    if (packet.size() < 4 + kTagBytes) return false;
    const MutableView sealed = packet.first(packet.size() - kTagBytes);
    std::array<std::uint8_t, kTagBytes> tag;
    start_packet(sequence);
    write_tag(sealed, tag.data());
    if (CRYPTO_memcmp(tag.data(), packet.data() + sealed.size(), kTagBytes) != 0) return false;
    main_.apply(sealed.subspan(4));
    return true;
  }

 private:
  // The first block of the packet's keystream begins with the Poly1305 key, its rest is unused;
  // main_ then stands at block 1, where the packet is.
  void start_packet(std::uint32_t sequence) {
    std::array<std::uint8_t, kBlockBytes> block{};
    main_.start(sequence);
    main_.apply(block);
    const int ok = EVP_MAC_init(mac_.get(), block.data(), kKeyBytes, nullptr);
    Secret::cleanse(block);
    require_ok(ok, "setting the Poly1305 key");
  }
  void write_tag(ByteView sealed, std::uint8_t* tag) {
    std::size_t length = 0;
    require_ok(EVP_MAC_update(mac_.get(), sealed.data(), sealed.size()), "Poly1305");
    require_ok(EVP_MAC_final(mac_.get(), tag, &length, kTagBytes), "Poly1305");
  }

  EvpCipher cipher_;
  ChaCha20 main_, length_;  // K_2 and K_1 of the specification; no state but the keys
  EvpMacCtx mac_;
};

}  // namespace

std::unique_ptr<PacketCipher> make_chachapoly(const CipherEntry& cipher, const PacketKeys& keys) {
  return std::make_unique<ChaChaPolyCipher>(cipher, keys);
}

}  // namespace ssh2core
