// Every MAC we know, a line each, in our order of preference.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

/// Umac: RFC 4418, of the size of the tag.
enum class MacKind { Hmac, Umac, None };

struct MacEntry {
  std::string_view name;  // as in KEXINIT
  const char* digest;     // of the HMAC, as EVP_MD_fetch knows it; empty: no HMAC
  std::size_t key_bytes, tag_bytes;
  bool encrypt_then_mac;  // the -etm@openssh.com forms
  Offer offer;
  MacKind kind = MacKind::Hmac;
};

inline constexpr auto kMacs = std::to_array<MacEntry>({
    {"hmac-sha2-256-etm@openssh.com", "SHA256", 32, 32, true, Offer::Default},
    {"hmac-sha2-512-etm@openssh.com", "SHA512", 64, 64, true, Offer::Default},
    {"hmac-sha2-256", "SHA256", 32, 32, false, Offer::Default},
    {"hmac-sha2-512", "SHA512", 64, 64, false, Offer::Default},
    {"umac-128-etm@openssh.com", "", 16, 16, true, Offer::OnRequest, MacKind::Umac},
    {"umac-128@openssh.com", "", 16, 16, false, Offer::OnRequest, MacKind::Umac},
    {"umac-64-etm@openssh.com", "", 16, 8, true, Offer::OnRequest, MacKind::Umac},
    {"umac-64@openssh.com", "", 16, 8, false, Offer::OnRequest, MacKind::Umac},
    {"hmac-sha1-etm@openssh.com", "SHA1", 20, 20, true, Offer::OnRequest},
    {"hmac-sha1", "SHA1", 20, 20, false, Offer::OnRequest},
    {"hmac-sha1-96-etm@openssh.com", "SHA1", 20, 12, true, Offer::OnRequest},
    {"hmac-sha1-96", "SHA1", 20, 12, false, Offer::OnRequest},
    {"hmac-ripemd160-etm@openssh.com", "RIPEMD160", 20, 20, true, Offer::OnRequest},
    {"hmac-ripemd160", "RIPEMD160", 20, 20, false, Offer::OnRequest},
    {"hmac-md5-etm@openssh.com", "MD5", 16, 16, true, Offer::OnRequest},
    {"hmac-md5", "MD5", 16, 16, false, Offer::OnRequest},
    {"hmac-md5-96-etm@openssh.com", "MD5", 16, 12, true, Offer::OnRequest},
    {"hmac-md5-96", "MD5", 16, 12, false, Offer::OnRequest},
    {"none", "", 0, 0, false, Offer::OnRequest, MacKind::None},
});

constexpr const MacEntry* find_mac(std::string_view name) {
  const auto at = std::ranges::find(kMacs, name, &MacEntry::name);
  return at == kMacs.end() ? nullptr : &*at;
}

/// False when OpenSSL does not have the digest here: its policy forbids.
bool is_available(const MacEntry& entry);

}  // namespace ssh2core
