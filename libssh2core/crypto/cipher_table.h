// Every cipher we know, a line each, in our order of preference.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/openssl.h"
#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

/// OnRequest: legacy, used only when the user names it.
enum class Offer { Default, OnRequest };

/// How a cipher is joined to the packet (RFC 4253 section 6.3, RFC 4344, RFC 4345, RFC 5647,
/// PROTOCOL.chacha20poly1305). Stream: CTR as OpenSSL does it; Counter: over the block cipher.
enum class CipherMode { Stream, Gcm, ChaChaPoly, Cbc, Counter, Arcfour, None };

struct CipherEntry {
  std::string_view name;  // as in KEXINIT
  const char* evp_name;   // as EVP_CIPHER_fetch knows it
  std::size_t key_bytes, iv_bytes, block_bytes;
  CipherMode mode;
  Offer offer;
  bool legacy_provider = false;  // where OpenSSL has it
  /// An AEAD brings its own tag; MAC negotiation is then ignored for its direction.
  constexpr bool is_aead() const {
    return mode == CipherMode::Gcm || mode == CipherMode::ChaChaPoly;
  }
};

inline constexpr auto kCiphers = std::to_array<CipherEntry>({
    {"chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, CipherMode::ChaChaPoly, Offer::Default},
    {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, CipherMode::Gcm, Offer::Default},
    {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, CipherMode::Gcm, Offer::Default},
    {"aes128-ctr", "AES-128-CTR", 16, 16, 16, CipherMode::Stream, Offer::Default},
    {"aes192-ctr", "AES-192-CTR", 24, 16, 16, CipherMode::Stream, Offer::Default},
    {"aes256-ctr", "AES-256-CTR", 32, 16, 16, CipherMode::Stream, Offer::Default},
    {"aes256-cbc", "AES-256-CBC", 32, 16, 16, CipherMode::Cbc, Offer::OnRequest},
    {"aes192-cbc", "AES-192-CBC", 24, 16, 16, CipherMode::Cbc, Offer::OnRequest},
    {"aes128-cbc", "AES-128-CBC", 16, 16, 16, CipherMode::Cbc, Offer::OnRequest},
    {"3des-ctr", "DES-EDE3-ECB", 24, 8, 8, CipherMode::Counter, Offer::OnRequest},
    {"3des-cbc", "DES-EDE3-CBC", 24, 8, 8, CipherMode::Cbc, Offer::OnRequest},
    // RFC 4344 section 4: 256 bits; RFC 4253 section 6.3: 128 bits.
    {"blowfish-ctr", "BF-ECB", 32, 8, 8, CipherMode::Counter, Offer::OnRequest, true},
    {"blowfish-cbc", "BF-CBC", 16, 8, 8, CipherMode::Cbc, Offer::OnRequest, true},
    {"cast128-cbc", "CAST5-CBC", 16, 8, 8, CipherMode::Cbc, Offer::OnRequest, true},
    {"arcfour256", "RC4", 32, 0, 8, CipherMode::Arcfour, Offer::OnRequest, true},
    {"arcfour128", "RC4", 16, 0, 8, CipherMode::Arcfour, Offer::OnRequest, true},
    {"none", "", 0, 0, 8, CipherMode::None, Offer::OnRequest},
});

constexpr const CipherEntry* find_cipher(std::string_view name) {
  const auto at = std::ranges::find(kCiphers, name, &CipherEntry::name);
  return at == kCiphers.end() ? nullptr : &*at;
}

/// False when OpenSSL does not have the cipher here: a provider is missing, or its policy forbids.
bool is_available(const CipherEntry& entry);
/// The row's cipher, empty when is_available() is false. The first one of the legacy provider loads
/// it, for the use of this function alone.
EvpCipher fetch_cipher(const CipherEntry& entry);

}  // namespace ssh2core
