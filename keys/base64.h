// Base64 (RFC 4648 section 4), strict and fast: key lists have thousands of lines.
#pragma once

#include <optional>
#include <string_view>

#include "libssh2core/crypto/secret.h"

namespace ssh2core::keys {

/// An upper bound of the decoded size of `characters` characters.
constexpr std::size_t base64_decoded_bound(std::size_t characters) {
  return characters / 4 * 3 + 3;
}

/// Decodes into `out`, which holds base64_decoded_bound(text.size()) bytes. The text has no blanks,
/// its padding, and zero bits where the last character has spare ones, so that equal bytes have
/// equal texts. Returns the size, or nullopt when the text is anything else.
std::optional<std::size_t> base64_decode_to(std::string_view text, MutableView out);

/// The same, with memory of its own.
std::optional<Bytes> base64_decode(std::string_view text);

/// Decodes lines: blanks, CR and LF are skipped. For private keys.
std::optional<Secret> base64_decode_lines(std::string_view text);

/// Encodes in lines of `width` characters, each ending in LF.
Secret base64_encode_lines(ByteView data, std::size_t width);

}  // namespace ssh2core::keys
