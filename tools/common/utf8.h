// Whether bytes of a peer may be shown as the text they are.
#pragma once

#include <string>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::tools {

/// Well-formed UTF-8 (RFC 3629), whatever the characters.
bool is_utf8(std::string_view text);
/// The same, without control characters but tab and line ends.
bool is_printable(std::string_view text);
std::string hex_text(ByteView bytes);
/// For a terminal: control characters and what is no UTF-8 as \xNN.
std::string safe_text(std::string_view text);

}  // namespace ssh2core::tools
