// Which algorithms two KEXINITs lead to (RFC 4253 section 7.1).
#pragma once

#include <string>
#include <variant>

#include "libssh2core/crypto/kex_table.h"
#include "libssh2core/crypto/key_table.h"
#include "libssh2core/crypto/mac_table.h"
#include "libssh2core/transport/compression_table.h"
#include "libssh2core/transport/messages.h"

namespace ssh2core {

// Names in the list of key exchange methods that are markers, never negotiated.
inline constexpr std::string_view kStrictKexClient = "kex-strict-c-v00@openssh.com";
inline constexpr std::string_view kStrictKexServer = "kex-strict-s-v00@openssh.com";
inline constexpr std::string_view kExtInfoClient = "ext-info-c";
inline constexpr std::string_view kExtInfoServer = "ext-info-s";

struct DirectionAlgorithms {
  const CipherEntry* cipher = nullptr;
  const MacEntry* mac = nullptr;  // nullptr: the cipher is an AEAD
  std::string compression;
};

/// The row of the compression's name; that of `none` when there is none such.
inline const CompressionEntry& compression_of(const DirectionAlgorithms& direction) {
  const CompressionEntry* row = find_compression(direction.compression);
  return row == nullptr ? kCompressions[0] : *row;
}

struct NegotiatedAlgorithms {
  const KexEntry* kex = nullptr;
  const SignatureEntry* host_key = nullptr;
  DirectionAlgorithms c2s, s2c;
};

/// What both sides agree on, or a sentence that says which list has no common name and what the
/// peer offered there. Names must be rows of our tables on one side at least.
std::variant<NegotiatedAlgorithms, std::string> negotiate(const KexInit& client,
                                                          const KexInit& server);

/// True when the packet that a side sent ahead after its KEXINIT is of the method that was agreed:
/// the first key exchange and host key names are equal on both sides.
bool guess_is_right(const KexInit& client, const KexInit& server);

/// Throws ProtocolError when a list is far longer than real ones, which hold some twenty names:
/// comparing two such lists takes time by the product of their lengths.
void require_sane(const KexInit& init);

bool contains(const NameList& names, std::string_view name);

}  // namespace ssh2core
