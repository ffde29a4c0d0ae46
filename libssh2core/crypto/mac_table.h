// Every MAC we know, a line each, in our order of preference.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

struct MacEntry {
  std::string_view name;  // as in KEXINIT
  const char* digest;     // of the HMAC, as EVP_MD_fetch knows it
  std::size_t key_bytes, tag_bytes;
  bool encrypt_then_mac;  // the -etm@openssh.com forms
  Offer offer;
};

inline constexpr auto kMacs = std::to_array<MacEntry>({
    {"hmac-sha2-256-etm@openssh.com", "SHA256", 32, 32, true, Offer::Default},
    {"hmac-sha2-512-etm@openssh.com", "SHA512", 64, 64, true, Offer::Default},
    {"hmac-sha2-256", "SHA256", 32, 32, false, Offer::Default},
    {"hmac-sha2-512", "SHA512", 64, 64, false, Offer::Default},
});

constexpr const MacEntry* find_mac(std::string_view name) {
  const auto at = std::ranges::find(kMacs, name, &MacEntry::name);
  return at == kMacs.end() ? nullptr : &*at;
}

}  // namespace ssh2core
