// Every compression method we know, a line each.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "libssh2core/crypto/cipher_table.h"

namespace ssh2core {

/// From when on packets are compressed: never; from the first packet behind NEWKEYS (RFC 4253
/// section 6.2); from the first one behind USERAUTH_SUCCESS
/// (draft-miller-secsh-compression-delayed), so that strangers do not reach the decompressor.
enum class CompressionStart { Never, AtKeys, AtLogin };

struct CompressionEntry {
  std::string_view name;  // as in KEXINIT
  CompressionStart start;
  Offer offer;
};

inline constexpr auto kCompressions = std::to_array<CompressionEntry>({
    {"none", CompressionStart::Never, Offer::Default},
    {"zlib@openssh.com", CompressionStart::AtLogin, Offer::OnRequest},
    {"zlib", CompressionStart::AtKeys, Offer::OnRequest},
});

constexpr const CompressionEntry* find_compression(std::string_view name) {
  const auto at = std::ranges::find(kCompressions, name, &CompressionEntry::name);
  return at == kCompressions.end() ? nullptr : &*at;
}

}  // namespace ssh2core
