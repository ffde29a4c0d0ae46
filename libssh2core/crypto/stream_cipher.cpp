// Ciphers whose state runs on from packet to packet (RFC 4253 section 6.3, RFC 4344), with a MAC
// over the plaintext (RFC 4253 section 6.4) or, in the -etm@openssh.com forms, the ciphertext.
#include <algorithm>

#include "libssh2core/crypto/packet_ciphers.h"
#include "libssh2core/crypto/packet_mac.h"
#include "libssh2core/crypto/running_cipher.h"

namespace ssh2core {

namespace {

std::size_t padding_block(const CipherEntry& cipher) {
  return std::max<std::size_t>(8, cipher.block_bytes);
}

// RFC 4253 section 6.4: everything is encrypted, the MAC is over the plaintext.
class EncryptAndMac final : public PacketCipher {
 public:
  EncryptAndMac(const CipherEntry& cipher, const MacEntry& mac, const PacketKeys& keys,
                Direction direction)
      : PacketCipher(padding_block(cipher), padding_block(cipher), true, mac.tag_bytes,
                     cipher.mode == CipherMode::Cbc),
        cipher_(make_running_cipher(cipher, keys, direction)),
        mac_(make_packet_mac(mac, keys.mac_key.view())) {}

  void seal(std::uint32_t sequence, MutableView packet) override {
    const MutableView data = packet.first(packet.size() - tag_bytes());
    mac_->write(sequence, data, packet.data() + data.size());
    cipher_->apply(data);
  }
  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    cipher_->apply(head.first(head_bytes()));
    return load_u32(head.data());
  }
  bool open(std::uint32_t sequence, MutableView packet) override {
    if (packet.size() < head_bytes() + tag_bytes()) return false;
    const MutableView data = packet.first(packet.size() - tag_bytes());
    cipher_->apply(data.subspan(head_bytes()));
    return mac_->check(sequence, data, packet.data() + data.size());
  }

 private:
  std::unique_ptr<RunningCipher> cipher_;
  std::unique_ptr<PacketMac> mac_;
};

// The -etm@openssh.com forms: the length is sent in clear, the MAC is over it and the ciphertext.
class EncryptThenMac final : public PacketCipher {
 public:
  EncryptThenMac(const CipherEntry& cipher, const MacEntry& mac, const PacketKeys& keys,
                 Direction direction)
      : PacketCipher(4, padding_block(cipher), false, mac.tag_bytes),
        cipher_(make_running_cipher(cipher, keys, direction)),
        mac_(make_packet_mac(mac, keys.mac_key.view())) {}

  void seal(std::uint32_t sequence, MutableView packet) override {
    const MutableView data = packet.first(packet.size() - tag_bytes());
    cipher_->apply(data.subspan(4));
    mac_->write(sequence, data, packet.data() + data.size());
  }
  std::uint32_t open_length(std::uint32_t, MutableView head) override {
    return load_u32(head.data());
  }
  bool open(std::uint32_t sequence, MutableView packet) override {
    if (packet.size() < 4 + tag_bytes()) return false;
    const MutableView data = packet.first(packet.size() - tag_bytes());
    if (!mac_->check(sequence, data, packet.data() + data.size())) return false;
    cipher_->apply(data.subspan(4));
    return true;
  }

 private:
  std::unique_ptr<RunningCipher> cipher_;
  std::unique_ptr<PacketMac> mac_;
};

}  // namespace

std::unique_ptr<PacketCipher> make_stream(const CipherEntry& cipher, const MacEntry& mac,
                                          const PacketKeys& keys, Direction direction) {
  if (mac.encrypt_then_mac) return std::make_unique<EncryptThenMac>(cipher, mac, keys, direction);
  return std::make_unique<EncryptAndMac>(cipher, mac, keys, direction);
}

}  // namespace ssh2core
