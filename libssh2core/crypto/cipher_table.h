// Every cipher we know, a line each, in our order of preference.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

/// OnRequest: legacy, used only when the user names it.
enum class Offer { Default, OnRequest };

/// How a cipher is joined to the packet (RFC 4344, RFC 5647, PROTOCOL.chacha20poly1305).
enum class CipherMode { Stream, Gcm, ChaChaPoly };

struct CipherEntry {
  std::string_view name;  // as in KEXINIT
  const char* evp_name;   // as EVP_CIPHER_fetch knows it
  std::size_t key_bytes, iv_bytes, block_bytes;
  CipherMode mode;
  Offer offer;
  /// An AEAD brings its own tag; MAC negotiation is then ignored for its direction.
  constexpr bool is_aead() const { return mode != CipherMode::Stream; }
};

inline constexpr auto kCiphers = std::to_array<CipherEntry>({
    {"chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, CipherMode::ChaChaPoly, Offer::Default},
    {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, CipherMode::Gcm, Offer::Default},
    {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, CipherMode::Gcm, Offer::Default},
    {"aes128-ctr", "AES-128-CTR", 16, 16, 16, CipherMode::Stream, Offer::Default},
    {"aes192-ctr", "AES-192-CTR", 24, 16, 16, CipherMode::Stream, Offer::Default},
    {"aes256-ctr", "AES-256-CTR", 32, 16, 16, CipherMode::Stream, Offer::Default},
});

constexpr const CipherEntry* find_cipher(std::string_view name) {
  const auto at = std::ranges::find(kCiphers, name, &CipherEntry::name);
  return at == kCiphers.end() ? nullptr : &*at;
}

}  // namespace ssh2core
